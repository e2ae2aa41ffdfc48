import { DenialError } from '../../../denial.ts';
import { LIMITS } from '../../../limits.ts';
import { askEach } from '../../ask-each.ts';
import { notFound } from '../../not-found.ts';
import type { Caller, Reference, ResourceKey } from '../../reference.ts';
import type { Resource } from '../resource.ts';
import type { SharedExperiments } from '../shared-experiments.ts';
import type { ResourceLookup } from './resource-lookup.ts';

/** The number of unknown ids of a kind from which one search replaces single lookups. */
const BATCH_FROM = 3;

/**
 * Decides which tenant owns a resource: the tenant of its own tag, else the owner of its container. A resource without an
 * owner and a resource of another tenant are refused alike, as if they did not exist: with the same words, after the same
 * number of questions to MLflow.
 *
 * @example
 * if (!ownership.isKnownOwn(references, caller)) await ownership.require(references, caller);
 */
export class Ownership {
  readonly #resources: ResourceLookup;
  readonly #shared: SharedExperiments;

  constructor(resources: ResourceLookup, shared: SharedExperiments) {
    this.#resources = resources;
    this.#shared = shared;
  }

  /** Whether the gateway knows, without asking MLflow, that all of these are the caller's. */
  isKnownOwn(keys: readonly ResourceKey[], caller: Caller): boolean {
    return keys.every((key) => this.#judgeKnown(key, caller) === true);
  }

  /**
   * Requires that all references are the caller's.
   *
   * @throws DenialError `resource_not_found` for the first that is not
   */
  async require(references: readonly Reference[], caller: Caller): Promise<void> {
    const open = references.filter((reference) => this.#judgeKnown(reference, caller) !== true);
    await this.#learn(open, caller);
    // A request full of made-up ids costs MLflow no more than a handful of questions: the first refusal ends it.
    await askEach(open, async (reference) => {
      if (!(await this.#meets(reference, caller))) throw notFound(reference);
    });
  }

  /**
   * The ones that are the caller's, in their order.
   *
   * @throws DenialError `invalid_field` for more unknown resources than MLflow may be asked about
   */
  async keep<K extends ResourceKey>(keys: readonly K[], caller: Caller): Promise<readonly K[]> {
    const open = keys.filter((key) => this.#judgeKnown(key, caller) !== true);
    if (open.length === 0) return keys;
    const listed = await this.#learn(open, caller);
    // Each would be a question to MLflow, and a request has room for a million.
    const unknown = open.filter((key) => !listed.has(key.kind) && this.#judgeKnown(key, caller) !== true);
    const most = LIMITS.unknownInSearch.value;
    const [first] = unknown;
    if (first !== undefined && unknown.length > most) {
      throw new DenialError(
        'invalid_field',
        `A search may reference at most ${most} ${first.kind}s that the gateway has to look up. Search in fewer.`,
      );
    }
    const owned = await askEach(keys, (key) =>
      listed.has(key.kind) ? this.#judgeKnown(key, caller) === true : this.owns(key, caller),
    );
    return keys.filter((_, at) => owned[at]);
  }

  /**
   * The names of all the tenant's resources of a kind.
   *
   * @throws DenialError `invalid_field` if they are more than fit into a search
   */
  async list(kind: string, tenant: string): Promise<readonly string[]> {
    // MLflow's parser is slow with more names in one search, and its databases refuse many.
    const most = LIMITS.listedForSearch.value;
    const names = await this.#resources.list(kind, tenant, most);
    if (names !== undefined) return names;
    const what = `more than ${most} ${kind}s`;
    throw new DenialError('invalid_field', `You have ${what}: search in one of them.`);
  }

  /** Whether the container of a resource is a shared experiment. */
  async isInShared(reference: ResourceKey, { tenant }: Caller): Promise<boolean> {
    const container = (await this.look(reference, tenant))?.container;
    return container !== undefined && this.#shared.has(container);
  }

  /** Whether a resource exists and is the caller's. */
  async owns(reference: ResourceKey, caller: Caller): Promise<boolean> {
    if (this.#judgeKnown(reference, caller) === true) return true;
    return (await this.find(reference, caller))?.own === true;
  }

  /** A resource of any owner, and whether it is the caller's; `undefined` if it does not exist. */
  async find(
    reference: ResourceKey,
    caller: Caller,
  ): Promise<{ readonly resource: Resource; readonly own: boolean } | undefined> {
    const own = this.#judgeKnown(reference, caller);
    // A cached resource of another tenant is looked up again: a faster answer would tell it from one that does not exist.
    const cached = own === false ? undefined : this.#resources.known(reference);
    const resource = cached ?? (await this.#resources.ask(reference, caller.tenant));
    if (resource === undefined) return undefined;
    return { resource, own: own === true || (await this.isOwn(reference, resource, caller)) };
  }

  /**
   * A resource of any owner; `undefined` if it does not exist.
   *
   * @param tenant the tenant that pays for the lookup (see `Turns`)
   */
  async look(reference: ResourceKey, tenant: string): Promise<Resource | undefined> {
    return this.#resources.known(reference) ?? this.#resources.ask(reference, tenant);
  }

  /** `undefined` if MLflow has to be asked. */
  #judgeKnown(reference: ResourceKey, { tenant, shared }: Caller): boolean | undefined {
    if (shared && this.#shared.has(reference)) return true;
    const resource = this.#resources.known(reference);
    if (resource === undefined) return undefined;
    if (resource.owner !== undefined) return resource.owner === tenant;
    // An untagged resource in a shared experiment is unowned.
    return resource.container === undefined
      ? false
      : this.#judgeKnown(resource.container, { tenant, shared: false });
  }

  /** Whether a resource is the caller's, by MLflow's own answer about it. */
  async isOwn(key: ResourceKey, resource: Resource, { tenant, shared }: Caller): Promise<boolean> {
    const { owner, names, container } = resource;
    if (owner !== undefined) return owner === tenant;
    if (names !== undefined) return this.owns(names, { tenant, shared });
    if (container !== undefined) return this.owns(container, { tenant, shared: false });
    return shared && this.#shared.has(key);
  }

  async #meets(reference: Reference, caller: Caller): Promise<boolean> {
    if (reference.mayBeNew !== true) return this.owns(reference, caller);
    const found = await this.find(reference, caller);
    return found === undefined || found.own;
  }

  /**
   * Looks up many resources at once where that is cheaper.
   *
   * @returns the kinds of which all the tenant's resources are cached now
   */
  async #learn(open: readonly ResourceKey[], caller: Caller): Promise<ReadonlySet<string>> {
    const listed = new Set<string>();
    const unknown = Map.groupBy(
      open.filter((key) => this.#resources.known(key) === undefined),
      ({ kind }) => kind,
    );
    for (const [kind, keys] of unknown) {
      const ids = [...new Set(keys.map(({ id }) => id))];
      const [firstId] = ids;
      if (firstId === undefined || ids.length < BATCH_FROM || !this.#resources.canAskMany(kind)) continue;
      // Most often all have the container of the first.
      const within = (await this.#resources.ask({ kind, id: firstId }, caller.tenant))?.container;
      if (await this.#resources.askMany(kind, ids, caller.tenant, within)) listed.add(kind);
    }
    return listed;
  }
}
