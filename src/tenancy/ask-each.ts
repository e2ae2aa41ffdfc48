import { mapConcurrently } from '../concurrency/map-concurrently.ts';
import { DenialError } from '../denial.ts';
import { LIMITS } from '../limits.ts';

/**
 * Asks about each item, a few at once, and begins no further question after the first refusal. Items begin in order, so that
 * the first refused item of the request decides the refusal, however fast each answer is.
 *
 * Both strategies ask MLflow through this function. Checks that need no answer of MLflow come first, for all items, and never
 * in `ask`.
 *
 * @param items without repetitions: each costs a question
 * @returns the answers, in the order of the items
 * @throws the error of the first item that failed, once no question is in flight
 * @example
 * await askEach(references, async (reference) => {
 *   if (!(await ownership.owns(reference, caller))) throw notFound(reference);
 * });
 */
export function askEach<T, R>(items: readonly T[], ask: (item: T) => Promise<R> | R): Promise<readonly R[]> {
  return mapConcurrently(items, LIMITS.lookupsAtOncePerRequest.value, ask);
}

/**
 * Refuses a request that would cost MLflow too many lookups, before the first of them.
 *
 * @param count different resources of the request that MLflow has to be asked about
 * @throws DenialError `invalid_field`
 */
export function requireFewLookups(count: number): void {
  const most = LIMITS.lookupsPerRequest.value;
  if (count <= most) return;
  throw new DenialError(
    'invalid_field',
    `The request references ${count} different resources that need a lookup; a request may reference at most ${most}. Send several requests.`,
  );
}
