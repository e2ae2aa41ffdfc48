import type { ConfinedPlan, TagsAfter } from '../../../catalog/types.ts';
import type { CanonicalRequest } from '../../../request/types.ts';
import type { StoragePlace, TagsQuestion } from '../../question.ts';
import type { Reference } from '../../reference.ts';
import type { SharedExperiments } from '../shared-experiments.ts';
import type { RequestReferences } from './read-references.ts';

/** The facts that determine the questions of a request. */
export interface QuestionsInput {
  readonly references: RequestReferences;
  readonly places: readonly StoragePlace[];
  readonly plan: ConfinedPlan;
  /** As it is sent. */
  readonly request: CanonicalRequest;
}

/**
 * The questions that MLflow must answer before a request may be sent, in the order of asking.
 *
 * @example
 * questionsFor({ references, places: [], plan, request }, shared); // [{ ask: 'owned', references: [...] }]
 */
export function questionsFor(
  { references, places, plan, request }: QuestionsInput,
  shared: SharedExperiments,
): TagsQuestion[] {
  const { required, searchedIn, inside, optional } = references;
  const questions: TagsQuestion[] = [];
  // A request for several that is refused for one creates none.
  if (required.length > 1) askOwned(questions, required, plan, shared);
  if (plan.rule === 'references' && plan.tagsAfter?.makesFirst)
    askCreateFirst(questions, required, plan.tagsAfter, plan.tagsAfter.makesFirst);
  if (required.length === 1) askOwned(questions, required, plan, shared);
  if (places.length > 0) questions.push({ ask: 'storage', places });
  if ('within' in plan && plan.within && searchedIn.length > 0)
    questions.push({ ask: 'search-in', references: searchedIn, searchedIn: plan.within });
  if (plan.rule === 'search' && plan.among) questions.push({ ask: 'list-owned', among: plan.among });
  const [within] = inside;
  if (within !== undefined) {
    const container = { field: within.beside, id: request.parameters[within.beside]! };
    questions.push({ ask: 'inside', references: inside, container });
  }
  const inShared = plan.rule === 'references' ? plan.inShared : undefined;
  if (inShared?.rule === 'list-refused' && isFilled(request.body?.[inShared.list]))
    questions.push({ ask: 'not-shared', field: inShared.list, references: required });
  if (optional.length > 0) questions.push({ ask: 'optional-headers', references: optional });
  return questions;
}

function askCreateFirst(
  questions: TagsQuestion[],
  required: readonly Reference[],
  { operation, field }: TagsAfter,
  { kind, ...create }: NonNullable<TagsAfter['makesFirst']>,
): void {
  for (const reference of required) {
    if (reference.kind !== kind || reference.mayBeNew !== true) continue;
    questions.push({ ask: 'create-first', reference, create, tag: { operation, field } });
  }
}

/** A new resource in a shared experiment needs a tenant tag. If the operation sets none, the resource must exist already. */
function askOwned(
  questions: TagsQuestion[],
  required: readonly Reference[],
  plan: ConfinedPlan,
  shared: SharedExperiments,
): void {
  const mustExist =
    plan.rule !== 'create' &&
    required.some(({ mayBeNew }) => mayBeNew) &&
    required.some((reference) => shared.has(reference));
  if (!mustExist) {
    questions.push({ ask: 'owned', references: required });
    return;
  }
  questions.push(
    { ask: 'owned', references: required.filter(({ mayBeNew }) => !mayBeNew) },
    { ask: 'owned-already', references: required.filter(({ mayBeNew }) => mayBeNew) },
  );
}

export function isFilled(list: unknown): boolean {
  return Array.isArray(list) && list.length > 0;
}
