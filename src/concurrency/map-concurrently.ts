/**
 * Does something for each of a list, some at once, and waits for all that was begun whatever happens.
 *
 * @throws what the first one to fail threw, once nothing is under way any more; the rest is not begun
 */
export async function forEachAtOnce<T>(
  list: readonly T[],
  most: number,
  each: (one: T) => Promise<void>,
): Promise<void> {
  let next = 0;
  let failed: { readonly error: unknown } | undefined;
  const work = async (): Promise<void> => {
    while (failed === undefined && next < list.length) {
      try {
        await each(list[next++]!);
      } catch (error) {
        failed ??= { error };
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(most, list.length) }, work));
  if (failed !== undefined) throw failed.error;
}
