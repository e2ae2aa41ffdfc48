import { printError } from './output.ts';

/** The shortest time between two lines, in milliseconds. */
const EVERY_MS = 2_000;

/**
 * Reports the progress of a long command on standard error, at intervals.
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
