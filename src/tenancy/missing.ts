import { KINDS } from '../catalog/generated/catalog.ts';
import { DenialError } from '../http/denial.ts';
import { printable } from '../http/fields.ts';

/** How a client chooses its experiment. */
export const CHOOSE = 'mlflow.set_experiment("<name>") or MLFLOW_EXPERIMENT_NAME=<name>';

const UNCHOSEN = new Set(KINDS.flatMap(({ kind, unchosen }) => (unchosen ? [`${kind}\n${unchosen}`] : [])));

/** Whether an id is the one that clients use where nobody chose one. */
export function isUnchosen(kind: string, id: string): boolean {
  return UNCHOSEN.has(`${kind}\n${id}`);
}

/**
 * The one answer for a resource that does not exist and for one of another tenant's. Where nobody chose the resource, it
 * says how to.
 *
 * @returns `resource_not_found`
 * @example
 * throw missing('run', 'abc', 'run_id'); // No run "abc" exists (run_id).
 */
export function missing(kind: string, id: string, at: string): DenialError {
  const sentence = `No ${kind} ${JSON.stringify(printable(id))} exists (${printable(at)}).`;
  return new DenialError('resource_not_found', sentence + advice(kind, id));
}

function advice(kind: string, id: string): string {
  if (!isUnchosen(kind, id)) return '';
  return ` Clients use it where no ${kind} was chosen, and you have none of that id: choose one with ${CHOOSE}.`;
}
