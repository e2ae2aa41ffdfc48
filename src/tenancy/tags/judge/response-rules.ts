import type { Operation } from '../../../catalog/types.ts';
import type { CanonicalRequest } from '../../../request/canonical.ts';
import type { Kinds } from '../../kinds.ts';
import type { Reference } from '../../reference.ts';
import type { ResponseRule, TagsRuling } from '../../ruling.ts';
import type { Plan } from '../plan.ts';
import { textAt } from '../resource.ts';

/**
 * The rule for the response that follows from the operation alone: a list is filtered, or a created resource is tagged.
 *
 * @param required the references of the request
 */
export function responseRule(
  { operation, parameters, body }: CanonicalRequest,
  required: readonly Reference[],
): ResponseRule | undefined {
  const { tagsFilter, tagsAfter } = operation;
  if (tagsAfter !== undefined) {
    const { operation: by, field, answer, request } = tagsAfter;
    const tagging = { rule: 'tag-created', operation: by, field } as const;
    if (request === undefined) return { ...tagging, created: { idIn: answer! }, chosen: undefined };
    const id = parameters[request] ?? textAt(body, request);
    return { ...tagging, created: { id }, chosen: required.find((reference) => reference.id === id) };
  }
  return tagsFilter && { rule: 'keep-owned', ...tagsFilter };
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
  { reads }: Plan,
  response: ResponseRule | undefined,
  kinds: Kinds,
): Comparison {
  // After it the name has no owner, or another one.
  if (operation.releases) return { response };
  const names = required.filter(
    ({ kind, mayBeNew }) => mayBeNew !== true && canChangeHands(kind, reads, kinds),
  );
  const [only] = names;
  if (only === undefined) return { response };
  const isLookup = kinds.get(only.kind)!.lookup!.operation === operation.id;
  if (names.length === 1 && isLookup && response === undefined)
    return { response: { rule: 'require-owner', reference: only } };
  return { response, askedAgain: names };
}

/** Ids of traces are 128 random bits, and a write names many: these are not asked about twice. */
function canChangeHands(kind: string, reads: boolean, kinds: Kinds): boolean {
  const known = kinds.get(kind);
  return known?.reusable === true && (reads || known.lookup?.container === undefined);
}
