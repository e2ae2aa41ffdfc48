import { DenialError } from '../../../denial.ts';
import { LIMITS } from '../../../limits.ts';
import { askEach } from '../../ask-each.ts';
import { missing } from '../../not-found.ts';
import type { Holding, Reference } from '../resource.ts';
import type { Holdings } from './resource-lookup.ts';

/** A reference of a request, with the place it stood at. */
export interface Claim extends Reference {
  readonly at: string;
  /** Whether it may also be nothing yet: its id is the caller's choice. */
  readonly mayBeNew?: true;
}

/** On whose behalf references are judged. */
export interface Claimant {
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
  readonly #holdings: Holdings;
  readonly #shared: ReadonlySet<string>;

  /** @param shared ids of experiments that are every tenant's */
  constructor(holdings: Holdings, shared: ReadonlySet<string>) {
    this.#holdings = holdings;
    this.#shared = shared;
  }

  /** Whether the resource is one that every tenant may use. */
  isShared({ kind, id }: Reference): boolean {
    return kind === 'experiment' && this.#shared.has(id);
  }

  /**
   * Requires that everything claimed is the tenant's. Returns at once when all of it is known to be, as it nearly
   * always is.
   *
   * @throws DenialError `resource_not_found`
   */
  require(claims: readonly Claim[], claimant: Claimant): Promise<void> | undefined {
    const open = claims.filter((claim) => this.#judgeKnown(claim, claimant) !== true);
    return open.length === 0 ? undefined : this.#settle(open, claimant);
  }

  /** Those of the references that are the tenant's. Returns at once when all of them are known to be. */
  keep(
    references: readonly Reference[],
    claimant: Claimant,
  ): Promise<readonly Reference[]> | readonly Reference[] {
    if (references.every((reference) => this.#judgeKnown(reference, claimant) === true)) return references;
    return this.#keep(references, claimant);
  }

  /**
   * Names of all that is the tenant's of a kind that is known by names.
   *
   * @throws DenialError `invalid_field` when there are more than fit into a search
   */
  async list(kind: string, tenant: string): Promise<readonly string[]> {
    // MLflow's parser is slow with more names in one search, and its databases refuse many.
    const most = LIMITS.listedForSearch.value;
    const names = await this.#holdings.list(kind, tenant, most);
    if (names !== undefined) return names;
    const what = `more than ${most} ${kind}s`;
    throw new DenialError('invalid_field', `You have ${what}: search in one of them.`);
  }

  /** Whether a resource is in one that every tenant may use. */
  async isInShared(reference: Reference, { tenant }: Claimant): Promise<boolean> {
    const container = (await this.look(reference, tenant))?.container;
    return container !== undefined && this.isShared(container);
  }

  /** Whether a resource exists and is the tenant's. */
  async owns(reference: Reference, claimant: Claimant): Promise<boolean> {
    if (this.#judgeKnown(reference, claimant) === true) return true;
    return (await this.find(reference, claimant))?.own === true;
  }

  /** A resource, whoever's it is, and whether it is the tenant's; `undefined` when it does not exist. */
  async find(
    reference: Reference,
    claimant: Claimant,
  ): Promise<{ readonly holding: Holding; readonly own: boolean } | undefined> {
    const own = this.#judgeKnown(reference, claimant);
    // A remembered "not yours" is asked again: else its speed would tell it from "does not exist".
    const remembered = own === false ? undefined : this.#holdings.known(reference);
    const holding = remembered ?? (await this.#holdings.ask(reference, claimant.tenant));
    return holding && { holding, own: own === true || (await this.#judge(reference, holding, claimant)) };
  }

  /**
   * What MLflow says of a resource, whoever's it is; `undefined` when it does not exist.
   *
   * @param tenant on whose behalf it is asked
   */
  async look(reference: Reference, tenant: string): Promise<Holding | undefined> {
    return this.#holdings.known(reference) ?? this.#holdings.ask(reference, tenant);
  }

  /** Whether a resource is the tenant's, by what MLflow has just said of it. */
  isOwn(reference: Reference, holding: Holding, claimant: Claimant): Promise<boolean> | boolean {
    return this.#judge(reference, holding, claimant);
  }

  /** `undefined` when MLflow has to be asked. */
  #judgeKnown(reference: Reference, { tenant, shared }: Claimant): boolean | undefined {
    if (shared && this.isShared(reference)) return true;
    const holding = this.#holdings.known(reference);
    if (holding === undefined) return undefined;
    if (holding.owner !== undefined) return holding.owner === tenant;
    // What lies untagged in a shared experiment is nobody's.
    return holding.container === undefined
      ? false
      : this.#judgeKnown(holding.container, { tenant, shared: false });
  }

  #judge(reference: Reference, holding: Holding, { tenant, shared }: Claimant): Promise<boolean> | boolean {
    if (holding.owner !== undefined) return holding.owner === tenant;
    if (holding.names !== undefined) return this.owns(holding.names, { tenant, shared });
    if (holding.container !== undefined) return this.owns(holding.container, { tenant, shared: false });
    return shared && this.isShared(reference);
  }

  async #keep(references: readonly Reference[], claimant: Claimant): Promise<readonly Reference[]> {
    const open = references.filter((reference) => this.#judgeKnown(reference, claimant) !== true);
    const listed = await this.#learn(open, claimant);
    // Each would be a question to MLflow, and a request has room for a million.
    const unknown = open.filter(
      (reference) => !listed.has(reference.kind) && this.#judgeKnown(reference, claimant) !== true,
    );
    const most = LIMITS.unknownInSearch.value;
    if (unknown.length > most) {
      const what = `${most} ${unknown[0]!.kind}s that are not known to be yours`;
      throw new DenialError('invalid_field', `A search may name at most ${what}; search in fewer.`);
    }
    const owned = await askEach(references, (reference) =>
      listed.has(reference.kind)
        ? this.#judgeKnown(reference, claimant) === true
        : this.owns(reference, claimant),
    );
    return references.filter((_, at) => owned[at]);
  }

  async #meets(claim: Claim, claimant: Claimant): Promise<boolean> {
    if (claim.mayBeNew !== true) return this.owns(claim, claimant);
    const found = await this.find(claim, claimant);
    return found === undefined || found.own;
  }

  async #settle(open: readonly Claim[], claimant: Claimant): Promise<void> {
    await this.#learn(open, claimant);
    // A request full of made-up ids costs MLflow no more than a handful of questions: the first refusal ends it.
    await askEach(open, async (claim) => {
      if (!(await this.#meets(claim, claimant))) throw notFound(claim);
    });
  }

  /**
   * Asks for many at once where that is cheaper.
   *
   * @returns kinds of which everything that is the tenant's is known now
   */
  async #learn(open: readonly Reference[], claimant: Claimant): Promise<ReadonlySet<string>> {
    const listed = new Set<string>();
    const unknown = Map.groupBy(
      open.filter((claim) => this.#holdings.known(claim) === undefined),
      ({ kind }) => kind,
    );
    for (const [kind, claims] of unknown) {
      const ids = [...new Set(claims.map(({ id }) => id))];
      if (ids.length < BATCH_FROM || !this.#holdings.canAskMany(kind)) continue;
      // Most often all are in one container: the first one's.
      const within = (await this.#holdings.ask({ kind, id: ids[0]! }, claimant.tenant))?.container;
      if (await this.#holdings.askMany(kind, ids, claimant.tenant, within)) listed.add(kind);
    }
    return listed;
  }
}

/** The one answer for what does not exist and for what is not the tenant's. */
export function notFound({ kind, id, at }: Claim): DenialError {
  return missing(kind, id, at);
}
