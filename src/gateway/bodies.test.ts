import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type InProcessGateway, startInProcess } from '../testing/in-process.ts';

let gateway: InProcessGateway;
beforeAll(async () => {
  gateway = await startInProcess();
});
afterAll(() => gateway.stop());

const MIB = 1024 * 1024;
const BATCH = 'POST /api/2.0/mlflow/runs/log-batch';

function post(path: string, headers: readonly string[], body: Buffer): Promise<string> {
  const head = [`POST ${path} HTTP/1.1`, 'Host: g', 'X-Tenant: team-a', 'Connection: close', ...headers];
  return gateway.raw(
    `${head.join('\r\n')}\r\nContent-Length: ${body.length}\r\n\r\n${body.toString('latin1')}`,
  );
}

/** A compressed export of empty spans. `bytes` is its length before compression. */
function emptySpans(bytes: number): Buffer {
  const length = (n: number): number[] => [
    (n & 127) | 128,
    ((n >> 7) & 127) | 128,
    ((n >> 14) & 127) | 128,
    n >> 21,
  ];
  const spans = Buffer.alloc(bytes, Buffer.from('1200', 'hex'));
  const scope = Buffer.concat([Buffer.from([0x12, ...length(spans.length)]), spans]);
  return gzipSync(Buffer.concat([Buffer.from([0x0a, ...length(scope.length)]), scope]), { level: 9 });
}

it.each([4, 15])('refuses %i MiB of empty spans, compressed to some kilobytes', async (mebibytes) => {
  const bomb = emptySpans(mebibytes * MIB - 64);
  expect(bomb.length).toBeLessThan(mebibytes * 1100);
  const headers = [
    'Content-Type: application/x-protobuf',
    'Content-Encoding: gzip',
    'X-MLflow-Experiment-Id: 1',
  ];
  expect(await post('/v1/traces', headers, bomb)).toMatch(/^HTTP\/1\.1 413[\s\S]*body_too_large/);
});

it.each(['{},', '"1",'])('refuses 4 MiB of %s by their number', async (item) => {
  const text = `{"metrics":[${item.repeat((4 * MIB - 64) / item.length)}0]}`;
  const { status, body } = await gateway.send(BATCH, [], text);
  expect({ status, message: body.message }).toEqual({
    status: 413,
    message: 'The body holds more than 50000 values and keys. Send it in several requests.',
  });
});

it('refuses further bodies of a caller with many unfinished ones, serves other callers, and serves the caller again once those have ended', async () => {
  const halves: Socket[] = [];
  for (let i = 0; i < 2; i++) {
    const socket = connect(gateway.port, '127.0.0.1');
    socket.on('error', () => {});
    await once(socket, 'connect');
    socket.write(
      `${BATCH} HTTP/1.1\r\nHost: g\r\nX-Tenant: team-a\r\nX-Subject: alice\r\nContent-Type: application/json\r\nContent-Length: ${4 * MIB}\r\n\r\n`,
    );
    socket.write(Buffer.alloc(4 * MIB - 1, ' '));
    halves.push(socket);
  }
  const body = JSON.stringify({ run_id: '0'.repeat(32), tags: [{ key: 'k', value: 'v'.repeat(MIB) }] });
  const full = (subject: string): Promise<unknown> =>
    gateway.send(BATCH, [`X-Subject: ${subject}`], body).then(({ status }) => status);
  // Only the length is sent: the gateway refuses the body before it arrives.
  const announced = (subject: string): Promise<string> =>
    gateway.raw(
      `${BATCH} HTTP/1.1\r\nHost: g\r\nX-Tenant: team-a\r\nX-Subject: ${subject}\r\nContent-Type: application/json\r\nContent-Length: ${4 * MIB}\r\n\r\n{`,
    );
  expect(await full('alice')).toBe(200);
  const refused = await announced('alice');
  expect(refused).toMatch(/^HTTP\/1\.1 429[\s\S]*body_budget_exhausted/);
  expect(refused).toMatch(/\r\nretry-after: 1\r\n/i);
  expect(await full('bob')).toBe(200);
  for (const socket of halves) socket.destroy();
  const reason = (): unknown => gateway.audited.at(-1)?.reason;
  await expect.poll(reason).toBe('malformed_request');
  expect(await full('alice')).toBe(200);
});
