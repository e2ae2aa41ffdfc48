/**
 * Maps items to results, with at most `limit` items in progress at a time. Items begin in order, and no further item begins after the
 * first failure: the error thrown is always that of the first item that failed, with any timing.
 *
 * @returns the results, in the order of the items
 * @throws the error of the first failed item, once no item is in progress any more
 * @example
 * const texts = await mapConcurrently(paths, 4, (path) => readFile(path, 'utf8'));
 */
export async function mapConcurrently<T, R>(
  items: readonly T[],
  limit: number,
  map: (item: T) => Promise<R> | R,
): Promise<readonly R[]> {
  const results = new Array<R>(items.length);
  const failed: { at: number; error: unknown }[] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    while (failed.length === 0 && next < items.length) {
      const at = next++;
      try {
        results[at] = await map(items[at]!);
      } catch (error) {
        failed.push({ at, error });
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, work));
  if (failed.length > 0) throw failed.reduce((a, b) => (b.at < a.at ? b : a)).error;
  return results;
}
