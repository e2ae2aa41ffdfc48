import { beforeAll, describe, expect, test } from 'vitest';
import { OPERATIONS } from '../../../src/catalog/generated/catalog.ts';
import type { Operation } from '../../../src/catalog/types.ts';
import { mlflowVersion } from '../../harness/mlflow-version.ts';
import { toWire } from '../../harness/requests/draft.ts';
import { isServed } from '../../harness/requests/served-operations.ts';
import type { Caller } from '../../harness/wire-caller.ts';
import { choosesName, type NameInUseCase, nameInUseCases } from '../cases/names-in-use.ts';
import { SERVER_ERRORS, unread } from '../exceptions.ts';
import type { SuiteContext } from '../suite-context.ts';

/** Rules under which a tenant's admin is refused for every name. */
const NOT_THEIRS: ReadonlySet<string> = new Set(['platform-admin', 'server-feature', 'pending']);

/** The operations that choose a name, as far as this MLflow serves them. */
export const choosingNames = (): readonly Operation[] => OPERATIONS.filter(choosesName).filter(isServed);

/**
 * Every operation that chooses a name, with a name of the other tenant: either both can have it, or it is refused,
 * and the other tenant's resource is neither shown nor changed.
 */
export function foreignNames(
  context: SuiteContext,
  title = 'names of another tenant',
  caller: () => Caller = () => context.world.as.admin,
  operations: readonly Operation[] = choosingNames(),
): void {
  describe(title, () => {
    const cases = new Map<Operation, readonly NameInUseCase[]>();

    beforeAll(async () => {
      for (const operation of operations) {
        const here = () => context.familyFor(operation);
        cases.set(operation, await nameInUseCases(operation, here, context.world.there));
      }
      // Taking the names changed the other tenant's data.
      await context.remember();
    });

    test.each(operations.map((operation) => [operation.id, operation] as const))(
      '%s',
      async (_, operation) => {
        const problems: string[] = [];
        const { strategy, world } = context;
        for (const one of cases.get(operation)!) {
          const answer = await caller()(toWire(one.draft));
          const separate =
            (strategy.namesAreSeparate(one.kind) || unread(mlflowVersion())[one.at] !== undefined) &&
            !NOT_THEIRS.has(strategy.rule(operation)) &&
            world.serves(operation, one.draft.template);
          const refused =
            answer.status >= 400 && (answer.status < 500 || SERVER_ERRORS[one.at] !== undefined);
          if (separate ? !answer.ok : !refused) problems.push(`${one.title}: ${answer}`);
          problems.push(...context.leaks(answer, one.draft).map((leak) => `${one.title} shows ${leak}`));
          context.tally.add(separate ? 'names shared between tenants' : 'taken names refused');
        }
        problems.push(...(await context.changes([operation])));
        expect(problems).toEqual([]);
      },
    );
  });
}
