import { BoundedCache } from '../../../bounded-cache.ts';
import { textAt, valueAt } from '../../../catalog/json-path.ts';
import type { BatchLookup, FilesOf } from '../../../catalog/types.ts';
import type { Turns } from '../../../concurrency/turns.ts';
import { DenialError } from '../../../denial.ts';
import { LIMITS } from '../../../limits.ts';
import { lookupFailed, writeCall } from '../../../mlflow/call.ts';
import { parseResponse } from '../../../upstream/response-json.ts';
import type { Upstream } from '../../../upstream/types.ts';
import type { Kinds } from '../../kinds.ts';
import { callAbout } from '../../qualified-call.ts';
import { keyOf, type ResourceKey } from '../../reference.ts';
import { type Resource, readResource } from '../resource.ts';
import type { TenantTag } from '../tenant-tag.ts';
import { MOST_PAGES, writeBatchLookup } from './batch-lookup.ts';

const CACHE_SIZE = LIMITS.rememberedResources.value;
const CACHE_TTL_MS = 300_000;
/** A run answers with all its metrics and parameters. */
const ANSWER_LIMIT = LIMITS.lookupResponseBytes.value;

/** A name that can stand in a filter between quotes. */
const NAME = /^[A-Za-z0-9._/-]+$/;

interface Page {
  readonly status: number;
  readonly items?: readonly unknown[];
  readonly next?: string | undefined;
}

/**
 * Asks MLflow about resources, and caches the answers. Only existing resources are cached, and only under ids that MLflow never
 * assigns again (a name can be another resource's after a rename). Requests that ask for the same resource at once share one
 * lookup.
 *
 * @example
 * const lookup = new ResourceLookup(upstream, kinds, tag, lookupTurns());
 * (await lookup.ask({ kind: 'run', id: 'abc' }, 'team-a'))?.owner;
 */
export class ResourceLookup {
  readonly #cache = new BoundedCache<Resource>(CACHE_SIZE, CACHE_TTL_MS);
  readonly #pending = new Map<string, Promise<Resource | undefined>>();
  readonly #upstream: Upstream;
  readonly #kinds: Kinds;
  readonly #tag: TenantTag;
  readonly #turns: Turns;

  constructor(upstream: Upstream, kinds: Kinds, tag: TenantTag, turns: Turns) {
    this.#upstream = upstream;
    this.#kinds = kinds;
    this.#tag = tag;
    this.#turns = turns;
  }

  /** The cached answer about a resource. */
  known(reference: ResourceKey): Resource | undefined {
    return this.#cache.get(keyOf(reference));
  }

  /**
   * Asks MLflow.
   *
   * @param tenant the tenant whose turn the lookup takes (see `Turns`)
   * @returns `undefined` if the resource does not exist
   * @throws DenialError `upstream_invalid` if MLflow's response neither confirms nor denies the resource
   */
  ask(reference: ResourceKey, tenant = ''): Promise<Resource | undefined> {
    if (this.#kinds.get(reference.kind)?.reusable) return this.#ask(reference, tenant);
    const key = keyOf(reference);
    const pending = this.#pending.get(key);
    if (pending !== undefined) return pending;
    const lookup = this.#ask(reference, tenant)
      .then((resource) => {
        if (resource !== undefined) this.#cache.set(key, resource);
        return resource;
      })
      .finally(() => this.#pending.delete(key));
    this.#pending.set(key, lookup);
    return lookup;
  }

  /** Whether one search can look up several resources of the kind. */
  canAskMany(kind: string): boolean {
    const known = this.#kinds.get(kind);
    return known?.batch !== undefined && !known.reusable;
  }

  /**
   * Lists the names of a tenant's resources of a kind, with the kind's search. The list is not cached.
   *
   * @returns `undefined` if there are more than `most`
   */
  async list(kind: string, tenant: string, most: number): Promise<readonly string[] | undefined> {
    const batch = this.#kinds.get(kind)!.batch!;
    const names: string[] = [];
    let page: string | undefined;
    do {
      const { status, items, next } = await this.#readPage(batch, [], tenant, undefined, page);
      // An MLflow that does not know the kind has no resource of the tenant's.
      if (status === 404) return [];
      if (items === undefined) throw lookupFailed(status);
      for (const item of items) {
        const name = textAt(item, batch.id);
        if (name !== undefined && NAME.test(name)) names.push(name);
      }
      page = next;
    } while (page && names.length <= most);
    return names.length > most ? undefined : names;
  }

  /**
   * Looks up many resources of one kind with one search, if the kind has one. A resource that it does not find may still exist,
   * and is looked up by itself afterwards.
   *
   * @param within the container to search in, if the search needs one
   * @returns whether the response has all resources of the kind that belong to the tenant
   */
  async askMany(
    kind: string,
    ids: readonly string[],
    tenant: string,
    within?: ResourceKey,
  ): Promise<boolean> {
    const batch = this.#kinds.get(kind)?.batch;
    if (batch === undefined || (batch.within !== undefined && within === undefined)) return false;
    let page: string | undefined;
    for (let read = 0; read < MOST_PAGES; read++) {
      const { items, next } = await this.#readPage(batch, ids, tenant, within, page).catch(tooLong);
      if (items === undefined) return false;
      for (const item of items) {
        const id = textAt(item, batch.id);
        if (id !== undefined) this.#cache.set(keyOf({ kind, id }), readResource(item, batch, this.#tag));
      }
      if (!next) return batch.pages !== undefined;
      page = next;
    }
    return false;
  }

  /** A page of a kind's search, and the token of the next one. Without items if MLflow did not answer with a list. */
  async #readPage(
    batch: BatchLookup,
    ids: readonly string[],
    tenant: string,
    within: ResourceKey | undefined,
    page: string | undefined,
  ): Promise<Page> {
    const tag = { key: this.#tag.key, value: tenant };
    const call = writeBatchLookup(batch, { ids, tag, within, page });
    const { status, body } = await this.#turns.run(tenant, () =>
      this.#upstream.ask(call, { limit: ANSWER_LIMIT }),
    );
    if (status !== 200) return { status };
    const json = parseResponse(body);
    // MLflow leaves an empty list out.
    const items = valueAt(json, batch.items) ?? [];
    if (!Array.isArray(items)) return { status };
    return { status, items, next: batch.pages && textAt(json, batch.pages.next) };
  }

  async #ask({ kind, id }: ResourceKey, tenant: string): Promise<Resource | undefined> {
    const known = this.#kinds.get(kind);
    if (known?.files !== undefined) return this.#askFiles(known.files, id, tenant);
    const lookup = known?.lookup;
    if (lookup === undefined) throw new Error(`the policy has no lookup for ${kind}`);
    const { operation, values } = callAbout(known, lookup.operation, lookup.field, id);
    const call = writeCall(operation, values, {});
    const answer = await this.#turns.run(tenant, () => this.#upstream.ask(call, { limit: ANSWER_LIMIT }));
    // MLflow answers 400 for an id it cannot even be.
    if (answer.status === 404 || answer.status === 400) return undefined;
    if (answer.status !== 200) throw lookupFailed(answer.status);
    return readResource(parseResponse(answer.body), lookup, this.#tag);
  }

  /** A directory of files exists if the resource that it belongs to lists it. */
  async #askFiles(files: FilesOf, directory: string, tenant: string): Promise<Resource | undefined> {
    const owner = this.#kinds.ownerOfFiles(files, directory);
    if (owner === undefined) return undefined;
    const { operation, values } = callAbout(
      this.#kinds.get(owner.kind),
      files.operation,
      files.field,
      owner.id,
    );
    let page: string | undefined;
    for (let read = 0; read < MOST_PAGES; read++) {
      const more = page === undefined ? {} : { [files.pages.field]: page };
      const call = writeCall(operation, { ...files.fixed, ...values, ...more }, {});
      const { status, body } = await this.#turns.run(tenant, () =>
        this.#upstream.ask(call, { limit: ANSWER_LIMIT }),
      );
      if (status === 404 || status === 400) return undefined;
      if (status !== 200) throw lookupFailed(status);
      const json = parseResponse(body);
      const items = valueAt(json, files.items) ?? [];
      if (!Array.isArray(items)) throw lookupFailed(status);
      const location = items.map((item) => textAt(item, files.location)).find((uri) => uri === directory);
      if (location !== undefined) return { owner: undefined, container: owner, names: undefined, location };
      page = textAt(json, files.pages.next);
      if (!page) return undefined;
    }
    return undefined;
  }
}

/** Several resources at once can be more than the gateway reads, where each alone is not. */
function tooLong(error: unknown): Page {
  if (error instanceof DenialError && error.reason === 'upstream_invalid') return { status: 200 };
  throw error;
}
