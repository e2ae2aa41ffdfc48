import type { Fetch } from '../../../../dev/http.ts';
import type { Estate } from '../estate.ts';

/** One way of getting at another tenant's estate. */
export interface Attack {
  readonly name: string;
  /**
   * What it does where nothing stands before MLflow: tells the victim's secret, changes the victim's estate (or what
   * its searches find), or is only let through, with harm to come. `closed`: this MLflow refuses it by itself.
   */
  readonly effect: 'reads' | 'changes' | 'passes' | 'closed';
  /** It uses up the attacker's own. */
  readonly spends?: true;
  /** Requests, of which the last one is judged. */
  readonly send: (as: Fetch, victim: Estate, own: Estate) => Promise<Response>;
}

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
