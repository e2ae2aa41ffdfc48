import { describe, expect, test } from 'vitest';
import { OPERATIONS } from '../../../src/catalog/generated/catalog.ts';
import type { Operation } from '../../../src/catalog/types.ts';
import { inParallel } from '../../harness/in-parallel.ts';
import { toWire } from '../../harness/requests/draft.ts';
import { placesOf } from '../../harness/requests/places.ts';
import { isServed } from '../../harness/requests/served-operations.ts';
import type { Caller } from '../../harness/wire-caller.ts';
import { type Choice, HERE, THERE } from '../../harness/world/world.ts';
import { namesSomething } from '../cases/foreign-references.ts';
import { roleProbe } from '../cases/role-probe.ts';
import { few } from '../sample.ts';
import type { SuiteContext } from '../suite-context.ts';
import { choosingNames, foreignNames } from './foreign-names.ts';
import { tryForeignResources } from './foreign-resources.ts';

/** `all` tries every operation by header and by cookie; else a selection is tried, each by one of them. */
const ALL = process.env.CONFORMANCE_TWO_TENANTS === 'all';
/** One in this many of the operations, and of those with filters and those that choose a name, which are the likelier to leak. */
const ONE_IN = 10;
const ONE_LIKELY_IN = 6;

const CHOICES = ['header', 'cookie'] as const satisfies readonly Choice['by'][];

/**
 * The attacks once more by a caller whose token grants both tenants. While the caller works in one of them, the other one is as far
 * away as for a stranger, and without a choice nothing is reached.
 */
export function severalTenants(context: SuiteContext): void {
  const callerBy = (by: Choice['by']): Caller => context.world.ofBoth('admin', { tenant: HERE, by });

  describe('a caller of both tenants who chose neither', () => {
    test.each(['admin', 'platform-admin'] as const)('%s: every operation is refused', async (role) => {
      const wrong: string[] = [];
      const caller = context.world.ofBoth(role);
      const operations = OPERATIONS.filter((operation) => operation.public !== true);
      await inParallel(operations, async (operation) => {
        for (const template of operation.paths) {
          const answer = await caller(toWire({ ...roleProbe(operation), template }));
          context.tally.add('requests without a choice refused');
          if (answer.status !== 400 || answer.reason !== 'tenant_ambiguous')
            wrong.push(`${operation.id} on ${template}: ${answer}`);
        }
      });
      expect(wrong).toEqual([]);
    });
  });

  describe('a caller of both tenants who chose the other one', () => {
    test('reaches its resources, which the attacks below must not reach', async () => {
      const wrong: string[] = [];
      const { strategy, world } = context;
      const { there, as } = world;
      let reached = 0;
      // Other harmless operations may leave a run behind, some time later: the attacks below would be blamed for it.
      const reads = OPERATIONS.filter(isServed).filter(isRead).filter(namesSomething);
      const permitted = reads.filter((operation) => strategy.maker(operation) === 'admin');
      await inParallel(permitted, async (operation) => {
        const { draft } = context.wholeOf(operation)!;
        for (const by of ALL ? CHOICES : [choiceFor(operation)]) {
          const wire = toWire(draft);
          const answer = await world.ofBoth('admin', { tenant: THERE, by })(wire);
          const own = await there.owner.callFor(operation)(wire);
          if (own.ok !== answer.ok) wrong.push(`${operation.id} by ${by}: ${answer}\n  but ${own}`);
          const stranger = await as.admin(wire);
          if (answer.ok && !stranger.ok) reached++;
        }
      });
      context.tally.add('requests refused to a stranger that succeed by choosing the tenant', reached);
      expect(wrong).toEqual([]);
      // MLflow before 3.5 has fewer operations.
      expect(reached).toBeGreaterThan(10);
    });
  });

  for (const by of ALL ? CHOICES : [undefined]) {
    const title = `a caller of both tenants who chose one${by === undefined ? '' : ` by ${by}`}`;
    const callerFor = (operation: Operation): Caller => callerBy(by ?? choiceFor(operation));
    describe(`${title}: resources of the other`, () =>
      tryForeignResources(context, selected(context), callerFor));
    const named = ALL ? choosingNames() : few(choosingNames(), ONE_LIKELY_IN);
    if (named.length > 0)
      foreignNames(context, `${title}: names of the other`, () => callerBy(by ?? 'cookie'), named);
  }
}

/** The operations that the caller tries. Those about workspaces are left out, as both of them are the caller's own. */
function selected({ strategy }: SuiteContext): readonly Operation[] {
  const served = OPERATIONS.filter(isServed).filter(
    (operation) => strategy.rule(operation) !== 'own-workspace',
  );
  if (ALL) return served;
  const sample = new Set([...few(served, ONE_IN), ...few(served.filter(hasFilter), ONE_LIKELY_IN)]);
  return served.filter((operation) => sample.has(operation) || isDocument(operation));
}

const choiceFor = ({ id }: Operation): Choice['by'] => CHOICES[id.length % 2]!;

const isRead = ({ permission }: Operation): boolean => permission.endsWith(':read');

const isDocument = (operation: Operation): boolean =>
  operation.body === 'graphql' || operation.spanTags !== undefined;

const hasFilter = (operation: Operation): boolean =>
  placesOf(operation).some(({ policy }) => policy.class === 'filter');
