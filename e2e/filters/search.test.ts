import { beforeAll, describe, expect, inject, test } from 'vitest';
import { fetcher } from '../../dev/http.ts';
import { checkFilter, tenantFilter } from '../../src/tenancy/filter/tenant-filter.ts';
import { canName } from '../../src/tenancy/filter/testing/can-name.ts';
import { inParallel } from '../harness/in-parallel.ts';
import { sendBy } from '../harness/requests/operations.ts';
import { unique } from '../harness/stack.ts';
import { ownersOf, SEARCHES } from './searches.ts';
import { KEYS, makeTaggedResources, OWNERS, type TaggedResources, valueUnder } from './tagged-resources.ts';

const workspace = unique('filters');
const mlflow = fetcher(inject('mlflow').address, { 'x-mlflow-workspace': workspace });
let resources: TaggedResources;

beforeAll(async () => {
  const made = await fetcher(inject('mlflow').address)('/api/3.0/mlflow/workspaces', {
    json: { name: workspace },
  });
  expect(made.status).toBe(201);
  resources = await makeTaggedResources(sendBy(mlflow), workspace);
});

/** Each clause alone, each pair, and all clauses. */
function combinations(clauses: readonly string[]): string[] {
  const pairs = clauses.flatMap((one, index) =>
    clauses.slice(index + 1).map((other) => `${one} AND ${other}`),
  );
  return [...clauses, ...pairs, clauses.join(' AND ')];
}

describe.each(SEARCHES.map((search) => [search.dialect, search] as const))(
  'a search for %s',
  (dialect, search) => {
    test("finds other tenants' resources only without the tenant clause, with any other clause", async () => {
      const filters = combinations(search.holds);
      await inParallel([...filters.entries()], async ([index, filter]) => {
        const all = await search.run(mlflow, checkFilter(filter, dialect, 'filter'), resources);
        expect(ownersOf(all, resources), filter).toEqual(OWNERS);
        const owner = OWNERS[index % OWNERS.length]!;
        const sent = tenantFilter(filter, dialect, { key: 'tenant', value: owner }, 'filter');
        const own = await search.run(mlflow, sent, resources);
        expect([own.length, ownersOf(own, resources)], sent).toEqual([1, [owner]]);
      });
      console.log(`${dialect}: ${filters.length} filters, each with and without the tenant clause`);
    });

    test('finds the tag under a key exactly when the gateway supports the key', async () => {
      const found: string[] = [];
      await inParallel(KEYS, async (key) => {
        const value = valueUnder(key, 'team-a');
        // As if the gateway supported every key.
        const simple = /^[A-Za-z_]\w*$/.test(key);
        const asked = canName(dialect, key)
          ? tenantFilter(undefined, dialect, { key, value }, 'filter')
          : `tags.${simple ? key : `\`${key}\``} = '${value}'`;
        const ids = await search.run(mlflow, asked, resources).catch(() => []);
        if (ids.length === 1 && resources.owners.get(ids[0]!) === 'team-a') found.push(key);
      });
      expect(found.sort()).toEqual(KEYS.filter((key) => canName(dialect, key)).sort());
      console.log(`${dialect}: ${found.length} of ${KEYS.length} keys`);
    });

    test('finds nothing for a tenant without resources, and no other tenant by its name', async () => {
      const unused = { key: 'tenant', value: 'nobody' };
      expect(await search.run(mlflow, tenantFilter(undefined, dialect, unused, 'filter'), resources)).toEqual(
        [],
      );
      for (const other of [
        "tags.tenant = 'team-b'",
        "tags.tenant != 'team-a'",
        "tags.tenant LIKE 'team-b'",
      ]) {
        const sent = tenantFilter(other, dialect, { key: 'tenant', value: 'team-a' }, 'filter');
        expect(await search.run(mlflow, sent, resources), sent).toEqual([]);
      }
    });
  },
);
