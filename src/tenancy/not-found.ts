import { KINDS } from '../catalog/generated/catalog.ts';
import { DenialError } from '../denial.ts';
import { printable } from '../request/printable.ts';

/** How a client chooses its experiment. */
export const CHOOSE = 'mlflow.set_experiment("<name>") or MLFLOW_EXPERIMENT_NAME=<name>';

const SENTENCES = new Map(KINDS.map(({ kind, missing }) => [kind, missing]));
const UNCHOSEN = new Set(KINDS.flatMap(({ kind, unchosen }) => (unchosen ? [`${kind}\n${unchosen}`] : [])));

/** Whether an id is the one that clients use where nobody chose one. */
export function isUnchosen(kind: string, id: string): boolean {
  return UNCHOSEN.has(`${kind}\n${id}`);
}

/**
 * The one answer for a resource that does not exist and for one of another tenant's: MLflow's own sentence for the kind,
 * which clients and their tests match, or a general one where MLflow has no single sentence. Where nobody chose the
 * resource, it says how to.
 *
 * @returns `resource_not_found`
 * @example
 * throw missing('run', 'abc', 'run_id'); // Run with id=abc not found
 */
export function missing(kind: string, id: string, at: string): DenialError {
  return new DenialError('resource_not_found', sentenceOf(kind, id, at) + advice(kind, id));
}

function sentenceOf(kind: string, id: string, at: string): string {
  const sentence = SENTENCES.get(kind);
  return sentence === undefined
    ? `No ${kind} ${JSON.stringify(printable(id))} exists (${printable(at)}).`
    : // A function: text such as `$&` in an id is no pattern.
      sentence.replace('{id}', () => printable(id));
}

function advice(kind: string, id: string): string {
  if (!isUnchosen(kind, id)) return '';
  return `. Clients use it where no ${kind} was chosen, and you have none of that id: choose one with ${CHOOSE}.`;
}
