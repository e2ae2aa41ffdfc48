import { mapConcurrently } from '../concurrency/map-concurrently.ts';
import { DenialError } from '../denial.ts';
import { LIMITS } from '../limits.ts';

/**
 * Asks about each item, a few at once, and begins no further question after the first refusal. Items begin in order, so
 * the refusal that comes out is always that of the request's first refused item, however fast each answer was.
 *
 * Both strategies ask MLflow through this function. Nothing that can throw without an answer of MLflow's belongs into
 * `ask`: such checks come first, for all items.
 *
 * @param items already without repetitions: each costs a question
 * @returns the answers, in the order of the items
 * @throws the error of the first item that failed, once no question is under way any more
 * @example
 * await askEach(claims, async (claim) => {
 *   if (!(await ownership.owns(claim, claimant))) throw notFound(claim);
 * });
 */
export function askEach<T, R>(items: readonly T[], ask: (item: T) => Promise<R> | R): Promise<readonly R[]> {
  return mapConcurrently(items, LIMITS.lookupsAtOncePerRequest.value, ask);
}

/**
 * Refuses a request that would cost MLflow too many look-ups, before the first of them.
 *
 * @param count different resources that the request names and that MLflow has to be asked about
 * @throws DenialError `invalid_field`
 */
export function requireFewLookups(count: number): void {
  const most = LIMITS.lookupsPerRequest.value;
  if (count <= most) return;
  throw new DenialError(
    'invalid_field',
    `The request names ${count} different resources that have to be looked up; a request may name at most ${most}. Send it in parts.`,
  );
}
