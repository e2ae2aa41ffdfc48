import { printError } from './output.ts';

/** Between two lines, at the least. */
const EVERY_MS = 2_000;

/**
 * Says on standard error now and then how far something long is.
 *
 * @example
 * const progress = makeProgress();
 * progress('experiment 7: 400 runs seen'); // written at most every two seconds
 */
export function makeProgress(): (text: string) => void {
  let last = performance.now();
  return (text) => {
    const now = performance.now();
    if (now - last < EVERY_MS) return;
    last = now;
    printError(`... ${text}\n`);
  };
}
