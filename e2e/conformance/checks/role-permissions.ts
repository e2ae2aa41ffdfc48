import { describe, expect, test } from 'vitest';
import { OPERATIONS } from '../../../src/catalog/generated/catalog.ts';
import type { Operation } from '../../../src/catalog/types.ts';
import { toWire } from '../../harness/requests/draft.ts';
import { ROLES } from '../../harness/world/world.ts';
import { mayCall, roleProbe, weakestRole } from '../cases/role-probe.ts';
import type { Bench } from '../suite-context.ts';

/** Every operation as every role, and as nobody. */
export function permittedRoles(bench: Bench): void {
  describe('a role', () => {
    test.each(OPERATIONS.map((operation) => [operation.id, operation] as const))(
      '%s',
      async (_, operation) => {
        expect(await problemsOf(bench, operation)).toEqual([]);
      },
    );
  });
}

async function problemsOf({ world, tally }: Bench, operation: Operation): Promise<string[]> {
  const problems: string[] = [];
  const probe = toWire(roleProbe(operation));
  for (const role of ROLES) {
    const answer = await world.as[role](probe);
    const permitted = operation.public === true || mayCall(role, operation);
    tally.add(permitted ? 'roles permitted' : 'roles refused');
    if (permitted) {
      if (answer.reason?.startsWith('role_')) problems.push(`${role}: ${answer}`);
      continue;
    }
    const wanted = `Insufficient role: required ${weakestRole(operation)}, got ${role}`;
    if (answer.status !== 403 || answer.reason !== 'role_insufficient' || answer.json.message !== wanted)
      problems.push(`${role}: ${answer}`);
  }
  const nobody = await world.anonymous(probe);
  if (operation.public ? nobody.status === 401 : nobody.reason !== 'token_missing')
    problems.push(`nobody: ${nobody}`);
  return problems;
}
