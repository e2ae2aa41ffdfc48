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
export async function askEach<T, R>(
  items: readonly T[],
  ask: (item: T) => Promise<R> | R,
): Promise<readonly R[]> {
  const answers = new Array<R>(items.length);
  const failed: { at: number; error: unknown }[] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    while (failed.length === 0 && next < items.length) {
      const at = next++;
      try {
        answers[at] = await ask(items[at]!);
      } catch (error) {
        failed.push({ at, error });
      }
    }
  };
  const workers = Math.min(LIMITS.lookupsAtOncePerRequest.value, items.length);
  await Promise.all(Array.from({ length: workers }, work));
  if (failed.length > 0) throw failed.reduce((a, b) => (b.at < a.at ? b : a)).error;
  return answers;
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
    `The request names ${count} different resources that have to be looked up; a request may name at most ${most}. Send it in parts.`,
  );
}
