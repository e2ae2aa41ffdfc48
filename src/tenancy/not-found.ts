import { KINDS } from '../catalog/generated/catalog.ts';
import { DenialError } from '../denial.ts';
import { printable } from '../request/printable.ts';
import { splitName } from '../request/qualified-name.ts';
import { keyOf, type Reference } from './reference.ts';

/** How a client chooses its experiment. */
export const CHOOSE = 'mlflow.set_experiment("<name>") or MLFLOW_EXPERIMENT_NAME=<name>';

const SENTENCES = new Map(KINDS.map(({ kind, missing }) => [kind, missing]));
const UNCHOSEN = new Set(
  KINDS.flatMap(({ kind, unchosen }) => (unchosen ? [keyOf({ kind, id: unchosen })] : [])),
);

/** Whether clients use this id if no resource was chosen. */
export function isUnchosen(kind: string, id: string): boolean {
  return UNCHOSEN.has(keyOf({ kind, id }));
}

/**
 * The one refusal for a resource that does not exist and for one of another tenant: MLflow's own sentence for the kind,
 * which clients and their tests match, or a general one where MLflow has no single sentence. For the id that clients use if
 * no resource was chosen, it says how to choose one.
 *
 * @returns `resource_not_found`
 * @example
 * throw notFound({ kind: 'run', id: 'abc', at: 'run_id' }); // Run with id=abc not found
 */
export function notFound({ kind, id, at }: Reference): DenialError {
  return new DenialError('resource_not_found', sentenceOf(kind, id, at) + advice(kind, id));
}

function sentenceOf(kind: string, id: string, at: string): string {
  const sentence = SENTENCES.get(kind);
  if (sentence === undefined) return `No ${kind} ${JSON.stringify(printable(id))} exists (${printable(at)}).`;
  const parts: Readonly<Record<string, string>> = { id, ...(splitName(id) ?? { qualifier: '', name: id }) };
  // A function, because `$&` in an id would be a pattern.
  return sentence.replace(/\{(id|name|qualifier)\}/g, (_, part: string) => printable(parts[part] ?? ''));
}

function advice(kind: string, id: string): string {
  if (!isUnchosen(kind, id)) return '';
  return `. Clients use it where no ${kind} was chosen, and you have none of that id: choose one with ${CHOOSE}.`;
}
