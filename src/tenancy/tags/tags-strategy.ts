import type { Operation, TagItem } from '../../catalog/types.ts';
import type { Turns } from '../../concurrency/turns.ts';
import { DenialError } from '../../denial.ts';
import { lookupFailed, operationById, writeCall } from '../../mlflow/call.ts';
import { printable } from '../../request/printable.ts';
import type { CanonicalRequest, FieldUse } from '../../request/types.ts';
import type { Upstream } from '../../upstream/types.ts';
import { askEach, requireFewLookups } from '../ask-each.ts';
import { namesTag } from '../filter/tenant-filter.ts';
import type { Kinds } from '../kinds.ts';
import { CHOOSE } from '../not-found.ts';
import { checkRule } from '../operation-rule.ts';
import type { ReservedTags } from '../reserved-tags.ts';
import { refuseJudges } from '../scorer-json.ts';
import { readStorageUri } from '../storage-uri.ts';
import { type TagPlaces, tagPlaces } from '../tag-places.ts';
import type { Judgement, TenancyQuestion, TenancyStrategy, TenancyVerdict } from '../tenancy-strategy.ts';
import { HiddenTag } from './hidden-tag/hidden-tag.ts';
import { checkForm } from './judge/check-values.ts';
import { ClaimReader, type Judged } from './judge/read-references.ts';
import { countRepeated } from './judge/repeated-tag.ts';
import { mapAt } from './judge/replace-at.ts';
import { RequestWriter } from './judge/write-request.ts';
import { type Plan, planOperation } from './plan.ts';
import { type Reference, textAt } from './resource.ts';
import { keepOwnItems } from './settle/keep-own-items.ts';
import type { NameLocks } from './settle/name-locks.ts';
import { OwnerCheck } from './settle/owner-check.ts';
import { type Claim, type Claimant, notFound, type Ownership } from './settle/ownership.ts';
import type { Findings, StorageOwnership } from './settle/storage-ownership.ts';
import type { TenantTag } from './tenant-tag.ts';

export interface TagsOptions {
  readonly operations: readonly Operation[];
  readonly tagItem: TagItem;
  readonly tag: TenantTag;
  readonly kinds: Kinds;
  readonly reservedTags: ReservedTags;
  readonly ownership: Ownership;
  readonly storage: StorageOwnership;
  readonly locks: NameLocks;
  readonly upstream: Upstream;
  readonly turns: Turns;
  /** Whether other gateways are before the same MLflow, with locks of their own. */
  readonly several: boolean;
  readonly serverFeatures: ReadonlySet<string>;
  /** Whether answers show the tag to everybody. */
  readonly showTag?: boolean;
}

/**
 * Tenancy by a tag, for an MLflow without workspaces: what a tenant creates is tagged with its name, what it searches
 * is filtered by it, and whatever it names is looked up first. MLflow is told nothing of tenants.
 */
export class TagsStrategy implements TenancyStrategy {
  readonly name = 'tags';
  readonly #options: TagsOptions;
  readonly #plans: ReadonlyMap<Operation, Plan>;
  readonly #reader: ClaimReader;
  readonly #writer: RequestWriter;
  readonly #owners: OwnerCheck;
  /** Where answers have tags, of operations whose answers do. */
  readonly #tagged: ReadonlyMap<Operation, TagPlaces>;

  constructor(options: TagsOptions) {
    this.#options = options;
    this.#reader = new ClaimReader(options.kinds, options.tag, options.tagItem);
    this.#writer = new RequestWriter(options.tag);
    this.#owners = new OwnerCheck(options);
    this.#plans = new Map(
      options.operations.map((operation) => [operation, planOperation(operation, options.tagItem)]),
    );
    this.#tagged = new Map(
      options.operations.flatMap((operation) =>
        operation.answerTags === undefined
          ? []
          : [[operation, tagPlaces(operation.answerTags, options.tagItem)] as const],
      ),
    );
    for (const [operation, { within }] of this.#plans) {
      if (within !== undefined && options.kinds.get(within.kind)?.absent === undefined)
        throw new Error(`the overlay names no absent ${within.kind}, for ${operation.id}`);
    }
  }

  judge(question: TenancyQuestion): Judgement {
    const { request, principal } = question;
    const { operation } = request;
    checkRule(operation.tags, operation, principal, this.#options.serverFeatures);
    const plan = this.#plans.get(operation)!;
    switch (operation.tags) {
      case 'global':
      // What GraphQL asks for is judged part by part (graphql/confine.ts).
      case 'parts':
        return { lookups: 0, ask: () => ({ request, headers: {} }) };
      case 'platform-admin':
      case 'server-feature':
        checkForm(request.uses, this.#options.kinds, this.#options.reservedTags);
        return { lookups: 0, ask: () => ({ request, headers: {} }) };
      case 'references':
      case 'create':
      case 'search':
      case 'within':
        return this.#confine(question, plan);
      default:
        throw new DenialError('strategy_pending', `${operation.id} is not covered by the tags strategy.`);
    }
  }

  /** The tag is left out of the answer, unless the caller answers for all tenants or names it in a filter. */
  hide(
    { principal, tenant }: TenancyQuestion,
    requests: readonly CanonicalRequest[],
    places: TagPlaces,
  ): HiddenTag | undefined {
    const { tag, showTag } = this.#options;
    if (showTag || principal.platformAdmin || requests.some((request) => this.#asksForTag(request)))
      return undefined;
    return new HiddenTag(places, tag.key, tenant);
  }

  /** Whether a comparison in its filter is about the tag. Filters are read once more, but few hold the key at all. */
  #asksForTag({ operation, query, body }: CanonicalRequest): boolean {
    const { key } = this.#options.tag;
    return this.#plans.get(operation)!.filters.some(({ place, field, dialect }) => {
      const given = place === 'body' ? body?.[field] : query.get(field);
      return [given].flat().some((text) => typeof text === 'string' && namesTag(text, dialect, key, field));
    });
  }

  isOwn(tags: unknown, tenant: string): boolean {
    return this.#options.tag.ownerIn(tags) === tenant;
  }

  /** Everything that needs no answer of MLflow's, before anything is asked or held. */
  #confine(question: TenancyQuestion, plan: Plan): Judgement {
    const { tenant, request, principal } = question;
    const { uses, operation } = request;
    this.#owners.checkRelease(operation);
    checkForm(uses, this.#options.kinds, this.#options.reservedTags);
    checkNamed(plan, request);
    const judged = this.#reader.read(uses, plan, principal.platformAdmin);
    if (judged.owners > 0) this.#requireRepeated(request, plan, judged, tenant);
    const claimant: Claimant = { tenant, shared: !plan.settings || principal.platformAdmin };
    if (!claimant.shared) this.#refuseSettings(judged.claims);
    this.#requireNamed(request, judged.claims);
    if (operation.unshared === '*') this.#refuseUnshared(operation, judged);
    refuseJudges(uses, principal.platformAdmin, 'server');
    checkLocations(judged, plan);
    const rewritten: TenancyVerdict = {
      request: this.#writer.write(request, plan, tenant, this.#isAmongShared(judged)),
      headers: {},
      ...this.#hide(question),
      ...(operation.tagsFilter
        ? {
            transform: keepOwnItems(operation.tagsFilter, (references) =>
              this.#options.ownership.keep(references, { tenant, shared: false }),
            ),
          }
        : {}),
    };
    const verdict =
      operation.tagsAfter === undefined
        ? rewritten
        : this.#tagAfterwards(rewritten, operation.tagsAfter, claimant, judged.claims);
    const lookups = this.#countLookups(judged);
    requireFewLookups(lookups);
    const named = judged.used.length > 0 || judged.taken.length > 0 || judged.chosen.length > 0;
    return {
      lookups: lookups + judged.within.length,
      ask: () =>
        named
          ? this.#withNames(judged, claimant, plan, verdict)
          : this.#settle(judged, claimant, plan, verdict),
    };
  }

  /** Writing the tag that a thing of the tenant's has is no change. What is shared has none, and gets none. */
  #requireRepeated(request: CanonicalRequest, plan: Plan, judged: Judged, tenant: string): void {
    const { tag, tagItem } = this.#options;
    const repeated = countRepeated(request, plan.tagged, tag, tagItem, tenant);
    const shared = plan.settings && this.#isAmongShared(judged);
    if (repeated !== judged.owners || shared) tag.refuse(tag.key);
  }

  #hide(question: TenancyQuestion): Pick<TenancyVerdict, 'edit'> {
    const places = this.#tagged.get(question.request.operation);
    const edit = places && this.hide(question, [question.request], places);
    return edit === undefined ? {} : { edit };
  }

  /** What is searched in is not among them: it is learned by lists, and bounded there. */
  #countLookups({ claims, optional, inner, paths, uris }: Judged): number {
    const named = claims.length + optional.length + inner.length;
    if (paths.length === 0 && uris.length === 0) return named;
    const { storage } = this.#options;
    const places = storage.asksFor(paths.map(textOf), uris.map(textOf), this.#placed(claims));
    return named + places.size;
  }

  /** Those that keep artifacts in a place that MLflow tells. */
  #placed(claims: readonly Claim[]): readonly Claim[] {
    return claims.filter(({ kind }) => this.#options.kinds.get(kind)?.lookup?.location !== undefined);
  }

  #settle(
    judged: Judged,
    claimant: Claimant,
    plan: Plan,
    verdict: TenancyVerdict,
  ): Promise<TenancyVerdict> | TenancyVerdict {
    const settled = this.#settleNamed(judged, claimant, plan, verdict);
    if (judged.optional.length === 0) return settled;
    return Promise.resolve(settled).then((one) => this.#leaveOut(judged.optional, claimant, one));
  }

  /** What does not exist and what is another tenant's are left out alike, after the same look-ups. */
  async #leaveOut(
    optional: readonly Claim[],
    claimant: Claimant,
    verdict: TenancyVerdict,
  ): Promise<TenancyVerdict> {
    const kept = await this.#options.ownership.keep(optional, claimant);
    const { request } = verdict;
    const declaredHeaders = { ...request.declaredHeaders };
    for (const claim of optional) if (!kept.includes(claim)) delete declaredHeaders[claim.at.toLowerCase()];
    return { ...verdict, request: { ...request, declaredHeaders } };
  }

  #settleNamed(
    judged: Judged,
    claimant: Claimant,
    plan: Plan,
    verdict: TenancyVerdict,
  ): Promise<TenancyVerdict> | TenancyVerdict {
    const { operation, body } = verdict.request;
    if (plan.within !== undefined && judged.within.length > 0)
      return this.#searchWithin(plan, plan.within, judged, claimant, verdict);
    if (operation.among !== undefined) return this.#searchAmong(operation.among, plan, claimant, verdict);
    const wait = this.#require(judged, claimant, plan);
    if (judged.inner.length > 0) return this.#requireInner(judged.inner, claimant, wait, verdict);
    if (
      operation.unshared !== undefined &&
      operation.unshared !== '*' &&
      isFilled(body?.[operation.unshared])
    )
      return this.#refuseShared(operation.unshared, judged.claims, claimant, wait).then(() => verdict);
    return wait === undefined ? verdict : wait.then(() => verdict);
  }

  async #refuseShared(
    field: string,
    claims: readonly Claim[],
    claimant: Claimant,
    wait: Promise<void> | undefined,
  ): Promise<void> {
    await wait;
    await askEach(claims, async (claim) => {
      if (!(await this.#options.ownership.isInShared(claim, claimant))) return;
      throw new DenialError(
        'shared_experiment',
        `${field} cannot be logged in a shared experiment, where MLflow keeps each once for all tenants: choose an experiment of your own with ${CHOOSE}.`,
      );
    });
  }

  /** A search in what is the tenant's of all that is named: what is not there is not searched, as in MLflow itself. */
  #searchWithin(
    plan: Plan,
    { place, path, kind }: NonNullable<Plan['within']>,
    judged: Judged,
    claimant: Claimant,
    verdict: TenancyVerdict,
  ): Promise<TenancyVerdict> | TenancyVerdict {
    const { ownership, kinds } = this.#options;
    const narrow = (kept: readonly Reference[]): TenancyVerdict => {
      if (kept === judged.within) return verdict;
      const ids = kept.length === 0 ? [kinds.get(kind)!.absent!] : kept.map(({ id }) => id);
      const { request } = verdict;
      const [field, ...inner] = path as [string, ...string[]];
      const list = ids.map((id) => mapAt(inner, id));
      const narrowed =
        place === 'body'
          ? { ...request, body: { ...request.body, [field]: list } }
          : { ...request, query: new Map(request.query).set(field, ids) };
      return { ...verdict, request: narrowed };
    };
    // One after the other: of two questions begun at once, the second could fail while nobody waits for it yet.
    const search = (): Promise<TenancyVerdict> | TenancyVerdict => {
      const kept = ownership.keep(judged.within, claimant);
      return kept instanceof Promise ? kept.then(narrow) : narrow(kept);
    };
    const wait = this.#require(judged, claimant, plan);
    return wait === undefined ? search() : wait.then(search);
  }

  async #requireInner(
    inner: readonly Claim[],
    { tenant }: Claimant,
    wait: Promise<void> | undefined,
    verdict: TenancyVerdict,
  ): Promise<TenancyVerdict> {
    const { kinds, turns, upstream } = this.#options;
    await wait;
    await askEach(inner, async (claim) => {
      const { operation, field, beside } = kinds.get(claim.kind)!.lookup!;
      const values = { [field]: claim.id, [beside!]: verdict.request.parameters[beside!]! };
      const call = writeCall(operationById(operation), values, {});
      const { status } = await turns.run(tenant, () => upstream.ask(call));
      if (status === 404 || status === 400) throw notFound(claim);
      if (status !== 200) throw lookupFailed(status);
    });
    return verdict;
  }

  /** A search by what the items belong to, of which the tenant's are listed first. */
  async #searchAmong(
    { kind, key }: NonNullable<Operation['among']>,
    { filters }: Plan,
    { tenant }: Claimant,
    verdict: TenancyVerdict,
  ): Promise<TenancyVerdict> {
    const names = await this.#options.ownership.list(kind, tenant);
    const { field } = filters[0]!;
    const { request } = verdict;
    const rest = request.query.get(field) as string | undefined;
    // Nothing is called so: MLflow wants a namespace and a slash.
    const own = `${key} IN (${(names.length === 0 ? ['-'] : names).map((name) => `'${name}'`).join(', ')})`;
    const query = new Map(request.query).set(field, rest ? `${own} AND ${rest}` : own);
    return { ...verdict, request: { ...request, query } };
  }

  /**
   * Sets the owner's tag on what MLflow makes without one, before its maker gets an answer. What has a name of the
   * caller's choice is read again first: another tenant may have made it.
   */
  #tagAfterwards(
    verdict: TenancyVerdict,
    { operation, field, answer: from, request: named }: NonNullable<Operation['tagsAfter']>,
    claimant: Claimant,
    claims: readonly Claim[],
  ): TenancyVerdict {
    const { upstream, tagItem, tag } = this.#options;
    const { tenant } = claimant;
    const { parameters, body } = verdict.request;
    return {
      ...verdict,
      // MLflow is waited for even if the caller leaves.
      hold: { release: () => {}, giveUp: () => {} },
      transform: async (answer) => {
        const id =
          named === undefined
            ? textAt(JSON.parse(answer.body.toString('utf8')), from!)
            : (parameters[named] ?? textAt(body, named));
        const chosen = named === undefined ? undefined : claims.find((claim) => claim.id === id);
        if (chosen !== undefined && (await this.#owners.isTagged(chosen, claimant))) return answer.body;
        const values = { [field]: id!, [tagItem.key]: tag.key, [tagItem.value]: tenant };
        const tagged =
          id === undefined ? undefined : await upstream.ask(writeCall(operationById(operation), values, {}));
        if (tagged?.status === 200) return answer.body;
        throw new DenialError(
          'upstream_invalid',
          'MLflow made it, and did not take the tag that says whose it is.',
        );
      },
    };
  }

  /** Holds the names from before the look-up until MLflow has answered. */
  async #withNames(
    judged: Judged,
    claimant: Claimant,
    plan: Plan,
    verdict: TenancyVerdict,
  ): Promise<TenancyVerdict> {
    const { used, taken, chosen } = judged;
    const hold = await this.#options.locks.hold(used, taken, chosen, claimant.tenant);
    try {
      await this.#owners.makeFirst(verdict.request.operation, judged.claims, claimant);
      const settled = await this.#settle(judged, claimant, plan, verdict);
      return { ...this.#owners.watch(settled, judged.claims, claimant, plan), hold };
    } catch (error) {
      hold.release();
      throw error;
    }
  }

  /** In an experiment that tenants share, "all there is in it" is not for anybody to ask for. */
  #requireNamed({ operation, body }: CanonicalRequest, claims: readonly Claim[]): void {
    const { named } = operation;
    if (named === undefined || isFilled(body?.[named])) return;
    if (!claims.some((claim) => this.#options.ownership.isShared(claim))) return;
    throw new DenialError('shared_experiment', `In a shared experiment ${operation.id} needs ${named}.`);
  }

  /** What MLflow keeps once for all of an experiment cannot be told apart in a shared one. */
  #refuseUnshared({ id }: Operation, judged: Judged): void {
    if (!this.#isAmongShared(judged)) return;
    throw new DenialError(
      'shared_experiment',
      `${id} is not for a shared experiment, where MLflow cannot tell tenants apart: choose one of your own with ${CHOOSE}.`,
    );
  }

  #isAmongShared({ within, claims }: Judged): boolean {
    const isShared = (reference: Reference): boolean => this.#options.ownership.isShared(reference);
    return within.some(isShared) || claims.some(isShared);
  }

  #refuseSettings(claims: readonly Claim[]): void {
    const shared = claims.find((claim) => this.#options.ownership.isShared(claim));
    if (shared === undefined) return;
    throw new DenialError(
      'platform_admin_only',
      `Experiment ${printable(shared.id)} is shared by all tenants: changing it needs the role platform-admin.`,
    );
  }

  #require(judged: Judged, claimant: Claimant, plan: Plan): Promise<void> | undefined {
    const wait = this.#requireClaims(judged.claims, claimant, plan);
    if (judged.paths.length === 0 && judged.uris.length === 0) return wait;
    return this.#requireStorage(judged, claimant, plan, wait);
  }

  #requireClaims(claims: readonly Claim[], claimant: Claimant, { stamp }: Plan): Promise<void> | undefined {
    const { ownership } = this.#options;
    const cannotBeNew =
      stamp === undefined &&
      claims.some(({ mayBeNew }) => mayBeNew) &&
      claims.some((claim) => ownership.isShared(claim));
    if (!cannotBeNew) return ownership.require(claims, claimant);
    // What is new would be nobody's there, for want of a tag.
    const fixed = claims.filter(({ mayBeNew }) => !mayBeNew);
    const own = claims.filter(({ mayBeNew }) => mayBeNew).map(({ kind, id, at }) => ({ kind, id, at }));
    const requireMade = async (claim: Claim): Promise<void> => {
      if (await ownership.owns(claim, claimant)) return;
      throw new DenialError(
        'shared_experiment',
        `In a shared experiment this can only add to a ${claim.kind} that is yours already: make it first, or choose an experiment of your own with ${CHOOSE}.`,
      );
    };
    const wait = ownership.require(fixed, claimant);
    return Promise.resolve(wait).then(async () => void (await askEach(own, requireMade)));
  }

  async #requireStorage(
    judged: Judged,
    claimant: Claimant,
    { reads, keeps }: Plan,
    wait: Promise<void> | undefined,
  ): Promise<void> {
    const { storage } = this.#options;
    await wait;
    const placed = this.#placed(judged.claims);
    const findings: Findings = new Map();
    await askEach(judged.paths, async ({ value, at }) => {
      if (!(await storage.ownsPath(value, claimant, reads, findings)))
        throw notFound({ kind: 'artifact', id: value, at });
    });
    await askEach(judged.uris, async ({ value, at }) => {
      if (!(await storage.owns(value, placed, claimant, findings))) throw storageRefused(at, keeps);
    });
  }
}

const textOf = ({ value }: FieldUse): string => value;

/** @throws DenialError `storage_uri_refused` for what is not even a location */
function checkLocations({ uris }: Judged, { keeps }: Plan): void {
  const not = uris.find(({ value }) => readStorageUri(value).claim !== 'location');
  if (not !== undefined) throw storageRefused(not.at, keeps);
}

function storageRefused(at: string, keeps: boolean): DenialError {
  const named = keeps ? '' : 'be runs:/... or models:/..., or ';
  return new DenialError(
    'storage_uri_refused',
    `${printable(at)} must ${named}lie below the artifacts of a run or model of yours, or where GW_TENANT_ARTIFACT_ROOT allows.`,
  );
}

/** @throws DenialError `invalid_field` when nothing is named that could be the tenant's */
function checkNamed({ needs, needsPath, unnamed }: Plan, { uses }: CanonicalRequest): void {
  const named = (wanted: (policy: FieldUse['policy']) => boolean): boolean =>
    uses.some(({ policy, value }) => value !== '' && wanted(policy));
  if (needsPath && !named((policy) => policy.class === 'artifact-path')) {
    throw new DenialError('invalid_field', "A path is required: the artifact store as a whole is nobody's.");
  }
  if (needs.size > 0 && !named((policy) => policy.class === 'reference' && needs.has(policy.kind))) {
    throw new DenialError('invalid_field', unnamed);
  }
}

function isFilled(list: unknown): boolean {
  return Array.isArray(list) && list.length > 0;
}
