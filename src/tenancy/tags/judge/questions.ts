import type { CanonicalRequest } from '../../../request/canonical.ts';
import type { Kinds } from '../../kinds.ts';
import type { StoragePlace, TagsQuestion } from '../../question.ts';
import type { Reference } from '../../reference.ts';
import type { Plan } from '../plan.ts';
import type { SharedExperiments } from '../shared-experiments.ts';
import type { RequestReferences } from './read-references.ts';

/** What the questions of a request follow from. */
export interface QuestionsInput {
  readonly references: RequestReferences;
  readonly places: readonly StoragePlace[];
  readonly plan: Plan;
  /** As it is sent. */
  readonly request: CanonicalRequest;
}

/**
 * The questions that MLflow has to be asked before a request may be sent, in the order in which they are asked.
 *
 * @example
 * questionsFor({ references, places: [], plan, request }, kinds, shared); // [{ ask: 'owned', references: [...] }]
 */
export function questionsFor(
  { references, places, plan, request }: QuestionsInput,
  kinds: Kinds,
  shared: SharedExperiments,
): TagsQuestion[] {
  const { required, searchedIn, inside, optional } = references;
  const { among, makesFirst, tagsAfter, unshared } = request.operation;
  const questions: TagsQuestion[] = [];
  if (makesFirst !== undefined) {
    const { operation, field } = makesFirst;
    for (const reference of required) {
      if (reference.kind !== makesFirst.kind || reference.mayBeNew !== true) continue;
      questions.push({ ask: 'create-first', reference, create: { operation, field }, tag: tagsAfter! });
    }
  }
  askOwned(questions, required, plan, shared);
  if (places.length > 0) questions.push({ ask: 'storage', places });
  if (plan.within !== undefined && searchedIn.length > 0) {
    const { place, path, kind } = plan.within;
    const absent = kinds.get(kind)!.absent!;
    questions.push({ ask: 'search-in', references: searchedIn, field: { place, path }, absent });
  }
  if (among !== undefined) questions.push({ ask: 'list-owned', ...among, field: plan.filters[0]!.field });
  if (inside.length > 0)
    questions.push({ ask: 'inside', references: inside, parameters: request.parameters });
  if (unshared !== undefined && unshared !== '*' && isFilled(request.body?.[unshared]))
    questions.push({ ask: 'not-shared', field: unshared, references: required });
  if (optional.length > 0) questions.push({ ask: 'optional-headers', references: optional });
  return questions;
}

/** What is new in a shared experiment needs a tag that names its owner; if the operation sets none, it must exist already. */
function askOwned(
  questions: TagsQuestion[],
  required: readonly Reference[],
  { stamp }: Plan,
  shared: SharedExperiments,
): void {
  if (required.length === 0) return;
  const mustExist =
    stamp === undefined &&
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
