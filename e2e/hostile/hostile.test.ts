import { expect, test } from 'vitest';
import { TAGS } from '../harness/strategies/tags.ts';
import { WORKSPACES } from '../harness/strategies/workspaces.ts';
import { failuresOf, isFlat, reportOf } from './report.ts';
import { run } from './run.ts';

/** The short form: `npm run hostile` sends more, and measures how long the teams wait (docs/hostile.md). */
const REQUESTS = 6_000;
/** Another seed for each day, so that the short form sees more with time; it is printed, to repeat a run. */
const SEED = Number(process.env.HOSTILE_SEED ?? Math.floor(Date.now() / 86_400_000));

test.each([TAGS, WORKSPACES])(
  '$name: nothing ends, stalls or starves the gateway, and nothing leaks',
  async (strategy) => {
    const result = await run({
      strategy,
      requests: REQUESTS,
      seed: SEED,
      rate: 1_000,
      progress: console.log,
    });
    console.log(reportOf([result]));
    expect(failuresOf(result)).toEqual([]);
    expect(isFlat(result)).toBe(true);
    // The run did what it is for.
    expect(result.outcomes.answered).toBeGreaterThan(REQUESTS / 2);
    expect(result.reasons.size).toBeGreaterThan(15);
  },
);
