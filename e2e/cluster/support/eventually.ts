import { eventually as attempts } from '../../../dev/waiting.ts';

/** `eventually` of dev/waiting.ts, with the timeout for a cluster: two minutes, one attempt a second. */
export const eventually: typeof attempts = (what, attempt, options) =>
  attempts(what, attempt, { timeoutMs: 120_000, everyMs: 1_000, ...options });
