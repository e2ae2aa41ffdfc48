/** More of MLflow's time than this one process of it has to give only makes requests wait. */
const AT_ONCE = 4;

/** Does the work on every item, a few at once. Rejects with the first failure; the rest is done all the same. */
export async function inParallel<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const queue = items.values();
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      for (const item of queue) await work(item);
    }),
  );
}
