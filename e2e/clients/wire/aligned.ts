/** How alike two calls are: more for one request than for one operation, so that a call that one side lacks shifts no others. */
const SAME_REQUEST = 3;
const SAME_OPERATION = 1;

/** A call as far as it is compared to find its counterpart. */
export interface Alignable {
  /** Method and path. */
  readonly name: string;
  /** The whole request. */
  readonly request: string;
}

/**
 * Pairs the calls of two sides in their order, so that as much as possible is alike. A call without a counterpart is paired
 * with nothing. Takes time and memory by the product of the two lengths.
 *
 * @returns pairs of positions
 * @example
 * aligned([a, b], [b]); // [[0, undefined], [1, 0]]
 */
export function aligned(
  left: readonly Alignable[],
  right: readonly Alignable[],
): readonly (readonly [number | undefined, number | undefined])[] {
  const width = right.length + 1;
  // The best score of the rest after two positions.
  const best = new Uint32Array((left.length + 1) * width);
  for (let l = left.length - 1; l >= 0; l--)
    for (let r = right.length - 1; r >= 0; r--) {
      const alone = Math.max(best[(l + 1) * width + r]!, best[l * width + r + 1]!);
      const alike = likeness(left[l]!, right[r]!);
      best[l * width + r] = alike === 0 ? alone : Math.max(alone, alike + best[(l + 1) * width + r + 1]!);
    }
  const pairs: (readonly [number | undefined, number | undefined])[] = [];
  let [l, r] = [0, 0];
  while (l < left.length && r < right.length) {
    const alike = likeness(left[l]!, right[r]!);
    const here = best[l * width + r]!;
    if (alike > 0 && here === alike + best[(l + 1) * width + r + 1]!) pairs.push([l++, r++]);
    else if (here === best[(l + 1) * width + r]!) pairs.push([l++, undefined]);
    else pairs.push([undefined, r++]);
  }
  while (l < left.length) pairs.push([l++, undefined]);
  while (r < right.length) pairs.push([undefined, r++]);
  return pairs;
}

const likeness = (left: Alignable, right: Alignable): number =>
  left.name !== right.name ? 0 : left.request === right.request ? SAME_REQUEST : SAME_OPERATION;
