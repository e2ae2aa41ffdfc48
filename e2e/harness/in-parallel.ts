import { mapConcurrently } from '../../src/concurrency/map-concurrently.ts';

/** One process of MLflow serves the suites: with more at once, requests only wait. */
const AT_ONCE = 4;

/** Does the work on every item, four at once. Rejects with the first failure. */
export async function inParallel<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  await mapConcurrently(items, AT_ONCE, work);
}
