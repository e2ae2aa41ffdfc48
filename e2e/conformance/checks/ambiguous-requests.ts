import { describe, expect, test } from 'vitest';
import { OPERATIONS } from '../../../src/catalog/generated/catalog.ts';
import { inParallel } from '../../harness/in-parallel.ts';
import { referencesOf } from '../../harness/requests/places.ts';
import { spellingCases } from '../cases/ambiguous-spellings.ts';
import type { Bench } from '../suite-context.ts';

/** Every reference spelt so that two parsers may disagree: refused by the gateway itself, whoever asks. */
export function secondReadings(bench: Bench): void {
  describe('a request with two readings', () => {
    // Bodies that may hold anything are another product's format, and passed on as they are.
    const operations = OPERATIONS.filter(
      (operation) => referencesOf(operation).length > 0 && operation.bodyOpen !== true,
    );

    test.each(operations.map((operation) => [operation.id, operation] as const))(
      '%s',
      async (_, operation) => {
        const problems: string[] = [];
        const pending = bench.strategy.rule(operation) === 'pending';
        const cases = await spellingCases(operation, bench.familyFor(operation), bench.world.there);
        await inParallel(cases, async ({ title, wire, statuses }) => {
          const answer = await bench.world.as['platform-admin'](wire);
          bench.tally.add('spellings refused');
          if (pending && answer.reason === 'strategy_pending') return;
          if (!statuses.includes(answer.status) || answer.reason === undefined)
            problems.push(`${title}: ${answer}`);
        });
        expect(problems).toEqual([]);
      },
    );
  });
}
