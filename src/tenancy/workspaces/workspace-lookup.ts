import { BoundedCache } from '../../bounded-cache.ts';
import { valueAt } from '../../catalog/json-path.ts';
import type { Turns } from '../../concurrency/turns.ts';
import { WORKSPACE_HEADER } from '../../http/workspace-header.ts';
import { LIMITS } from '../../limits.ts';
import { lookupFailed, operationById, writeCall } from '../../mlflow/call.ts';
import type { Upstream } from '../../upstream/types.ts';
import type { Kinds } from '../kinds.ts';

/** A resource that exists. `location` is the place of its artifacts, for kinds that have one. */
export interface Found {
  readonly location: string | undefined;
}

const CACHE_SIZE = LIMITS.rememberedFinds.value;
const CACHE_TTL_MS = 300_000;

/**
 * Asks MLflow whether a workspace has a resource. Only existing resources are cached: an id never moves between workspaces and
 * is never assigned twice, so that a stale answer can only be about a deleted resource.
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

  /** The cached answer about a resource. */
  known(workspace: string, kind: string, id: string): Found | undefined {
    return this.#cache.get(keyOf(workspace, kind, id));
  }

  /**
   * Asks MLflow, unless the answer is cached. Requests that ask for the same resource at once share one lookup.
   *
   * @param payer the workspace whose turn the lookup takes (see `Turns`)
   * @returns `undefined` if the workspace has no such resource
   * @throws DenialError `upstream_invalid` if MLflow's response neither confirms nor denies the resource
   */
  async find(workspace: string, kind: string, id: string, payer = workspace): Promise<Found | undefined> {
    const key = keyOf(workspace, kind, id);
    const known = this.#cache.get(key);
    if (known !== undefined) return known;
    const pending = this.#pending.get(key);
    if (pending !== undefined) return pending;
    const lookup = this.#ask(workspace, kind, id, payer).finally(() => this.#pending.delete(key));
    this.#pending.set(key, lookup);
    return lookup;
  }

  async #ask(workspace: string, kind: string, id: string, payer: string): Promise<Found | undefined> {
    const lookup = this.#kinds.get(kind)?.lookup;
    if (lookup === undefined) throw new Error(`the policy has no lookup for ${kind}`);
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
  const location = valueAt(at, path);
  return typeof location === 'string' ? location : undefined;
}
