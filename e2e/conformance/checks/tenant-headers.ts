import { describe, expect, test } from 'vitest';
import { OPERATIONS } from '../../../src/catalog/generated/catalog.ts';
import { toWire } from '../../harness/requests/draft.ts';
import { HERE, THERE } from '../../harness/world/world.ts';
import { roleProbe } from '../cases/role-probe.ts';
import type { Bench } from '../suite-context.ts';

/** Every operation with headers that ask for the other tenant. */
export function othersHeaders(bench: Bench): void {
  describe('another tenant by a header', () => {
    test.each(
      OPERATIONS.filter((operation) => operation.public !== true).map(
        (operation) => [operation.id, operation] as const,
      ),
    )('%s', async (_, operation) => {
      const wire = toWire(roleProbe(operation));
      const problems: string[] = [];
      for (const { headers, status, reason } of bench.strategy.refusedHeaders(HERE, THERE)) {
        const answer = await bench.world.as.admin({ ...wire, headers: { ...wire.headers, ...headers } });
        if (answer.status !== status || answer.reason !== reason)
          problems.push(`${JSON.stringify(headers)}: ${answer}`);
        bench.tally.add('headers that ask for another tenant refused');
      }
      expect(problems).toEqual([]);
    });
  });
}
