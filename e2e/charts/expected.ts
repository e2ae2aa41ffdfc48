import type { Outcome } from './row-outcome.ts';
import type { Expected, Row } from './rows.ts';
import type { Method, Origin } from './types.ts';

/** What a row says should become of its pods in one chart and one way. */
export function expectedOf(row: Row, origin: Origin, method: Method): Expected {
  const said = row.except?.[origin] ?? row.expect ?? 'works';
  return said === 'works' || said instanceof RegExp ? said : (said[method] ?? 'works');
}

/** What is wrong with an outcome; `undefined` when it is as the row says. */
export function differs(outcome: Outcome, expected: Expected): string | undefined {
  if (outcome.kind === 'wrong') return outcome.message;
  if (expected === 'works') return outcome.kind === 'patched' ? undefined : `refused: ${outcome.message}`;
  if (outcome.kind === 'patched') return `let in, and should be refused with ${expected}`;
  return expected.test(outcome.message) ? undefined : `refused, but not with ${expected}: ${outcome.message}`;
}
