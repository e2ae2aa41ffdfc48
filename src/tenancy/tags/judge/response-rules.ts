import type { ConfinedPlan, Operation } from '../../../catalog/types.ts';
import type { Kinds } from '../../kinds.ts';
import type { Reference } from '../../reference.ts';
import type { TagsResponseRule, TagsRuling } from '../../ruling.ts';

/**
 * The rule for the response that follows from the operation alone: a list is filtered, or a created resource is tagged.
 *
 * @param required the references of the request
 */
export function responseRule(
  plan: ConfinedPlan,
  required: readonly Reference[],
): TagsResponseRule | undefined {
  if (plan.rule === 'search') return plan.tagsFilter && { rule: 'keep-owned', ...plan.tagsFilter };
  if (plan.rule !== 'references' || plan.tagsAfter === undefined) return undefined;
  const { operation, field, id: place } = plan.tagsAfter;
  const tagging = { rule: 'tag-created', operation, field } as const;
  if (place.place === 'response') return { ...tagging, created: { idIn: place.path } };
  const { field: named } = place;
  const chosen = required.filter(
    ({ at, mayBeNew }) => mayBeNew && (at === named || at.startsWith(`${named}.`)),
  );
  return { ...tagging, created: { chosen } };
}

/** A response rule, and the references that are asked about again. */
type Comparison = Pick<TagsRuling, 'response' | 'askedAgain'>;

/**
 * How the owners of names are compared once MLflow has answered. Between the lookup that found the owner and MLflow's
 * answer, another gateway may have let the owner delete the name and another tenant take it. Only reads can be refused then:
 * see docs/adr/0029-names-and-replicas.md.
 *
 * @param response the rule that the response has anyway
 */
export function compareOwners(
  operation: Operation,
  required: readonly Reference[],
  plan: ConfinedPlan,
  response: TagsResponseRule | undefined,
  kinds: Kinds,
): Comparison {
  // After it the name has no owner, or another one.
  if (plan.rule === 'references' && plan.releases) return { response };
  const names = required.filter(
    ({ kind, mayBeNew }) => mayBeNew !== true && canChangeHands(kind, plan.reads === true, kinds),
  );
  const [only] = names;
  if (only === undefined) return { response };
  const isLookup = looksUp(operation.id, only.kind, kinds);
  if (names.length === 1 && isLookup && response === undefined)
    return { response: { rule: 'require-owner', reference: only } };
  return { response, askedAgain: names };
}

function looksUp(operation: string, kind: string, kinds: Kinds): boolean {
  const own = kinds.lookupOf(kind).operation;
  return own === operation || kinds.get(kind)?.qualified?.operations[own] === operation;
}

/** Ids of traces are 128 random bits, and a write names many: these are not asked about twice. */
function canChangeHands(kind: string, reads: boolean, kinds: Kinds): boolean {
  const known = kinds.get(kind);
  return known?.reusable === true && (reads || known.lookup?.container === undefined);
}
