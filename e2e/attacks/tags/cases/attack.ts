import type { Fetch } from '../../../../dev/http.ts';
import { isBefore, mlflowVersion } from '../../../harness/mlflow-version.ts';
import type { Estate } from '../estate.ts';

/** An attack on another tenant's estate. */
export interface Attack {
  readonly name: string;
  /**
   * The effect straight at MLflow: it reads the victim's secret, changes the victim's estate (or what
   * its searches find), or is only accepted. `closed`: this MLflow itself rejects it.
   */
  readonly effect: 'reads' | 'changes' | 'passes' | 'closed';
  /** It changes or deletes the attacker's own resources. */
  readonly spends?: true;
  /** Sends its requests and returns the last response. */
  readonly send: (as: Fetch, victim: Estate, own: Estate) => Promise<Response>;
}

/**
 * The effect of an attack that MLflow itself rejects from a version on.
 *
 * @example
 * before('3.18', 'changes'); // 'closed' on 3.18.0
 */
export const before = (version: string, effect: Attack['effect']): Attack['effect'] =>
  isBefore(mlflowVersion(), version) ? effect : 'closed';

/** An attack of one request with a JSON body. */
export function posts(
  name: string,
  effect: Attack['effect'],
  path: string,
  body: (victim: Estate, own: Estate) => unknown,
  method = 'POST',
): Attack {
  return {
    name,
    effect,
    send: (as, victim, own) => as(path, { method, json: body(victim, own) }),
  };
}

/** An attack of one request without a body. */
export function gets(
  name: string,
  effect: Attack['effect'],
  path: (victim: Estate, own: Estate) => string,
  method = 'GET',
): Attack {
  return { name, effect, send: (as, victim, own) => as(path(victim, own), { method }) };
}
