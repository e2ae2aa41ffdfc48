import { BoundedCache } from '../../../bounded-cache.ts';
import type { BatchLookup } from '../../../catalog/types.ts';
import type { Turns } from '../../../concurrency/turns.ts';
import { DenialError } from '../../../denial.ts';
import { LIMITS } from '../../../limits.ts';
import { lookupFailed, operationById, writeCall } from '../../../mlflow/call.ts';
import { parseAnswer } from '../../../upstream/answer-json.ts';
import type { Upstream } from '../../../upstream/types.ts';
import type { Kinds } from '../../kinds.ts';
import { type Holding, type Reference, readHolding, textAt, valueAt } from '../resource.ts';
import type { TenantTag } from '../tenant-tag.ts';
import { MOST_PAGES, writeBatch } from './batch-lookup.ts';

const CACHE_SIZE = LIMITS.rememberedResources.value;
const CACHE_TTL_MS = 300_000;
/** A run answers with all its metrics and parameters. */
const ANSWER_LIMIT = LIMITS.lookupAnswerBytes.value;

/** A name that can stand in a filter between quotes. */
const NAME = /^[A-Za-z0-9._/-]+$/;

interface Page {
  readonly status: number;
  readonly items?: readonly unknown[];
  readonly next?: string | undefined;
}

/**
 * What MLflow has, as the gateway asked it. Only what exists is remembered, and only under ids that are never given
 * out again (a name can be another's after a rename); who asks for the same thing at once shares one look-up.
 */
export class Holdings {
  readonly #cache = new BoundedCache<Holding>(CACHE_SIZE, CACHE_TTL_MS);
  readonly #pending = new Map<string, Promise<Holding | undefined>>();
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

  /** What is remembered of a resource. */
  known(reference: Reference): Holding | undefined {
    return this.#cache.get(keyOf(reference));
  }

  /**
   * Asks MLflow.
   *
   * @param tenant whose turn the question takes (see `Turns`)
   * @returns `undefined` when there is no such resource
   * @throws DenialError `upstream_invalid` when the answer is neither yes nor no
   */
  ask(reference: Reference, tenant = ''): Promise<Holding | undefined> {
    if (this.#kinds.get(reference.kind)?.reusable) return this.#ask(reference, tenant);
    const key = keyOf(reference);
    const pending = this.#pending.get(key);
    if (pending !== undefined) return pending;
    const asked = this.#ask(reference, tenant)
      .then((holding) => {
        if (holding !== undefined) this.#cache.set(key, holding);
        return holding;
      })
      .finally(() => this.#pending.delete(key));
    this.#pending.set(key, asked);
    return asked;
  }

  /** Whether MLflow can be asked for several of a kind at once. */
  canAskMany(kind: string): boolean {
    const known = this.#kinds.get(kind);
    return known?.batch !== undefined && !known.reusable;
  }

  /**
   * Lists what of a kind is the tenant's, by its tag, with the kind's search. Nothing of it is remembered.
   *
   * @returns `undefined` when there are more than `most`
   */
  async list(kind: string, tenant: string, most: number): Promise<readonly string[] | undefined> {
    const batch = this.#kinds.get(kind)!.batch!;
    const names: string[] = [];
    let page: string | undefined;
    do {
      const { status, items, next } = await this.#readPage(batch, [], tenant, undefined, page);
      // An MLflow without any of the kind has none of the tenant's.
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
   * Learns of many resources of one kind with one search, where the kind has one. What it does not find is not
   * known to be missing: it is asked for by itself afterwards.
   *
   * @param within what to search in, where the search needs it
   * @returns whether the answer held everything of the kind that is the tenant's
   */
  async askMany(kind: string, ids: readonly string[], tenant: string, within?: Reference): Promise<boolean> {
    const batch = this.#kinds.get(kind)?.batch;
    if (batch === undefined || (batch.within !== undefined && within === undefined)) return false;
    let page: string | undefined;
    for (let read = 0; read < MOST_PAGES; read++) {
      const { items, next } = await this.#readPage(batch, ids, tenant, within, page).catch(tooLong);
      if (items === undefined) return false;
      for (const item of items) {
        const id = textAt(item, batch.id);
        if (id !== undefined) this.#cache.set(keyOf({ kind, id }), readHolding(item, batch, this.#tag));
      }
      if (!next) return batch.pages !== undefined;
      page = next;
    }
    return false;
  }

  /** A page of a kind's search, and the token of the next one. No items: MLflow did not answer with a list. */
  async #readPage(
    batch: BatchLookup,
    ids: readonly string[],
    tenant: string,
    within: Reference | undefined,
    page: string | undefined,
  ): Promise<Page> {
    const owner = { key: this.#tag.key, value: tenant };
    const call = writeBatch(batch, ids, owner, within, page);
    const { status, body } = await this.#turns.run(tenant, () =>
      this.#upstream.ask(call, { limit: ANSWER_LIMIT }),
    );
    if (status !== 200) return { status };
    const json = parseAnswer(body);
    // MLflow leaves an empty list out.
    const items = valueAt(json, batch.items) ?? [];
    if (!Array.isArray(items)) return { status };
    return { status, items, next: batch.pages && textAt(json, batch.pages.next) };
  }

  async #ask({ kind, id }: Reference, tenant: string): Promise<Holding | undefined> {
    const lookup = this.#kinds.get(kind)?.lookup;
    if (lookup === undefined) throw new Error(`the overlay names no look-up for ${kind}`);
    const call = writeCall(operationById(lookup.operation), { [lookup.field]: id }, {});
    const answer = await this.#turns.run(tenant, () => this.#upstream.ask(call, { limit: ANSWER_LIMIT }));
    // MLflow answers 400 for an id it cannot even be.
    if (answer.status === 404 || answer.status === 400) return undefined;
    if (answer.status !== 200) throw lookupFailed(answer.status);
    return readHolding(parseAnswer(answer.body), lookup, this.#tag);
  }
}

/** Several at once can be more than the gateway reads, where each alone is not. */
function tooLong(error: unknown): Page {
  if (error instanceof DenialError && error.reason === 'upstream_invalid') return { status: 200 };
  throw error;
}

function keyOf({ kind, id }: Reference): string {
  return `${kind}\n${id}`;
}
