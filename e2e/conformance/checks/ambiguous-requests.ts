import { describe, expect, test } from 'vitest';
import { OPERATIONS } from '../../../src/catalog/generated/catalog.ts';
import { inParallel } from '../../harness/in-parallel.ts';
import { referencesOf } from '../../harness/requests/places.ts';
import { spellingCases } from '../cases/ambiguous-spellings.ts';
import type { SuiteContext } from '../suite-context.ts';

/** Every reference in ambiguous spellings: the gateway itself refuses them for every role. */
export function ambiguousRequests(context: SuiteContext): void {
  describe('refuses ambiguous spellings', () => {
    // Open bodies are another product's format, and forwarded unchanged.
    const operations = OPERATIONS.filter(
      (operation) => referencesOf(operation).length > 0 && operation.bodyOpen !== true,
    );

    test.each(operations.map((operation) => [operation.id, operation] as const))(
      '%s',
      async (_, operation) => {
        const problems: string[] = [];
        const pending = context.strategy.rule(operation) === 'pending';
        const cases = await spellingCases(operation, context.familyFor(operation), context.world.there);
        await inParallel(cases, async ({ title, wire, statuses }) => {
          const answer = await context.world.as['platform-admin'](wire);
          context.tally.add('spellings refused');
          if (pending && answer.reason === 'strategy_pending') return;
          if (!statuses.includes(answer.status) || answer.reason === undefined)
            problems.push(`${title}: ${answer}`);
        });
        expect(problems).toEqual([]);
      },
    );
  });
}
