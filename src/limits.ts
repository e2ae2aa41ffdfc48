import { BODY_LIMITS } from './limits/bodies.ts';
import { FIELD_LIMITS } from './limits/fields.ts';
import { GRANT_LIMITS } from './limits/grants.ts';
import { IDENTITY_FILE_LIMITS } from './limits/identity-file.ts';
import { MLFLOW_LIMITS } from './limits/mlflow.ts';
import { REQUEST_LIMITS } from './limits/requests.ts';
import { SURROUNDING_LIMITS } from './limits/surroundings.ts';

export type { Limit } from './limits/limit.ts';

/**
 * Every bound of the gateway that a caller can meet, in one table: the code reads `value`, and codegen writes the table
 * of limits in SECURITY.md. A bound that is not here is not documented, so put it into one of the files of `limits/`.
 *
 * @example
 * if (raw.length > LIMITS.targetLength.value) throw new DenialError('malformed_path', '...');
 */
export const LIMITS = {
  ...REQUEST_LIMITS,
  ...GRANT_LIMITS,
  ...BODY_LIMITS,
  ...FIELD_LIMITS,
  ...MLFLOW_LIMITS,
  ...SURROUNDING_LIMITS,
  ...IDENTITY_FILE_LIMITS,
};
