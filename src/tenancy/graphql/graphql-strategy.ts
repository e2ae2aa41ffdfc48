import { TAG_ITEM } from '../../catalog/generated/catalog.ts';
import { type Denial, DenialError } from '../../denial.ts';
import type { Principal } from '../../identity/principal.ts';
import type { Selection } from '../../request/graphql/document.ts';
import { camelCase, type GraphqlSurface } from '../../request/graphql/surface.ts';
import { type Mark, writeDocument } from '../../request/graphql/write.ts';
import type { CanonicalRequest } from '../../request/types.ts';
import { requireFewLookups } from '../ask-each.ts';
import type { TagPlaces } from '../tag-places.ts';
import type { TenancyQuestion, TenancyStrategy, TenancyVerdict } from '../tenancy-strategy.ts';
import { type Keep, keepIn } from './filter-response.ts';

/** Whether a principal has a permission in a tenant; the refusal if not. */
export type Authorizer = (principal: Principal, tenant: string, permission: string) => Denial | undefined;

/**
 * Keeps a GraphQL request inside its tenant: each root field is judged as the operation it is another form of, by its
 * permission and by the strategy in force, and is sent as that judged it. One refusal refuses the whole.
 *
 * @param question about a request of the body kind `graphql`
 * @throws DenialError what an operation of the REST API would be refused with
 * @example
 * const verdict = await confineGraphql(question, strategy, authorize);
 * writeBody(verdict.request); // one document, written anew
 */
export async function confineGraphql(
  question: TenancyQuestion,
  strategy: TenancyStrategy,
  authorize: Authorizer,
): Promise<TenancyVerdict> {
  const { principal, tenant, request } = question;
  const asked = request.graphql!;
  const permissions = new Set([...asked.parts.values()].map(({ operation }) => operation.permission));
  if (asked.introspects) permissions.add(request.operation.graphql!.introspection);
  for (const permission of permissions) {
    const denial = authorize(principal, tenant, permission);
    if (denial) throw new DenialError(denial.reason, denial.message, denial.headers);
  }
  // All parts before MLflow is asked about any: a refusal of the last one costs MLflow nothing.
  const judgedWhole = strategy.judge({ ...question, request: { ...request, uses: [] } });
  const judged = [...asked.parts].map(
    ([selection, part]) => [selection, part, strategy.judge({ ...question, request: part })] as const,
  );
  requireFewLookups(judged.reduce((sum, [, , { lookups }]) => sum + lookups, 0));
  const whole = await judgedWhole.ask();
  const sent = new Map<Selection, CanonicalRequest>();
  const marks = new Map<Selection, Mark>();
  const keeps = new Map<Selection, Keep>();
  for (const [selection, part, judgement] of judged) {
    const verdict = await judgement.ask();
    // None of these operations names what is known by a name. If one came to, it would have to be held till the answer.
    if (verdict.hold !== undefined) throw new Error(`${part.operation.id} holds names, which GraphQL cannot`);
    sent.set(selection, verdict.request);
    if (verdict.transform) keepByPart(selection, part, verdict.transform, marks, keeps);
  }
  const isOwn = strategy.isOwn && ((tags: unknown) => strategy.isOwn!(tags, tenant));
  if (isOwn) keepByTags(asked.selections, asked.surface.tagged, isOwn, marks, keeps);
  const body = { query: writeDocument(asked, sent, marks) };
  const { graphql: _, ...plain } = request;
  const places = { inside: new Map([['data', placesIn(asked.selections)]]) };
  const edit = strategy.hide?.(question, [...asked.parts.values()], places);
  return {
    request: { ...plain, body },
    headers: whole.headers,
    ...(edit === undefined ? {} : { edit }),
    ...(keeps.size > 0 ? { transform: keepIn(asked.selections, keeps) } : {}),
  };
}

/** Where the answer has tags, under the names that the document gives them. */
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

/** As in REST answers (codegen/answer-tags.ts). */
const TAGS = 'tags';

/** What the operation's own answer would have left out is left out here. */
function keepByPart(
  selection: Selection,
  { operation }: CanonicalRequest,
  transform: NonNullable<TenancyVerdict['transform']>,
  marks: Map<Selection, Mark>,
  keeps: Map<Selection, Keep>,
): void {
  const { items, key } = operation.tagsFilter!;
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

/** What MLflow finds for a run by itself is kept if its own tags say that it is the tenant's. */
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
