import type { TagItem } from '../../../catalog/types.ts';
import type { Turns } from '../../../concurrency/turns.ts';
import { DenialError } from '../../../denial.ts';
import { lookupFailed, operationById, writeCall } from '../../../mlflow/call.ts';
import type { CanonicalRequest } from '../../../request/types.ts';
import type { Upstream } from '../../../upstream/types.ts';
import { askEach } from '../../ask-each.ts';
import type { Kinds } from '../../kinds.ts';
import { CHOOSE, notFound } from '../../not-found.ts';
import type { TagsQuestion } from '../../question.ts';
import type { Caller } from '../../reference.ts';
import type { NamesToLock, TagsRuling } from '../../ruling.ts';
import type { NameLock, TenancyVerdict } from '../../tenancy-strategy.ts';
import { HiddenTag } from '../hidden-tag/hidden-tag.ts';
import { locationRefused } from '../location-refused.ts';
import type { TenantTag } from '../tenant-tag.ts';
import { createFirst } from './create-first.ts';
import { ResponseEditor } from './edit-response.ts';
import type { NameLocks } from './name-locks.ts';
import { filterByNames, searchOnlyIn, withoutHeaders } from './narrow-request.ts';
import type { Ownership } from './ownership.ts';
import { type Findings, StorageOwnership } from './storage-ownership.ts';

export interface TagsSettlerOptions {
  readonly tagItem: TagItem;
  readonly tag: TenantTag;
  readonly kinds: Kinds;
  readonly ownership: Ownership;
  readonly locks: NameLocks;
  readonly upstream: Upstream;
  readonly turns: Turns;
}

type Ask<A extends TagsQuestion['ask']> = Extract<TagsQuestion, { ask: A }>;

/**
 * The asynchronous step of the strategy `tags`: locks the names of a ruling and asks MLflow its questions, one after the
 * other. It asks about a few resources of a question at once; the first refused resource decides.
 *
 * @example
 * const verdict = await settler.settle(judge.judge(tenancyRequest));
 */
export class TagsSettler {
  readonly #options: TagsSettlerOptions;
  readonly #storage: StorageOwnership;
  readonly #responses: ResponseEditor;

  constructor(options: TagsSettlerOptions) {
    this.#options = options;
    this.#storage = new StorageOwnership(options.ownership);
    this.#responses = new ResponseEditor(options);
  }

  /** @throws DenialError, or rejects with it, to refuse the request */
  settle(ruling: TagsRuling): Promise<TenancyVerdict> | TenancyVerdict {
    if (ruling.names !== undefined) return this.#lockAndAsk(ruling, ruling.names);
    const open = this.#openQuestions(ruling);
    // Nearly always the gateway knows the owners, and a promise would cost a turn of the event loop's microtasks.
    return open.length === 0 ? this.#verdict(ruling, ruling.request) : this.#askInOrder(ruling, open);
  }

  /** Names stay locked from before the first lookup until MLflow has answered the request. */
  async #lockAndAsk(ruling: TagsRuling, names: NamesToLock): Promise<TenancyVerdict> {
    const lock = await this.#options.locks.lock(names, ruling.caller.tenant);
    try {
      return { ...(await this.#askInOrder(ruling, this.#openQuestions(ruling))), nameLock: lock };
    } catch (error) {
      lock.release();
      throw error;
    }
  }

  /** The questions that the gateway cannot answer from what it knows. */
  #openQuestions({ questions, caller }: TagsRuling): readonly TagsQuestion[] {
    // Nearly always this finds none, without an allocation.
    for (const question of questions)
      if (!this.#isKnown(question, caller)) return questions.filter((one) => !this.#isKnown(one, caller));
    return NONE;
  }

  #isKnown(question: TagsQuestion, caller: Caller): boolean {
    if (question.ask !== 'owned' && question.ask !== 'search-in') return false;
    return this.#options.ownership.isKnownOwn(question.references, caller);
  }

  async #askInOrder(ruling: TagsRuling, questions: readonly TagsQuestion[]): Promise<TenancyVerdict> {
    let { request } = ruling;
    // One after the other: of two begun at once, the second could fail while nothing awaits it yet.
    for (const question of questions) request = await this.#ask(question, ruling.caller, request);
    return this.#verdict(ruling, request);
  }

  /** @returns the request, narrowed by the answer */
  async #ask(question: TagsQuestion, caller: Caller, request: CanonicalRequest): Promise<CanonicalRequest> {
    const { ownership } = this.#options;
    switch (question.ask) {
      case 'create-first':
        await createFirst(question, caller, this.#options);
        return request;
      case 'owned':
        await ownership.require(question.references, caller);
        return request;
      case 'owned-already':
        await this.#requireCreated(question, caller);
        return request;
      case 'storage':
        await this.#requireStorage(question, caller);
        return request;
      case 'search-in': {
        const kept = await ownership.keep(question.references, caller);
        return searchOnlyIn(
          request,
          question.searchedIn,
          kept.map(({ id }) => id),
        );
      }
      case 'list-owned':
        return filterByNames(
          request,
          question.among,
          await ownership.list(question.among.kind, caller.tenant),
        );
      case 'inside':
        await this.#requireInside(question, caller);
        return request;
      case 'not-shared':
        await this.#requireUnshared(question, caller);
        return request;
      case 'optional-headers': {
        // A resource that does not exist and one of another tenant are dropped alike, after the same lookups.
        const kept = await ownership.keep(question.references, caller);
        return withoutHeaders(
          request,
          question.references.filter((reference) => !kept.includes(reference)),
        );
      }
    }
  }

  async #requireCreated({ references }: Ask<'owned-already'>, caller: Caller): Promise<void> {
    await askEach(references, async (reference) => {
      if (await this.#options.ownership.owns(reference, caller)) return;
      throw new DenialError(
        'shared_experiment',
        `In a shared experiment this can only add to a ${reference.kind} that is yours already: create it first, or choose an experiment of your own with ${CHOOSE}.`,
      );
    });
  }

  async #requireStorage({ places }: Ask<'storage'>, caller: Caller): Promise<void> {
    const findings: Findings = new Map();
    await askEach(places, async (place) => {
      if (await this.#storage.owns(place, caller, findings)) return;
      const { at, value, as } = place;
      throw as === 'path' ? notFound({ kind: 'artifact', id: value, at }) : locationRefused(place);
    });
  }

  async #requireInside({ references, container }: Ask<'inside'>, { tenant }: Caller): Promise<void> {
    const { kinds, turns, upstream } = this.#options;
    await askEach(references, async (reference) => {
      const { operation, field } = kinds.lookupOf(reference.kind);
      const values = { [field]: reference.id, [container.field]: container.id };
      const call = writeCall(operationById(operation), values, {});
      const { status } = await turns.run(tenant, () => upstream.ask(call));
      if (status === 404 || status === 400) throw notFound(reference);
      if (status !== 200) throw lookupFailed(status);
    });
  }

  async #requireUnshared({ field, references }: Ask<'not-shared'>, caller: Caller): Promise<void> {
    await askEach(references, async (reference) => {
      if (!(await this.#options.ownership.isInShared(reference, caller))) return;
      throw new DenialError(
        'shared_experiment',
        `${field} cannot be logged in a shared experiment, where MLflow keeps each once for all tenants: choose an experiment of your own with ${CHOOSE}.`,
      );
    });
  }

  #verdict(ruling: TagsRuling, request: CanonicalRequest): TenancyVerdict {
    const { headers, caller, response, hiddenTag, askedAgain } = ruling;
    return {
      request,
      headers,
      transform: response && this.#responses.transform(response, caller),
      edit: hiddenTag && new HiddenTag(hiddenTag, this.#options.tag.key, caller.tenant),
      confirm: askedAgain && (() => this.#options.ownership.require(askedAgain, caller)),
      // The tag is set after MLflow has answered, even if the caller leaves.
      nameLock: response?.rule === 'tag-created' ? NOTHING_LOCKED : undefined,
    };
  }
}

const NONE: readonly TagsQuestion[] = [];
const NOTHING_LOCKED: NameLock = { release: () => {}, giveUp: () => {} };
