import type { Operation, TagItem } from '../../../catalog/types.ts';
import { DenialError } from '../../../denial.ts';
import { lookupFailed, operationById, writeCall } from '../../../mlflow/call.ts';
import type { Upstream, UpstreamAnswer } from '../../../upstream/types.ts';
import type { Kinds } from '../../kinds.ts';
import type { TenancyVerdict } from '../../tenancy-strategy.ts';
import type { Plan } from '../plan.ts';
import { readHolding } from '../resource.ts';
import type { TenantTag } from '../tenant-tag.ts';
import { type Claim, type Claimant, notFound, type Ownership } from './ownership.ts';

interface OwnerCheckOptions {
  readonly kinds: Kinds;
  readonly tag: TenantTag;
  readonly ownership: Ownership;
  readonly tagItem: TagItem;
  readonly upstream: Upstream;
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
 * owners.checkRelease(operation); // throws `several_replicas` for a deletion by name
 * return owners.watch(verdict, judged.claims, claimant, plan);
 */
export class OwnerCheck {
  readonly #options: OwnerCheckOptions;

  constructor(options: OwnerCheckOptions) {
    this.#options = options;
  }

  /** @throws DenialError `several_replicas` for an operation that gives a name up while other gateways may be using it */
  checkRelease({ id, releases }: Operation): void {
    if (!this.#options.several || releases !== true) return;
    throw new DenialError(
      'several_replicas',
      `${id} would give up a name while other replicas of the gateway may be writing to it. Ask the operator: it works with one replica and GW_REPLICAS=1.`,
    );
  }

  /**
   * Makes what the request would make by adding to it. MLflow lets one caller make a name, while what adds to a name
   * would add to whatever another tenant has made of it since the look-up. Should the request itself fail, an empty one
   * of the tenant's remains.
   *
   * @throws DenialError `resource_not_found` when another tenant has the name; `upstream_invalid`
   */
  async makeFirst(
    { makesFirst, tagsAfter }: Operation,
    claims: readonly Claim[],
    claimant: Claimant,
  ): Promise<void> {
    if (makesFirst === undefined) return;
    const { upstream, ownership, tag, tagItem } = this.#options;
    for (const claim of claims) {
      if (claim.kind !== makesFirst.kind || claim.mayBeNew !== true) continue;
      const found = await ownership.find({ kind: claim.kind, id: claim.id }, claimant);
      if (found?.own) continue;
      if (found !== undefined) throw notFound(claim);
      const made = await upstream.ask(
        writeCall(operationById(makesFirst.operation), { [makesFirst.field]: claim.id }, {}),
      );
      // Another tenant was faster, or MLflow takes no such name; it answers neither with this one's data.
      if (made.status >= 400 && made.status < 500) throw notFound(claim);
      if (made.status !== 200) throw lookupFailed(made.status);
      const values = {
        [tagsAfter!.field]: claim.id,
        [tagItem.key]: tag.key,
        [tagItem.value]: claimant.tenant,
      };
      const tagged = await upstream.ask(writeCall(operationById(tagsAfter!.operation), values, {}));
      if (tagged.status !== 200) throw lookupFailed(tagged.status);
    }
  }

  /**
   * Whether what MLflow has just made or added to has the tenant's tag already.
   *
   * @throws DenialError `resource_not_found` when it is gone, or has another tenant's tag
   */
  async isTagged(claim: Claim, { tenant }: Claimant): Promise<boolean> {
    const found = await this.#options.ownership.look({ kind: claim.kind, id: claim.id }, tenant);
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
    // After it the name has no owner, or another one.
    if (operation.releases) return verdict;
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

  /** The answer is the look-up itself, and names the owner. */
  async #requireOwnAnswer({ body }: UpstreamAnswer, claim: Claim, claimant: Claimant): Promise<Buffer> {
    const { kinds, tag, ownership } = this.#options;
    const lookup = kinds.get(claim.kind)!.lookup!;
    const holding = readHolding(JSON.parse(body.toString('utf8')), lookup, tag);
    if (await ownership.isOwn(claim, holding, claimant)) return body;
    throw notFound(claim);
  }
}
