import { DenialError } from '../../denial.ts';
import { printable } from '../../request/printable.ts';

/** The refusal of a storage URI outside of the artifacts of the resources named beside it. */
export function storageRefused(at: string): DenialError {
  return new DenialError(
    'storage_uri_refused',
    `${printable(at)} must be runs:/..., models:/..., or lie below the artifacts of the run or model named in the request.`,
  );
}
