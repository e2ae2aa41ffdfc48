import type { Operation } from '../../catalog/types.ts';
import { DenialError } from '../../http/denial.ts';
import type { UpstreamAnswer } from '../../upstream/types.ts';
import type { Kinds } from '../kinds.ts';
import type { TenancyVerdict } from '../strategy.ts';
import { readHolding } from './holding.ts';
import { type Claim, type Claimant, notFound, type Ownership } from './ownership.ts';
import type { Plan } from './plan.ts';
import type { TenantTag } from './tenant-tag.ts';

interface OwnerCheckOptions {
  readonly kinds: Kinds;
  readonly tag: TenantTag;
  readonly ownership: Ownership;
  /** Whether other gateways are before the same MLflow: the locks on names are of one process. */
  readonly several: boolean;
}

/**
 * Keeps a name that changes hands from carrying data along: between the look-up that found the owner and MLflow's
 * answer, another gateway may have let the owner delete the name and another tenant take it.
 *
 * Reads are compared with the owner after MLflow has answered. Writes cannot be taken back, so that with several
 * gateways no name is given up (docs/adr/0029-names-and-replicas.md).
 *
 * @example
 * owners.checkHandover(operation); // throws `several_replicas` for a deletion by name
 * return owners.watch(verdict, judged.claims, claimant, plan);
 */
export class OwnerCheck {
  readonly #options: OwnerCheckOptions;

  constructor(options: OwnerCheckOptions) {
    this.#options = options;
  }

  /** @throws DenialError `several_replicas` for an operation that gives a name up while other gateways may be using it */
  checkHandover({ id, handover }: Operation): void {
    if (!this.#options.several || handover !== 'releases') return;
    throw new DenialError(
      'several_replicas',
      `${id} would give up a name while other replicas of the gateway may be writing to it. Ask the operator: it works with one replica and GW_REPLICAS=1.`,
    );
  }

  /**
   * Requires, with several gateways, that what would be made by adding to it is there already: its maker alone may tag
   * it, and MLflow lets one caller make a name.
   *
   * @throws DenialError `several_replicas`, for another tenant's in the same words
   */
  async requireMade({ handover }: Operation, claims: readonly Claim[], claimant: Claimant): Promise<void> {
    if (!this.#options.several || handover !== 'joins') return;
    for (const claim of claims) {
      if (claim.mayBeNew !== true) continue;
      if (await this.#options.ownership.owns({ kind: claim.kind, id: claim.id }, claimant)) continue;
      throw new DenialError(
        'several_replicas',
        `With several replicas of the gateway this can only add to a ${claim.kind} that is yours already: create the ${claim.kind} first.`,
      );
    }
  }

  /**
   * Whether what MLflow has just made or added to has the tenant's tag already.
   *
   * @throws DenialError `resource_not_found` when it is gone, or has another tenant's tag
   */
  async isTagged(claim: Claim, { tenant }: Claimant): Promise<boolean> {
    const found = await this.#options.ownership.look({ kind: claim.kind, id: claim.id });
    if (found === undefined || (found.owner !== undefined && found.owner !== tenant)) throw notFound(claim);
    return found.owner === tenant;
  }

  /** The verdict, with the owners of the names in it compared once MLflow has answered. */
  watch(
    verdict: TenancyVerdict,
    claims: readonly Claim[],
    claimant: Claimant,
    { reads }: Plan,
  ): TenancyVerdict {
    const { operation } = verdict.request;
    // After it the name is nobody's, or somebody else's.
    if (operation.handover === 'releases') return verdict;
    const names = claims.filter((claim) => claim.mayBeNew !== true && this.#changesHands(claim, reads));
    const [only] = names;
    if (only === undefined) return verdict;
    const lookup = this.#options.kinds.get(only.kind)!.lookup!;
    if (names.length === 1 && lookup.operation === operation.id && verdict.transform === undefined)
      return { ...verdict, transform: (answer) => this.#requireOwnAnswer(answer, only, claimant) };
    return { ...verdict, confirm: async () => this.#options.ownership.require(names, claimant) };
  }

  /** Ids of traces are 128 random bits, and there are many in a write: these are not asked for twice. */
  #changesHands({ kind }: Claim, reads: boolean): boolean {
    const known = this.#options.kinds.get(kind);
    return known?.reusable === true && (reads || known.lookup?.container === undefined);
  }

  /** The answer is the look-up itself: whose it is stands in it. */
  async #requireOwnAnswer({ body }: UpstreamAnswer, claim: Claim, claimant: Claimant): Promise<Buffer> {
    const { kinds, tag, ownership } = this.#options;
    const lookup = kinds.get(claim.kind)!.lookup!;
    const holding = readHolding(JSON.parse(body.toString('utf8')), lookup, tag);
    if (await ownership.isOwn(claim, holding, claimant)) return body;
    throw notFound(claim);
  }
}
