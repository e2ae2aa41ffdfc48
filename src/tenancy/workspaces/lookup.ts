import type { Upstream } from '../../upstream/types.ts';
import { BoundedCache } from '../bounded-cache.ts';
import { lookupFailed, operationById, writeCall } from '../call.ts';
import type { Kinds } from '../kinds.ts';
import { WORKSPACE_HEADER } from './header.ts';

/** What a look-up found. `location` is where the resource keeps its artifacts, if its kind says so. */
export interface Found {
  readonly location: string | undefined;
}

const CACHE_SIZE = 20_000;
const CACHE_TTL_MS = 300_000;

/**
 * Asks MLflow, inside a workspace, whether a resource exists there. Only what exists is remembered: an id never moves
 * between workspaces and is never given out twice, so the worst a remembered answer can be is about something deleted.
 */
export class WorkspaceLookup {
  readonly #cache = new BoundedCache<Found>(CACHE_SIZE, CACHE_TTL_MS);
  readonly #upstream: Upstream;
  readonly #kinds: Kinds;

  constructor(upstream: Upstream, kinds: Kinds) {
    this.#upstream = upstream;
    this.#kinds = kinds;
  }

  /**
   * @returns `undefined` when the workspace has no such resource
   * @throws DenialError `upstream_invalid` when MLflow's answer is neither yes nor no
   */
  async find(workspace: string, kind: string, id: string): Promise<Found | undefined> {
    const key = `${workspace}\n${kind}\n${id}`;
    const known = this.#cache.get(key);
    if (known !== undefined) return known;
    const lookup = this.#kinds.get(kind)?.lookup;
    if (lookup === undefined) throw new Error(`the overlay names no look-up for ${kind}`);
    const answer = await this.#upstream.ask(
      writeCall(operationById(lookup.operation), { [lookup.field]: id }, { [WORKSPACE_HEADER]: workspace }),
    );
    // MLflow answers 400 for an id it cannot even be, such as an artifact-less model id.
    if (answer.status === 404 || answer.status === 400) return undefined;
    if (answer.status !== 200) throw lookupFailed(answer.status);
    const found: Found = {
      location: lookup.location ? readLocation(answer.body, lookup.location) : undefined,
    };
    this.#cache.set(key, found);
    return found;
  }
}

function readLocation(body: Buffer, path: string): string | undefined {
  let at: unknown;
  try {
    at = JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
  for (const name of path.split('.')) {
    if (typeof at !== 'object' || at === null) return undefined;
    at = (at as Record<string, unknown>)[name];
  }
  return typeof at === 'string' ? at : undefined;
}
