import { beforeAll, describe, expect, test } from 'vitest';
import { OPERATIONS } from '../../../src/catalog/generated/catalog.ts';
import type { Operation } from '../../../src/catalog/types.ts';
import { toWire } from '../../harness/requests/draft.ts';
import { isServed } from '../../harness/requests/served-operations.ts';
import { choosesAName, type TakenCase, takenCases } from '../cases/taken-names.ts';
import { SERVER_ERRORS } from '../exceptions.ts';
import type { Bench } from '../suite-context.ts';

/** Rules under which a tenant's admin is refused whatever the name is. */
const NOT_THEIRS: ReadonlySet<string> = new Set(['platform-admin', 'server-feature', 'pending']);

/**
 * Every operation that chooses a name, with one that the other tenant has: either both can have it, or it is refused,
 * and the other tenant's resource is neither shown nor changed.
 */
export function othersNames(bench: Bench): void {
  describe('a name that another tenant has', () => {
    const operations = OPERATIONS.filter(choosesAName).filter(isServed);
    const cases = new Map<Operation, readonly TakenCase[]>();

    beforeAll(async () => {
      for (const operation of operations) {
        const here = () => bench.familyFor(operation);
        cases.set(operation, await takenCases(operation, here, bench.world.there));
      }
      // Taking the names changed the other tenant's data.
      await bench.remember();
    });

    test.each(operations.map((operation) => [operation.id, operation] as const))(
      '%s',
      async (_, operation) => {
        const problems: string[] = [];
        const { strategy, world } = bench;
        for (const one of cases.get(operation)!) {
          const answer = await world.as.admin(toWire(one.draft));
          const separate =
            strategy.namesAreSeparate(one.kind) &&
            !NOT_THEIRS.has(strategy.rule(operation)) &&
            world.serves(operation, one.draft.template);
          const refused =
            answer.status >= 400 && (answer.status < 500 || SERVER_ERRORS[one.at] !== undefined);
          if (separate ? !answer.ok : !refused) problems.push(`${one.title}: ${answer}`);
          problems.push(...bench.leaks(answer, one.draft).map((leak) => `${one.title} shows ${leak}`));
          bench.tally.add(separate ? 'names shared between tenants' : 'taken names refused');
        }
        problems.push(...(await bench.changes([operation])));
        expect(problems).toEqual([]);
      },
    );
  });
}
