import { DenialError } from '../../../denial.ts';
import { LIMITS } from '../../../limits.ts';
import { askEach } from '../../ask-each.ts';
import { missing } from '../../not-found.ts';
import type { Resource, ResourceKey } from '../resource.ts';
import type { ResourceLookup } from './resource-lookup.ts';

/** A reference of a request, with the place it stood at. */
export interface Reference extends ResourceKey {
  readonly at: string;
  /** Whether it may also be nothing yet: its id is the caller's choice. */
  readonly mayBeNew?: true;
}

/** On whose behalf references are judged. */
export interface Caller {
  readonly tenant: string;
  /** Whether what is shared counts as the tenant's own. */
  readonly shared: boolean;
}

/** From how many unknown ids of a kind on one search is asked instead. */
const BATCH_FROM = 3;

/**
 * Says whose a resource is: its own tag's, else that of what contains it. What is nobody's, and what is another
 * tenant's, does not exist: both are refused with the same words, after the same number of questions to MLflow.
 */
export class Ownership {
  readonly #resources: ResourceLookup;
  readonly #shared: ReadonlySet<string>;

  /** @param shared ids of experiments that are every tenant's */
  constructor(resources: ResourceLookup, shared: ReadonlySet<string>) {
    this.#resources = resources;
    this.#shared = shared;
  }

  /** Whether the resource is one that every tenant may use. */
  isShared({ kind, id }: ResourceKey): boolean {
    return kind === 'experiment' && this.#shared.has(id);
  }

  /**
   * Requires that everything claimed is the tenant's. Returns at once when all of it is known to be, as it nearly
   * always is.
   *
   * @throws DenialError `resource_not_found`
   */
  require(claims: readonly Reference[], caller: Caller): Promise<void> | undefined {
    const open = claims.filter((claim) => this.#judgeKnown(claim, caller) !== true);
    return open.length === 0 ? undefined : this.#settle(open, caller);
  }

  /** Those of the references that are the tenant's. Returns at once when all of them are known to be. */
  keep(
    references: readonly ResourceKey[],
    caller: Caller,
  ): Promise<readonly ResourceKey[]> | readonly ResourceKey[] {
    if (references.every((reference) => this.#judgeKnown(reference, caller) === true)) return references;
    return this.#keep(references, caller);
  }

  /**
   * Names of all that is the tenant's of a kind that is known by names.
   *
   * @throws DenialError `invalid_field` when there are more than fit into a search
   */
  async list(kind: string, tenant: string): Promise<readonly string[]> {
    // MLflow's parser is slow with more names in one search, and its databases refuse many.
    const most = LIMITS.listedForSearch.value;
    const names = await this.#resources.list(kind, tenant, most);
    if (names !== undefined) return names;
    const what = `more than ${most} ${kind}s`;
    throw new DenialError('invalid_field', `You have ${what}: search in one of them.`);
  }

  /** Whether a resource is in one that every tenant may use. */
  async isInShared(reference: ResourceKey, { tenant }: Caller): Promise<boolean> {
    const container = (await this.look(reference, tenant))?.container;
    return container !== undefined && this.isShared(container);
  }

  /** Whether a resource exists and is the tenant's. */
  async owns(reference: ResourceKey, caller: Caller): Promise<boolean> {
    if (this.#judgeKnown(reference, caller) === true) return true;
    return (await this.find(reference, caller))?.own === true;
  }

  /** A resource, whoever's it is, and whether it is the tenant's; `undefined` when it does not exist. */
  async find(
    reference: ResourceKey,
    caller: Caller,
  ): Promise<{ readonly resource: Resource; readonly own: boolean } | undefined> {
    const own = this.#judgeKnown(reference, caller);
    // A remembered "not yours" is asked again: else its speed would tell it from "does not exist".
    const remembered = own === false ? undefined : this.#resources.known(reference);
    const resource = remembered ?? (await this.#resources.ask(reference, caller.tenant));
    return resource && { resource, own: own === true || (await this.#judge(reference, resource, caller)) };
  }

  /**
   * What MLflow says of a resource, whoever's it is; `undefined` when it does not exist.
   *
   * @param tenant on whose behalf it is asked
   */
  async look(reference: ResourceKey, tenant: string): Promise<Resource | undefined> {
    return this.#resources.known(reference) ?? this.#resources.ask(reference, tenant);
  }

  /** Whether a resource is the tenant's, by what MLflow has just said of it. */
  isOwn(reference: ResourceKey, resource: Resource, caller: Caller): Promise<boolean> | boolean {
    return this.#judge(reference, resource, caller);
  }

  /** `undefined` when MLflow has to be asked. */
  #judgeKnown(reference: ResourceKey, { tenant, shared }: Caller): boolean | undefined {
    if (shared && this.isShared(reference)) return true;
    const resource = this.#resources.known(reference);
    if (resource === undefined) return undefined;
    if (resource.owner !== undefined) return resource.owner === tenant;
    // What lies untagged in a shared experiment is nobody's.
    return resource.container === undefined
      ? false
      : this.#judgeKnown(resource.container, { tenant, shared: false });
  }

  #judge(reference: ResourceKey, resource: Resource, { tenant, shared }: Caller): Promise<boolean> | boolean {
    if (resource.owner !== undefined) return resource.owner === tenant;
    if (resource.names !== undefined) return this.owns(resource.names, { tenant, shared });
    if (resource.container !== undefined) return this.owns(resource.container, { tenant, shared: false });
    return shared && this.isShared(reference);
  }

  async #keep(references: readonly ResourceKey[], caller: Caller): Promise<readonly ResourceKey[]> {
    const open = references.filter((reference) => this.#judgeKnown(reference, caller) !== true);
    const listed = await this.#learn(open, caller);
    // Each would be a question to MLflow, and a request has room for a million.
    const unknown = open.filter(
      (reference) => !listed.has(reference.kind) && this.#judgeKnown(reference, caller) !== true,
    );
    const most = LIMITS.unknownInSearch.value;
    if (unknown.length > most) {
      const what = `${most} ${unknown[0]!.kind}s that are not known to be yours`;
      throw new DenialError('invalid_field', `A search may name at most ${what}; search in fewer.`);
    }
    const owned = await askEach(references, (reference) =>
      listed.has(reference.kind)
        ? this.#judgeKnown(reference, caller) === true
        : this.owns(reference, caller),
    );
    return references.filter((_, at) => owned[at]);
  }

  async #meets(claim: Reference, caller: Caller): Promise<boolean> {
    if (claim.mayBeNew !== true) return this.owns(claim, caller);
    const found = await this.find(claim, caller);
    return found === undefined || found.own;
  }

  async #settle(open: readonly Reference[], caller: Caller): Promise<void> {
    await this.#learn(open, caller);
    // A request full of made-up ids costs MLflow no more than a handful of questions: the first refusal ends it.
    await askEach(open, async (claim) => {
      if (!(await this.#meets(claim, caller))) throw notFound(claim);
    });
  }

  /**
   * Asks for many at once where that is cheaper.
   *
   * @returns kinds of which everything that is the tenant's is known now
   */
  async #learn(open: readonly ResourceKey[], caller: Caller): Promise<ReadonlySet<string>> {
    const listed = new Set<string>();
    const unknown = Map.groupBy(
      open.filter((claim) => this.#resources.known(claim) === undefined),
      ({ kind }) => kind,
    );
    for (const [kind, claims] of unknown) {
      const ids = [...new Set(claims.map(({ id }) => id))];
      if (ids.length < BATCH_FROM || !this.#resources.canAskMany(kind)) continue;
      // Most often all are in one container: the first one's.
      const within = (await this.#resources.ask({ kind, id: ids[0]! }, caller.tenant))?.container;
      if (await this.#resources.askMany(kind, ids, caller.tenant, within)) listed.add(kind);
    }
    return listed;
  }
}

/** The one answer for what does not exist and for what is not the tenant's. */
export function notFound({ kind, id, at }: Reference): DenialError {
  return missing(kind, id, at);
}
