import type { ConfinedPlan, Operation, TagItem } from '../../../catalog/types.ts';
import { DenialError } from '../../../denial.ts';
import type { CanonicalRequest } from '../../../request/types.ts';
import { requireFewLookups } from '../../ask-each.ts';
import { namesTag } from '../../filter/tenant-filter.ts';
import type { Kinds } from '../../kinds.ts';
import { checkRule } from '../../operation-rule.ts';
import type { StoragePlace } from '../../question.ts';
import type { Caller } from '../../reference.ts';
import type { ReservedTags } from '../../reserved-tags.ts';
import type { NamesToLock, TagsRuling } from '../../ruling.ts';
import { refuseServerUse } from '../../scorer-json.ts';
import { type TagPlaces, tagPlaces } from '../../tag-places.ts';
import type { TenancyRequest } from '../../tenancy-strategy.ts';
import type { SharedExperiments } from '../shared-experiments.ts';
import type { TenantTag } from '../tenant-tag.ts';
import { checkRequired } from './check-required.ts';
import { checkShared, namesShared } from './check-shared.ts';
import { checkValues } from './check-values.ts';
import { questionsFor } from './questions.ts';
import { ReferenceReader, type RequestReferences } from './read-references.ts';
import { countRepeated } from './repeated-tag.ts';
import { compareOwners, responseRule } from './response-rules.ts';
import { countCandidates, StoragePlaces } from './storage-places.ts';
import { RequestWriter } from './write-request.ts';

export interface TagsJudgeOptions {
  readonly operations: readonly Operation[];
  readonly tagItem: TagItem;
  readonly tag: TenantTag;
  readonly kinds: Kinds;
  readonly reservedTags: ReservedTags;
  readonly sharedExperiments: SharedExperiments;
  /** `GW_TENANT_ARTIFACT_ROOT`. */
  readonly artifactRoot: string | undefined;
  /** Several gateways share the MLflow: name locks are per process, so that no name may be given up. */
  readonly severalReplicas: boolean;
  readonly serverFeatures: ReadonlySet<string>;
  /** Every caller sees the tenant tag in responses. */
  readonly showTag: boolean;
}

/**
 * The pure step of the strategy `tags`: derives the rewriting and the questions that keep a request inside the tenant's own data, from
 * the request, the catalog and the configuration alone. It is synchronous, sends no request and keeps no state.
 *
 * @example
 * new TagsJudge(options).judge({ principal, tenant: 'team-a', request }).questions;
 */
export class TagsJudge {
  readonly #options: TagsJudgeOptions;
  readonly #reader: ReferenceReader;
  readonly #writer: RequestWriter;
  readonly #places: StoragePlaces;
  /** Where responses have tags, of operations that answer with tags. */
  readonly #tagged: ReadonlyMap<Operation, TagPlaces>;

  constructor(options: TagsJudgeOptions) {
    const { operations, kinds, tag, tagItem } = options;
    this.#options = options;
    this.#reader = new ReferenceReader(kinds, tag, tagItem);
    this.#writer = new RequestWriter(tag);
    this.#places = new StoragePlaces(kinds, options.artifactRoot);
    this.#tagged = new Map(
      operations.flatMap((operation) =>
        operation.answerTags === undefined
          ? []
          : [[operation, tagPlaces(operation.answerTags, tagItem)] as const],
      ),
    );
  }

  /** @throws DenialError to refuse the request */
  judge(tenancyRequest: TenancyRequest): TagsRuling {
    const { request, principal } = tenancyRequest;
    const { operation } = request;
    const { kinds, reservedTags, serverFeatures } = this.#options;
    checkRule(operation.tags, operation, principal, serverFeatures);
    const plan = operation.tags;
    switch (plan.rule) {
      case 'global':
      // The parts of a GraphQL document are judged one by one (graphql/graphql-strategy.ts).
      case 'parts':
        return unconfined(tenancyRequest);
      case 'platform-admin':
      case 'server-feature':
        checkValues(request.uses, kinds, reservedTags, principal.platformAdmin);
        return unconfined(tenancyRequest);
      case 'references':
      case 'create':
      case 'search':
      case 'within':
        return this.#confine(tenancyRequest, plan);
      default:
        throw new DenialError('strategy_pending', `${operation.id} is not supported by the strategy tags.`);
    }
  }

  /** The tag is cut unless the caller acts for all tenants, or names the tag in a filter. */
  hiddenTag(
    { principal }: TenancyRequest,
    requests: readonly CanonicalRequest[],
    places: TagPlaces,
  ): TagPlaces | undefined {
    if (this.#options.showTag || principal.platformAdmin) return undefined;
    return requests.some((request) => this.#filtersByTag(request)) ? undefined : places;
  }

  #confine(tenancyRequest: TenancyRequest, plan: ConfinedPlan): TagsRuling {
    const { tenant, request, principal } = tenancyRequest;
    const { uses, operation } = request;
    const { kinds, reservedTags, sharedExperiments } = this.#options;
    const caller: Caller = { tenant, shared: !plan.settings || principal.platformAdmin };
    this.#checkRelease(operation.id, plan);
    checkValues(uses, kinds, reservedTags, principal.platformAdmin);
    if (plan.rule === 'references' || plan.rule === 'create') checkRequired(plan, uses);
    const references = this.#reader.read(uses, plan, principal.platformAdmin);
    const amongShared = namesShared(references, sharedExperiments);
    if (references.tenantTags > 0) this.#requireRepeated(tenancyRequest, plan, references, amongShared);
    if (amongShared) checkShared(request, references, plan, caller, sharedExperiments);
    refuseServerUse(uses, principal.platformAdmin, 'server');
    const places = this.#placesIn(references, plan, tenant);
    const sent = this.#writer.write(request, plan, tenant, amongShared);
    const { required, optional, inside, searchedIn } = references;
    const lookups = required.length + optional.length + inside.length + countCandidates(places);
    // Resources that are searched in are learned by lists, and bounded there.
    requireFewLookups(lookups);
    const names = namesIn(references);
    const response = responseRule(plan, required);
    const compared =
      names === undefined ? { response } : compareOwners(operation, required, plan, response, kinds);
    return {
      request: sent,
      headers: NO_HEADERS,
      caller,
      questions: questionsFor({ references, places, plan, request: sent }, sharedExperiments),
      lookups: lookups + searchedIn.length,
      names,
      response: compared.response,
      askedAgain: compared.askedAgain,
      hiddenTag: this.#hiddenTagIn(tenancyRequest),
    };
  }

  /** Writes cannot be taken back, so that no name is given up while another gateway may write to it. */
  #checkRelease(id: string, plan: ConfinedPlan): void {
    if (!this.#options.severalReplicas || plan.rule !== 'references' || plan.releases !== true) return;
    throw new DenialError(
      'several_replicas',
      `${id} would give up a name while other replicas of the gateway may be writing to it. Ask the operator: it works with one replica and GW_REPLICAS=1.`,
    );
  }

  /** Writing the tenant tag that a resource has already changes nothing. A shared resource has none, and gets none. */
  #requireRepeated(
    { request, tenant }: TenancyRequest,
    plan: ConfinedPlan,
    { tenantTags }: RequestReferences,
    amongShared: boolean,
  ): void {
    const { tag, tagItem } = this.#options;
    const repeated = countRepeated(request, plan.tagged, tag, tagItem, tenant);
    if (repeated !== tenantTags || (plan.settings && amongShared)) tag.refuse(tag.key);
  }

  #placesIn(
    { paths, uris, required }: RequestReferences,
    plan: ConfinedPlan,
    tenant: string,
  ): StoragePlace[] {
    if (paths.length === 0 && uris.length === 0) return NO_PLACES;
    const reads = plan.reads === true;
    const keeps = plan.rule === 'create' && plan.keeps === true;
    return [
      ...paths.map((use) => this.#places.ofPath(use, { tenant, reads })),
      ...uris.map((use) => this.#places.ofUri(use, required, { tenant, keeps })),
    ].filter((place) => place !== undefined);
  }

  #hiddenTagIn(tenancyRequest: TenancyRequest): TagPlaces | undefined {
    const places = this.#tagged.get(tenancyRequest.request.operation);
    return places && this.hiddenTag(tenancyRequest, [tenancyRequest.request], places);
  }

  /** Whether a comparison in a filter of the request is about the tag. Filters are parsed once more, but few hold the key. */
  #filtersByTag({ operation, query, body }: CanonicalRequest): boolean {
    const { key } = this.#options.tag;
    const filters = 'filters' in operation.tags ? operation.tags.filters : undefined;
    if (filters === undefined) return false;
    return filters.some(({ place, field, dialect }) => {
      const given = place === 'body' ? body?.[field] : query.get(field);
      return [given].flat().some((text) => typeof text === 'string' && namesTag(text, dialect, key, field));
    });
  }
}

const NO_HEADERS: Readonly<Record<string, string>> = {};
const NO_PLACES: StoragePlace[] = [];

/** The ruling on an operation without tenant data, or on one that a platform admin may call. */
function unconfined({ request, tenant }: TenancyRequest): TagsRuling {
  return { request, headers: NO_HEADERS, caller: { tenant, shared: true }, questions: [], lookups: 0 };
}

function namesIn({ shared, exclusive, perTenant }: RequestReferences): NamesToLock | undefined {
  if (shared.length === 0 && exclusive.length === 0 && perTenant.length === 0) return undefined;
  return { shared, exclusive, perTenant };
}
