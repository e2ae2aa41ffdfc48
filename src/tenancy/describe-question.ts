import type { Question } from './question.ts';
import type { ResourceKey } from './reference.ts';

/**
 * A question as one sentence, for `mlflow-gateway explain`.
 *
 * @param tenant the tenant of the request
 * @example
 * describeQuestion({ ask: 'owned', references: [{ kind: 'run', id: 'r1', at: 'run_id' }] }, 'team-a');
 * // 'Does team-a own run r1?'
 */
export function describeQuestion(question: Question, tenant: string): string {
  switch (question.ask) {
    case 'create-first':
      return `Does ${listed([question.reference])} exist? If not, it is created and tagged for ${tenant} first.`;
    case 'owned':
      return question.references.every(({ mayBeNew }) => mayBeNew)
        ? `Is ${listed(question.references)} new, or owned by ${tenant}?`
        : `Does ${tenant} own ${listed(question.references)}?`;
    case 'owned-already':
      return `Does ${listed(question.references)} exist, owned by ${tenant}?`;
    case 'storage': {
      const places = question.places.map(({ value }) => value).join(', ');
      return `Do the artifacts of a resource of ${tenant} contain ${places}?${asking(question.places.flatMap(({ candidates }) => candidates))}`;
    }
    case 'search-in':
      return `Which of these does ${tenant} own: ${listed(question.references)}?`;
    case 'list-owned':
      return `Which resources of the kind ${question.among.kind} does ${tenant} own?`;
    case 'inside':
      return `Does ${question.container.field} ${question.container.id} have ${listed(question.references)}?`;
    case 'not-shared':
      return `Is ${listed(question.references)} outside of shared experiments?`;
    case 'optional-headers':
      return `Does ${tenant} own ${listed(question.references)}? If not, the header is not sent.`;
    case 'workspace':
      return `Does the workspace of ${tenant} exist?`;
    case 'exists':
      return `Does the workspace of ${tenant} have ${listed([question.reference])}?`;
    case 'free-ids':
      return `Is ${listed(question.references)} free in every other workspace? (Only older MLflow versions are asked.)`;
    case 'stored-beside':
      return `Do the artifacts of ${listed(question.candidates)} contain ${question.uri}?`;
  }
}

function listed(keys: readonly ResourceKey[]): string {
  return keys.map(({ kind, id }) => `${kind} ${id}`).join(', ');
}

function asking(candidates: readonly ResourceKey[]): string {
  return candidates.length === 0 ? '' : ` (Candidates: ${listed(candidates)}.)`;
}
