import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { OPERATIONS } from '../catalog/generated/catalog.ts';
import { CatalogIndex, isMatch } from '../catalog/match.ts';
import type { RecordedRequest } from '../mlflow/dry-run-upstream.ts';
import { DAMAGE } from '../testing/damage.ts';
import { type InProcessGateway, startInProcess } from '../testing/in-process.ts';

/**
 * Damaged requests, byte by byte. Every request that the gateway sends to MLflow is an operation of the catalog, in the caller's
 * own workspace, with headers that the gateway selects; every response has its audit line.
 */

let gateway: InProcessGateway;
beforeAll(async () => {
  gateway = await startInProcess();
});
afterAll(() => gateway.stop());

const index = new CatalogIndex(OPERATIONS);
/** Turns of the event loop without any change after which no response follows: a slow machine makes them longer, not fewer. */
const QUIET_TURNS = 40;

const body = '{"experiment_ids":["1"],"max_results":5,"filter":"a = 1"}';
const SEEDS = [
  `POST /api/2.0/mlflow/runs/search HTTP/1.1\r\nHost: gateway\r\nX-Tenant: team-a\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
  `POST /ajax-api/2.0/mlflow/runs/search HTTP/1.1\r\nHost: gateway\r\nX-Tenant: team-a\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`,
  'GET /api/2.0/mlflow/runs/get?run_id=abc HTTP/1.1\r\nHost: gateway\r\nX-Tenant: team-a\r\nAccept: */*\r\n\r\n',
  'GET /api/3.0/mlflow/traces/tr-1 HTTP/1.1\r\nHost: gateway\r\nX-Tenant: team-a\r\nX-MLFLOW-WORKSPACE: team-a\r\n\r\n',
  'DELETE /api/2.0/mlflow-artifacts/artifacts/1/a/b HTTP/1.1\r\nHost: gateway\r\nX-Tenant: team-a\r\n\r\n',
];

const piece = fc.oneof(fc.constantFrom(...DAMAGE), fc.string({ unit: 'binary-ascii', maxLength: 3 }));
const damaged = fc
  .tuple(fc.constantFrom(...SEEDS), fc.array(fc.tuple(fc.nat(), fc.nat(4), piece), { maxLength: 3 }))
  .map(([seed, cuts]) =>
    cuts.reduce((text, [at, drop, added]) => {
      const start = at % (text.length + 1);
      return text.slice(0, start) + added + text.slice(start + drop);
    }, seed),
  );

const SENT_HEADERS = new Set([
  'accept',
  'accept-encoding',
  'accept-language',
  'content-type',
  'if-match',
  'if-modified-since',
  'if-none-match',
  'if-range',
  'if-unmodified-since',
  'range',
  'user-agent',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
  'x-mlflow-client-version',
  'x-mlflow-workspace',
  'x-request-id',
]);

it('sends MLflow only requests that it has parsed', async () => {
  let sent = 0;
  let refused = 0;
  await fc.assert(
    fc.asyncProperty(damaged, async (bytes) => {
      const before = gateway.audited.length;
      gateway.upstream.forwarded = undefined;
      const text = await exchange(bytes);
      const statuses = [...text.matchAll(/^HTTP\/1\.1 (\d{3}) /gm)].map(([, status]) => Number(status));
      expect(statuses.every((status) => status !== 500)).toBe(true);
      const lines = gateway.audited.slice(before);
      // A probe has no line, and a caller who disconnected has no response; every other response has exactly one line.
      expect(lines.filter(({ status_code }) => statuses.includes(status_code)).length).toBeGreaterThanOrEqual(
        statuses.filter((status) => status !== 100).length,
      );
      refused += lines.filter(({ decision }) => decision === 'deny').length;
      const forwarded = sentBy(gateway);
      if (forwarded === undefined) return;
      sent++;
      const path = forwarded.path.split('?', 1)[0]!;
      const match = index.find(forwarded.method, path);
      expect(isMatch(match), path).toBe(true);
      expect(Object.keys(forwarded.headers).filter((name) => !SENT_HEADERS.has(name))).toEqual([]);
      expect(forwarded.headers['x-forwarded-for']).toBe('127.0.0.1');
      // Damage may change the name in `X-Tenant`: the workspace must be that tenant's.
      const allowed = lines.findLast(({ decision }) => decision === 'allow')!;
      if (isMatch(match) && match.operation.workspaces.rule !== 'global')
        expect(forwarded.headers['x-mlflow-workspace']).toBe(allowed.tenant);
    }),
    { numRuns: 400 },
  );
  expect(sent).toBeGreaterThan(20);
  expect(refused).toBeGreaterThan(100);
});

/** In a function, so that TypeScript does not narrow the property to the value assigned before. */
const sentBy = ({ upstream }: InProcessGateway): RecordedRequest | undefined => upstream.forwarded;

/** The bytes that arrive until the gateway closes the connection or sends nothing for a while. */
async function exchange(bytes: string): Promise<string> {
  let text = '';
  const socket = connect(gateway.port, '127.0.0.1').on('error', () => {});
  socket.on('data', (chunk) => {
    text += chunk;
  });
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  await once(socket, 'connect');
  socket.write(bytes, 'latin1');
  let last = '';
  for (let turns = 0; turns < QUIET_TURNS && !socket.destroyed; await sleep(1)) {
    const now = `${text.length},${gateway.audited.length}`;
    turns = now === last ? turns + 1 : 0;
    last = now;
  }
  socket.destroy();
  await closed;
  return text;
}
