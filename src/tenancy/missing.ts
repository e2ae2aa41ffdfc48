import { KINDS } from '../catalog/generated/catalog.ts';
import { DenialError } from '../http/denial.ts';
import { printable } from '../http/fields.ts';

const SENTENCES = new Map(KINDS.map(({ kind, missing }) => [kind, missing]));

/**
 * The one answer for a resource that does not exist and for one of another tenant's: MLflow's own sentence for the kind,
 * which clients and their tests match, or a general one where MLflow has no single sentence.
 *
 * @returns `resource_not_found`
 * @example
 * throw missing('run', 'abc', 'run_id'); // Run with id=abc not found
 */
export function missing(kind: string, id: string, at: string): DenialError {
  const sentence = SENTENCES.get(kind);
  return new DenialError(
    'resource_not_found',
    sentence === undefined
      ? `No ${kind} ${JSON.stringify(printable(id))} exists (${printable(at)}).`
      : // A function: text such as `$&` in an id is no pattern.
        sentence.replace('{id}', () => printable(id)),
  );
}
