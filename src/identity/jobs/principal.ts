import type { Identifier, Principal } from '../principal.ts';

/** Where jobs find the gateway. Not configurable: what needs no token is not for a network. */
export const JOBS_HOST = '127.0.0.1';

/**
 * MLflow itself, calling from a job of its own. It has no tenant but the one whose workspace it names, and nothing but
 * the operations that the policy lists for jobs can be reached as it.
 */
const MLFLOW: Principal = Object.freeze({
  subject: 'mlflow',
  issuer: 'mlflow-jobs',
  grants: new Map([['', Object.freeze({ tenant: '', roles: Object.freeze([]) })]]),
  platformAdmin: true,
});

/**
 * Takes every caller for MLflow. Only for a port that nobody but MLflow reaches: MLflow's jobs have no token, and the
 * credential that its auth app gives them is nobody's whom an identity provider knows.
 *
 * @see https://github.com/mlflow/mlflow/blob/master/mlflow/genai/utils/gateway_utils.py
 * @example
 * createJobsIdentifier().identify(headers).subject; // 'mlflow'
 */
export function createJobsIdentifier(): Identifier {
  return {
    identify: () => MLFLOW,
    ready: () => ({ ok: true }),
    tokens: () => ({ size: 0, hits: 0, misses: 0 }),
    close() {},
  };
}
