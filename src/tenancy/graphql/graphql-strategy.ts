import { TAG_ITEM } from '../../catalog/generated/catalog.ts';
import { type Denial, DenialError } from '../../denial.ts';
import type { Principal } from '../../identity/principal.ts';
import type { Selection } from '../../request/graphql/document.ts';
import { camelCase, type GraphqlSurface } from '../../request/graphql/surface.ts';
import { type Mark, writeDocument } from '../../request/graphql/write.ts';
import type { CanonicalRequest } from '../../request/types.ts';
import { requireFewLookups } from '../ask-each.ts';
import type { Ruling } from '../ruling.ts';
import type { TagPlaces } from '../tag-places.ts';
import type { TenancyRequest, TenancyStrategy, TenancyVerdict } from '../tenancy-strategy.ts';
import { type Keep, keepIn } from './filter-response.ts';

/** Whether a principal has a permission in a tenant; the refusal if not. */
export type Authorizer = (principal: Principal, tenant: string, permission: string) => Denial | undefined;

/** The rulings on a GraphQL document and on each of its parts, with the questions of all. */
export interface GraphqlRuling extends Ruling {
  readonly tenant: string;
  /** On the document as one operation. */
  readonly whole: Ruling;
  /** On each root field, as the operation of the REST API that it is another form of. */
  readonly parts: ReadonlyMap<Selection, Ruling>;
}

/**
 * Keeps a GraphQL request inside its tenant: the strategy in force judges each root field as the operation of the REST API
 * that it is another form of, and the document is written from what it judged. One refusal refuses the whole document.
 *
 * @example
 * const graphql = new GraphqlStrategy(strategy, authorize);
 * const verdict = await graphql.settle(graphql.judge({ principal, tenant, request }));
 */
export class GraphqlStrategy implements TenancyStrategy<GraphqlRuling> {
  readonly name: TenancyStrategy['name'];
  readonly #strategy: TenancyStrategy;
  readonly #authorize: Authorizer;

  constructor(strategy: TenancyStrategy, authorize: Authorizer) {
    this.name = strategy.name;
    this.#strategy = strategy;
    this.#authorize = authorize;
  }

  /**
   * @param document has a request of the body kind `graphql`, and the permission of its operation
   * @throws DenialError what an operation of the REST API would be refused with
   */
  judge(tenancyRequest: TenancyRequest): GraphqlRuling {
    const { request, tenant } = tenancyRequest;
    const { parts, selections } = request.graphql!;
    this.#requirePermissions(tenancyRequest);
    const whole = this.#strategy.judge({ ...tenancyRequest, request: { ...request, uses: [] } });
    const rulings = new Map<Selection, Ruling>();
    for (const [selection, part] of parts) {
      const ruling = this.#strategy.judge({ ...tenancyRequest, request: part });
      // None of these operations refers to a name, and creates nothing. Names would have to be locked for all parts at once.
      if (ruling.names !== undefined || ruling.response?.rule === 'tag-created')
        throw new Error(`${part.operation.id} locks names, which a part of GraphQL cannot`);
      rulings.set(selection, ruling);
    }
    const all = [whole, ...rulings.values()];
    const lookups = all.reduce((sum, ruling) => sum + ruling.lookups, 0);
    requireFewLookups(lookups);
    const places = { inside: new Map([['data', placesIn(selections)]]) };
    return {
      request,
      headers: whole.headers,
      tenant,
      questions: all.flatMap(({ questions }) => questions),
      lookups,
      whole: { ...whole, hiddenTag: this.#strategy.hiddenTag?.(tenancyRequest, [...parts.values()], places) },
      parts: rulings,
    };
  }

  /** Settles the document, then each part in order, and writes the document that is sent. */
  async settle({ request, whole, parts, tenant }: GraphqlRuling): Promise<TenancyVerdict> {
    const document = request.graphql!;
    const { headers, edit } = await this.#strategy.settle(whole);
    const sent = new Map<Selection, CanonicalRequest>();
    const marks = new Map<Selection, Mark>();
    const keeps = new Map<Selection, Keep>();
    for (const [selection, ruling] of parts) {
      const verdict = await this.#strategy.settle(ruling);
      sent.set(selection, verdict.request);
      if (verdict.transform) keepByPart(selection, ruling.request, verdict.transform, marks, keeps);
    }
    const { isOwn } = this.#strategy;
    if (isOwn !== undefined) {
      const owns = (tags: unknown): boolean => isOwn.call(this.#strategy, tags, tenant);
      keepByTags(document.selections, document.surface.tagged, owns, marks, keeps);
    }
    const { graphql: _, ...plain } = request;
    return {
      request: { ...plain, body: { query: writeDocument(document, sent, marks) } },
      headers,
      edit,
      transform: keeps.size > 0 ? keepIn(document.selections, keeps) : undefined,
    };
  }

  /** The permissions of the parts, and of asking for the schema. That of the operation itself is checked before the body is read. */
  #requirePermissions({ principal, tenant, request: { graphql, operation } }: TenancyRequest): void {
    const { parts, introspects } = graphql!;
    const permissions = new Set([...parts.values()].map((part) => part.operation.permission));
    if (introspects) permissions.add(operation.graphql!.introspection);
    permissions.delete(operation.permission);
    for (const permission of permissions) {
      const denial = this.#authorize(principal, tenant, permission);
      if (denial) throw new DenialError(denial.reason, denial.message, denial.headers);
    }
  }
}

/** Where the response has tags, under the names that the document gives them. */
function placesIn(selections: readonly Selection[]): TagPlaces {
  const inside = new Map<string, TagPlaces>();
  for (const { key: name, field, selections: inner } of selections) {
    const called = (of: string): string[] => inner.flatMap((one) => (one.field.name === of ? [one.key] : []));
    const key = called(TAG_ITEM.key);
    if (field.name === TAGS && key.length > 0)
      inside.set(name, {
        inside: new Map(),
        tags: { form: 'list', leftOut: false, key, value: called(TAG_ITEM.value) },
      });
    else if (inner.length > 0) inside.set(name, placesIn(inner));
  }
  return { inside };
}

/** As in REST responses (codegen/answer-tags.ts). */
const TAGS = 'tags';

/** Items that the filter of the operation's own response removes are removed here. */
function keepByPart(
  selection: Selection,
  { operation }: CanonicalRequest,
  transform: NonNullable<TenancyVerdict['transform']>,
  marks: Map<Selection, Mark>,
  keeps: Map<Selection, Keep>,
): void {
  if (operation.tags.rule !== 'search' || operation.tags.tagsFilter === undefined)
    throw new Error(`${operation.id} does not filter its response`);
  const { items, key: path } = operation.tags.tagsFilter;
  const key = path.join('.');
  for (const list of selection.selections.filter(({ field }) => field.name === camelCase(items))) {
    marks.set(list, { name: camelCase(key), fields: [] });
    keeps.set(list, async (owners) => {
      const body = { [items]: owners.map((owner, at) => ({ [key]: owner, at })) };
      const answer = { status: 200, headers: {}, body: Buffer.from(JSON.stringify(body)) };
      const kept = JSON.parse((await transform(answer)).toString('utf8'))[items] as { at: number }[];
      return new Set(kept.map(({ at }) => at));
    });
  }
}

/** Resources that MLflow adds to a run are kept if their own tags name the tenant. */
function keepByTags(
  selections: readonly Selection[],
  tagged: GraphqlSurface['tagged'],
  isOwn: (tags: unknown) => boolean,
  marks: Map<Selection, Mark>,
  keeps: Map<Selection, Keep>,
): void {
  for (const selection of selections) {
    const tags = tagged.get(selection.place);
    if (tags !== undefined) {
      marks.set(selection, { name: tags, fields: [TAG_ITEM.key, TAG_ITEM.value] });
      keeps.set(selection, (owners) => new Set(owners.flatMap((owner, at) => (isOwn(owner) ? [at] : []))));
    }
    keepByTags(selection.selections, tagged, isOwn, marks, keeps);
  }
}
