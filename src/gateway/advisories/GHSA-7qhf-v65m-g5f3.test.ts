/**
 * GHSA-7qhf-v65m-g5f3, GHSA-46r5-x6jq-v8g6 (MLflow's auth app): an operation was checked below `/api` but not below
 * `/ajax-api`. All mounts of an operation are one row of the catalog, so the gateway judges them alike.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { OPERATIONS } from '../../catalog/generated/catalog.ts';
import type { Operation } from '../../catalog/types.ts';
import { type InProcessGateway, startInProcess } from '../../testing/in-process.ts';

let gateway: InProcessGateway;
beforeAll(async () => {
  gateway = await startInProcess({ GW_DEV_ROLE: 'viewer' });
});
afterAll(() => gateway.stop());

const WRITES = OPERATIONS.filter(({ permission }) => !permission.endsWith(':read'));
const served = (prefix: string): number =>
  OPERATIONS.flatMap(({ paths }) => paths).filter((path) => path.startsWith(prefix)).length;

it('there are mounts to try', () => {
  expect(served('/ajax-api/')).toBeGreaterThan(200);
  expect(served('/api/')).toBeGreaterThan(200);
});

it.each(WRITES.map((operation) => [operation.id, operation] as const))(
  '%s, on every mount',
  async (_, operation) => {
    const reasons = new Set<unknown>();
    for (const path of operation.paths) {
      const concrete = path.replace(/\{[^}]+\}/g, '1');
      const type = operation.contentTypes?.[0] ?? 'application/json';
      const answer = await gateway.send(`${operation.method} ${concrete}`, [
        ...required(operation),
        `Content-Type: ${type}`,
      ]);
      reasons.add(`${answer.status} ${answer.body.reason}`);
    }
    expect([...reasons]).toEqual(['403 role_insufficient']);
    expect(gateway.upstream.forwarded).toBeUndefined();
  },
);

it.each(OPERATIONS.filter((o) => !o.public).map((operation) => [operation.id, operation] as const))(
  '%s, without identity, on every mount',
  async (_, operation) => {
    for (const path of operation.paths) {
      const concrete = path.replace(/\{[^}]+\}/g, '1');
      const text = await gateway.raw(
        `${operation.method} ${concrete} HTTP/1.1\r\nHost: g\r\nConnection: close\r\n\r\n`,
      );
      expect(text, path).toMatch(/"reason":"(tenant_header_missing|unsupported_media_type)"/);
    }
    expect(gateway.upstream.forwarded).toBeUndefined();
  },
);

function required({ headers }: Operation): string[] {
  return headers.filter((field) => field.required).map(({ name }) => `${name}: 1`);
}
