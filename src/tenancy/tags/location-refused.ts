import { DenialError } from '../../denial.ts';
import { printable } from '../../request/printable.ts';
import type { StoragePlace } from '../question.ts';

/** Refuses a location outside of the artifacts of the caller's resources. */
export function locationRefused({ at, as }: Pick<StoragePlace, 'at' | 'as'>): DenialError {
  const schemes = as === 'destination' ? '' : 'be runs:/... or models:/..., or ';
  return new DenialError(
    'storage_uri_refused',
    `${printable(at)} must ${schemes}lie below the artifacts of a run or model of yours, or where GW_TENANT_ARTIFACT_ROOT allows.`,
  );
}
