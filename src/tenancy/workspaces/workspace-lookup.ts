import { BoundedCache } from '../../bounded-cache.ts';
import type { Turns } from '../../concurrency/turns.ts';
import { WORKSPACE_HEADER } from '../../http/workspace-header.ts';
import { LIMITS } from '../../limits.ts';
import { lookupFailed, operationById, writeCall } from '../../mlflow/call.ts';
import type { Upstream } from '../../upstream/types.ts';
import type { Kinds } from '../kinds.ts';

/** What a look-up found. `location` is where the resource keeps its artifacts, if its kind says so. */
export interface Found {
  readonly location: string | undefined;
}

const CACHE_SIZE = LIMITS.rememberedFinds.value;
const CACHE_TTL_MS = 300_000;

/**
 * Asks MLflow, inside a workspace, whether a resource exists there. Only what exists is remembered: an id never moves
 * between workspaces and is never given out twice, so the worst a remembered answer can be is about something deleted.
 */
export class WorkspaceLookup {
  readonly #cache = new BoundedCache<Found>(CACHE_SIZE, CACHE_TTL_MS);
  readonly #pending = new Map<string, Promise<Found | undefined>>();
  readonly #upstream: Upstream;
  readonly #kinds: Kinds;
  readonly #turns: Turns;

  constructor(upstream: Upstream, kinds: Kinds, turns: Turns) {
    this.#upstream = upstream;
    this.#kinds = kinds;
    this.#turns = turns;
  }

  /** What is remembered of a resource. */
  known(workspace: string, kind: string, id: string): Found | undefined {
    return this.#cache.get(keyOf(workspace, kind, id));
  }

  /**
   * Asks MLflow, unless it is remembered. Who asks for the same thing at once shares one look-up.
   *
   * @param payer whose turn the look-up takes (see `Turns`); the workspace's unless given
   * @returns `undefined` when the workspace has no such resource
   * @throws DenialError `upstream_invalid` when MLflow's answer is neither yes nor no
   */
  async find(workspace: string, kind: string, id: string, payer = workspace): Promise<Found | undefined> {
    const key = keyOf(workspace, kind, id);
    const known = this.#cache.get(key);
    if (known !== undefined) return known;
    const pending = this.#pending.get(key);
    if (pending !== undefined) return pending;
    const asked = this.#ask(workspace, kind, id, payer).finally(() => this.#pending.delete(key));
    this.#pending.set(key, asked);
    return asked;
  }

  async #ask(workspace: string, kind: string, id: string, payer: string): Promise<Found | undefined> {
    const lookup = this.#kinds.get(kind)?.lookup;
    if (lookup === undefined) throw new Error(`the overlay names no look-up for ${kind}`);
    const call = writeCall(
      operationById(lookup.operation),
      { [lookup.field]: id },
      { [WORKSPACE_HEADER]: workspace },
    );
    const answer = await this.#turns.run(payer, () => this.#upstream.ask(call));
    // MLflow answers 400 for an id it cannot even be, such as an artifact-less model id.
    if (answer.status === 404 || answer.status === 400) return undefined;
    if (answer.status !== 200) throw lookupFailed(answer.status);
    const found: Found = {
      location: lookup.location ? readLocation(answer.body, lookup.location) : undefined,
    };
    this.#cache.set(keyOf(workspace, kind, id), found);
    return found;
  }
}

function keyOf(workspace: string, kind: string, id: string): string {
  return `${workspace}\n${kind}\n${id}`;
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
