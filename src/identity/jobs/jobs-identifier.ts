import { type Identifier, NO_TENANT, type Principal } from '../principal.ts';

/** The address of the gateway for jobs. Not configurable: a port that needs no token must not be on a network. */
export const JOBS_HOST = '127.0.0.1';

/**
 * MLflow itself, as the caller of its own jobs. Its only tenant is that of the workspace that it names, and it reaches only the
 * operations that the policy lists for jobs.
 */
const MLFLOW: Principal = Object.freeze({
  subject: 'mlflow',
  issuer: 'mlflow-jobs',
  grants: new Map([[NO_TENANT, Object.freeze({ tenant: NO_TENANT, roles: Object.freeze([]) })]]),
  platformAdmin: true,
});

/**
 * Identifies every caller as MLflow. Only for a port that only MLflow reaches: MLflow's jobs have no token, and no identity provider
 * knows the credentials that MLflow's auth app gives them.
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
