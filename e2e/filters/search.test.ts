import { beforeAll, describe, expect, inject, test } from 'vitest';
import { fetcher } from '../../dev/http.ts';
import { checkFilter, tenantFilter } from '../../src/tenancy/filter/tenant-filter.ts';
import { canName } from '../../src/tenancy/filter/testing/can-name.ts';
import { unique } from '../harness/stack.ts';
import { ownersOf, SEARCHES } from './searches.ts';
import { KEYS, makeWorld, OWNERS, valueUnder, type World } from './tagged-resources.ts';

const workspace = unique('filters');
const mlflow = fetcher(inject('mlflow').address, { 'x-mlflow-workspace': workspace });
let world: World;

beforeAll(async () => {
  const made = await fetcher(inject('mlflow').address)('/api/3.0/mlflow/workspaces', {
    json: { name: workspace },
  });
  expect(made.status).toBe(201);
  world = await makeWorld(mlflow, workspace);
});

/** Each clause alone, each with each other, and all of them. */
function combinations(clauses: readonly string[]): string[] {
  const pairs = clauses.flatMap((one, index) =>
    clauses.slice(index + 1).map((other) => `${one} AND ${other}`),
  );
  return [...clauses, ...pairs, clauses.join(' AND ')];
}

/** A few at a time: MLflow has one worker here. */
async function each<Item>(
  items: readonly Item[],
  work: (item: Item, index: number) => Promise<void>,
): Promise<void> {
  const queue = items.entries();
  const drain = async (): Promise<void> => {
    for (const [index, item] of queue) await work(item, index);
  };
  await Promise.all([drain(), drain(), drain()]);
}

describe.each(SEARCHES.map((search) => [search.dialect, search] as const))(
  'a search for %s',
  (dialect, search) => {
    test("finds what is not the tenant's only without its clause, whatever else is asked", async () => {
      const filters = combinations(search.holds);
      await each(filters, async (filter, index) => {
        const all = await search.run(mlflow, checkFilter(filter, dialect, 'filter'), world);
        expect(ownersOf(all, world), filter).toEqual(OWNERS);
        const owner = OWNERS[index % OWNERS.length]!;
        const sent = tenantFilter(filter, dialect, { key: 'tenant', value: owner }, 'filter');
        const own = await search.run(mlflow, sent, world);
        expect([own.length, ownersOf(own, world)], sent).toEqual([1, [owner]]);
      });
      console.log(`${dialect}: ${filters.length} filters, each for a tenant and for nobody in particular`);
    });

    test('finds the tag under a key just when the gateway says it can', async () => {
      const found: string[] = [];
      await each(KEYS, async (key) => {
        const value = valueUnder(key, 'team-a');
        // As it would be written if every key could be carried.
        const simple = /^[A-Za-z_]\w*$/.test(key);
        const asked = canName(dialect, key)
          ? tenantFilter(undefined, dialect, { key, value }, 'filter')
          : `tags.${simple ? key : `\`${key}\``} = '${value}'`;
        const ids = await search.run(mlflow, asked, world).catch(() => []);
        if (ids.length === 1 && world.owners.get(ids[0]!) === 'team-a') found.push(key);
      });
      expect(found.sort()).toEqual(KEYS.filter((key) => canName(dialect, key)).sort());
      console.log(`${dialect}: ${found.length} of ${KEYS.length} keys`);
    });

    test('finds nothing for a tenant that owns nothing, and no other by asking for it', async () => {
      const nobody = { key: 'tenant', value: 'nobody' };
      expect(await search.run(mlflow, tenantFilter(undefined, dialect, nobody, 'filter'), world)).toEqual([]);
      for (const other of [
        "tags.tenant = 'team-b'",
        "tags.tenant != 'team-a'",
        "tags.tenant LIKE 'team-b'",
      ]) {
        const sent = tenantFilter(other, dialect, { key: 'tenant', value: 'team-a' }, 'filter');
        expect(await search.run(mlflow, sent, world), sent).toEqual([]);
      }
    });
  },
);
