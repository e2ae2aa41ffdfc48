import type { Operation, TagItem } from '../../catalog/types.ts';
import type { CanonicalRequest } from '../../http/canonical.ts';
import { DenialError } from '../../http/denial.ts';
import { type FieldUse, printable } from '../../http/fields.ts';
import { checkArtifactPath } from '../artifact-path.ts';
import type { Kinds } from '../kinds.ts';
import type { ReservedTags } from '../reserved-tags.ts';
import { checkRule } from '../rules.ts';
import { readStorageUri } from '../storage-uri.ts';
import type { TenancyQuestion, TenancyStrategy, TenancyVerdict } from '../strategy.ts';
import { tenantFilter } from './filter/tenant-filter.ts';
import { isOwnable, type Reference } from './holding.ts';
import type { NameLocks } from './name-locks.ts';
import { type Claim, type Claimant, notFound, type Ownership } from './ownership.ts';
import { type Plan, planOperation } from './plan.ts';
import { keepOwnItems } from './response.ts';
import type { StorageOwnership } from './storage.ts';
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
  readonly serverFeatures: ReadonlySet<string>;
}

/** What a request's values come to, before MLflow is asked anything. */
interface Judged {
  readonly claims: Claim[];
  /** What is searched in. */
  readonly within: Reference[];
  /** Places in storage that must be inside something of the tenant's. */
  readonly paths: FieldUse[];
  readonly uris: FieldUse[];
  /** Names that are used, and names that are taken. */
  readonly used: string[];
  readonly taken: string[];
}

/**
 * Tenancy by a tag, for an MLflow without workspaces: what a tenant creates is tagged with its name, what it searches
 * is filtered by it, and whatever it names is looked up first. MLflow is told nothing of tenants.
 */
export class TagsStrategy implements TenancyStrategy {
  readonly name = 'tags';
  readonly #options: TagsOptions;
  readonly #plans: ReadonlyMap<Operation, Plan>;

  constructor(options: TagsOptions) {
    this.#options = options;
    this.#plans = new Map(
      options.operations.map((operation) => [operation, planOperation(operation, options.tagItem)]),
    );
    for (const { within } of this.#plans.values()) {
      if (within !== undefined && options.kinds.get(within.kind)?.absent === undefined)
        throw new Error(`the overlay names no absent ${within.kind}`);
    }
  }

  decide(question: TenancyQuestion): Promise<TenancyVerdict> | TenancyVerdict {
    const { request, principal } = question;
    const { operation } = request;
    checkRule(operation.tags, operation, principal, this.#options.serverFeatures);
    const plan = this.#plans.get(operation)!;
    switch (operation.tags) {
      case 'global':
        return { request, headers: {} };
      case 'platform-admin':
      case 'server-feature':
        this.#checkForm(request.uses);
        return { request, headers: {} };
      case 'references':
      case 'create':
      case 'search':
        return this.#confine(question, plan);
      default:
        throw new DenialError('strategy_pending', `${operation.id} is not covered by the tags strategy.`);
    }
  }

  #confine(question: TenancyQuestion, plan: Plan): Promise<TenancyVerdict> | TenancyVerdict {
    const { tenant, request, principal } = question;
    const { uses, operation } = request;
    this.#checkForm(uses);
    checkNamed(plan, request);
    const judged = this.#judge(uses, plan);
    const claimant: Claimant = { tenant, shared: !plan.settings || principal.platformAdmin };
    if (!claimant.shared) this.#refuseSettings(judged.claims);
    const verdict: TenancyVerdict = {
      request: this.#write(request, plan, tenant),
      headers: {},
      ...(operation.tagsFilter
        ? {
            transform: keepOwnItems(
              operation.tagsFilter,
              (reference) => !this.#options.ownership.isShared(reference),
            ),
          }
        : {}),
    };
    if (judged.used.length > 0 || judged.taken.length > 0)
      return this.#withNames(judged, claimant, plan, verdict);
    if (plan.within !== undefined && judged.within.length > 0)
      return this.#searchWithin(plan, plan.within, judged, claimant, verdict);
    const wait = this.#require(judged, claimant, plan);
    if (operation.unshared !== undefined && isFilled(request.body?.[operation.unshared]))
      return this.#refuseShared(operation.unshared, judged.claims, wait).then(() => verdict);
    return wait === undefined ? verdict : wait.then(() => verdict);
  }

  async #refuseShared(
    field: string,
    claims: readonly Claim[],
    wait: Promise<void> | undefined,
  ): Promise<void> {
    await wait;
    for (const claim of claims) {
      if (!(await this.#options.ownership.isInShared(claim))) continue;
      throw new DenialError(
        'shared_experiment',
        `${field} cannot be logged in a shared experiment, where MLflow keeps each once for all tenants: use an experiment of your own.`,
      );
    }
  }

  /** A search in what is the tenant's of all that is named: what is not there is not searched, as in MLflow itself. */
  #searchWithin(
    plan: Plan,
    { place, field, kind }: NonNullable<Plan['within']>,
    judged: Judged,
    claimant: Claimant,
    verdict: TenancyVerdict,
  ): Promise<TenancyVerdict> | TenancyVerdict {
    const { ownership, kinds } = this.#options;
    const narrow = (kept: readonly Reference[]): TenancyVerdict => {
      if (kept === judged.within) return verdict;
      const ids = kept.length === 0 ? [kinds.get(kind)!.absent!] : kept.map(({ id }) => id);
      const { request } = verdict;
      const narrowed =
        place === 'body'
          ? { ...request, body: { ...request.body, [field]: ids } }
          : { ...request, query: new Map(request.query).set(field, ids) };
      return { ...verdict, request: narrowed };
    };
    const kept = ownership.keep(judged.within, claimant);
    const wait = this.#require(judged, claimant, plan);
    if (!(kept instanceof Promise)) return wait === undefined ? narrow(kept) : wait.then(() => narrow(kept));
    return Promise.all([kept, wait]).then(([found]) => narrow(found));
  }

  /** Holds the names from before the look-up until MLflow has answered. */
  async #withNames(
    judged: Judged,
    claimant: Claimant,
    plan: Plan,
    verdict: TenancyVerdict,
  ): Promise<TenancyVerdict> {
    const hold = await this.#options.locks.hold(judged.used, judged.taken);
    try {
      await this.#require(judged, claimant, plan);
    } catch (error) {
      hold.release();
      throw error;
    }
    return { ...verdict, hold };
  }

  /** What has one spelling only, and what nobody may say. */
  #checkForm(uses: readonly FieldUse[]): void {
    const { kinds, reservedTags } = this.#options;
    for (const use of uses) {
      switch (use.policy.class) {
        case 'reference':
          kinds.checkSpelling(use);
          break;
        case 'internal':
          throw new DenialError('internal_field', `${use.at} is for MLflow's own calls only.`);
        case 'tag-key':
          reservedTags.check(use);
          break;
        case 'artifact-path':
          checkArtifactPath(use.value, use.at);
          break;
        case 'tenant':
          if (use.value !== '') {
            throw new DenialError(
              'tenant_not_granted',
              `${use.at} names a workspace, and MLflow has none here.`,
            );
          }
          break;
        default:
          break;
      }
    }
  }

  #judge(uses: readonly FieldUse[], plan: Plan): Judged {
    const { kinds, tag } = this.#options;
    const judged: Judged = { claims: [], within: [], paths: [], uris: [], used: [], taken: [] };
    const claim = (kind: string, id: string, at: string): void => {
      if (!isOwnable(kinds.get(kind))) throw notFound({ kind, id, at });
      judged.claims.push({ kind, id, at });
      if (kinds.get(kind)?.reusable) judged.used.push(`${kind}\n${id}`);
    };
    for (const use of uses) {
      const { policy, value, at } = use;
      if (policy.class === 'reference' && at === plan.within?.field)
        judged.within.push({ kind: policy.kind, id: value });
      else if (policy.class === 'reference' && value !== '') claim(policy.kind, value, at);
      else if (policy.class === 'new-name') judged.taken.push(`${policy.kind}\n${value}`);
      else if (policy.class === 'tag-key' && policy.kind !== plan.stamp?.kind) tag.refuse(value);
      else if (policy.class === 'artifact-path' && policy.root === 'server') judged.paths.push(use);
      else if (policy.class === 'storage-uri') {
        const said = readStorageUri(value);
        // A version's source is looked up once, when it is made; a place to keep things in would be each time, when
        // the name may be another's. And to it a placeholder is a directory of the server's.
        if (plan.keeps ? value !== '' : said.claim === 'location' || said.claim === 'malformed')
          judged.uris.push(use);
        else if (said.claim === 'resource') claim(said.kind, said.id, at);
      }
    }
    return judged;
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
    const wait = this.#options.ownership.require(judged.claims, claimant);
    if (judged.paths.length === 0 && judged.uris.length === 0) return wait;
    return this.#requireStorage(judged, claimant, plan, wait);
  }

  async #requireStorage(
    judged: Judged,
    claimant: Claimant,
    { reads, keeps }: Plan,
    wait: Promise<void> | undefined,
  ): Promise<void> {
    const { storage, kinds } = this.#options;
    await wait;
    const placed = judged.claims.filter(({ kind }) => kinds.get(kind)?.lookup?.location !== undefined);
    for (const { value, at } of judged.paths) {
      if (!(await storage.ownsPath(value, claimant, reads)))
        throw notFound({ kind: 'artifact', id: value, at });
    }
    for (const { value, at } of judged.uris) {
      const form = readStorageUri(value).claim;
      if (form !== 'location' || !(await storage.owns(value, placed, claimant))) {
        const named = keeps ? '' : 'be runs:/... or models:/..., or ';
        throw new DenialError(
          'storage_uri_refused',
          `${printable(at)} must ${named}lie below the artifacts of a run or model of yours, or where GW_TENANT_ARTIFACT_ROOT allows.`,
        );
      }
    }
  }

  /** The request as it is sent: with the owner on what is created, with the tenant's clause on what is searched. */
  #write(request: CanonicalRequest, plan: Plan, tenant: string): CanonicalRequest {
    const { tag } = this.#options;
    if (plan.stamp !== undefined) {
      const { [plan.stamp.field]: tags = [], ...rest } = request.body ?? {};
      const stamped = tag.stamp(tags as Record<string, unknown>[], tenant);
      // First in the body too: what MLflow cannot read makes it drop every key behind it.
      return { ...request, body: { [plan.stamp.field]: stamped, ...rest } };
    }
    if (plan.filter !== undefined) {
      const { place, field, dialect } = plan.filter;
      const own = { key: tag.key, value: tenant };
      if (place === 'body') {
        const { [field]: text, ...rest } = request.body ?? {};
        const filter = tenantFilter(text as string | undefined, dialect, own, field);
        return { ...request, body: { [field]: filter, ...rest } };
      }
      const text = request.query.get(field) as string | undefined;
      const query = new Map(request.query).set(field, tenantFilter(text, dialect, own, field));
      return { ...request, query };
    }
    return request;
  }
}

/** @throws DenialError `invalid_field` when nothing is named that could be the tenant's */
function checkNamed({ needs, needsPath }: Plan, { uses, operation }: CanonicalRequest): void {
  const named = (wanted: (policy: FieldUse['policy']) => boolean): boolean =>
    uses.some(({ policy, value }) => value !== '' && wanted(policy));
  if (needsPath && !named((policy) => policy.class === 'artifact-path')) {
    throw new DenialError('invalid_field', "A path is required: the artifact store as a whole is nobody's.");
  }
  if (needs.size > 0 && !named((policy) => policy.class === 'reference' && needs.has(policy.kind))) {
    throw new DenialError(
      'invalid_field',
      `${operation.id} must name the ${[...needs].join(' or ')} it is for.`,
    );
  }
}

function isFilled(list: unknown): boolean {
  return Array.isArray(list) && list.length > 0;
}
