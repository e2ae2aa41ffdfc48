import type { ConfinedPlan } from '../../../catalog/types.ts';
import { DenialError } from '../../../denial.ts';
import { printable } from '../../../request/printable.ts';
import type { CanonicalRequest } from '../../../request/types.ts';
import { CHOOSE } from '../../not-found.ts';
import type { Caller, Reference } from '../../reference.ts';
import type { SharedExperiments } from '../shared-experiments.ts';
import { isFilled } from './questions.ts';
import type { RequestReferences } from './read-references.ts';

/** Whether the request names a shared experiment. */
export function namesShared({ searchedIn, required }: RequestReferences, shared: SharedExperiments): boolean {
  return searchedIn.some((key) => shared.has(key)) || required.some((key) => shared.has(key));
}

/**
 * Refuses what is not allowed in an experiment that tenants share.
 *
 * @param references of a request that names a shared experiment
 * @throws DenialError `platform_admin_only` for changing the experiment itself; `shared_experiment` for a request about
 *   everything in it, and for an operation on what MLflow keeps once for all tenants
 */
export function checkShared(
  { operation: { id }, body }: CanonicalRequest,
  { required }: RequestReferences,
  plan: ConfinedPlan,
  caller: Caller,
  shared: SharedExperiments,
): void {
  const named = required.find((reference) => shared.has(reference));
  if (!caller.shared && named !== undefined) throw changesShared(named);
  const inShared = plan.rule === 'references' ? plan.inShared : undefined;
  if (inShared?.rule === 'list-required' && named !== undefined && !isFilled(body?.[inShared.list]))
    throw new DenialError('shared_experiment', `In a shared experiment ${id} needs ${inShared.list}.`);
  if (inShared?.rule === 'refused')
    throw new DenialError(
      'shared_experiment',
      `${id} is not allowed in a shared experiment, where MLflow cannot tell tenants apart: choose one of your own with ${CHOOSE}.`,
    );
}

function changesShared({ id }: Reference): DenialError {
  return new DenialError(
    'platform_admin_only',
    `Experiment ${printable(id)} is shared by all tenants: changing it needs the role platform-admin.`,
  );
}
