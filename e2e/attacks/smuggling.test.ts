import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Stack, startStack, unique } from '../harness/stack.ts';

/**
 * Requests hidden in other requests, sent byte by byte at the real gateway before a real MLflow. What is hidden would
 * create an experiment in another team's workspace; none may be there afterwards.
 */

const mine = unique('mine');
const theirs = unique('theirs');
const CREATE = '/api/2.0/mlflow/experiments/create';
const SEARCH = '/api/2.0/mlflow/experiments/search';
let stack: Stack;

beforeAll(async () => {
  stack = await startStack({ auth: 'off', tenants: [mine, theirs] });
});
afterAll(() => stack?.stop());

/** Sends bytes as they are; all that comes back until the other side closes or is quiet. */
function raw(bytes: string, quietMs = 700): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    const socket = connect(stack.gateway.port, '127.0.0.1', () => socket.write(bytes, 'latin1'));
    socket.setTimeout(quietMs, () => socket.destroy());
    socket.on('data', (chunk) => {
      text += chunk;
    });
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'ECONNRESET' && error.code !== 'EPIPE') reject(error);
    });
    socket.on('close', () => resolve(text));
  });
}

/** As a caller could write it: with the gateway's own header for MLflow in it. */
function hidden(name: string): string {
  const body = JSON.stringify({ name });
  return [
    `POST ${CREATE} HTTP/1.1`,
    'Host: localhost',
    `X-MLFLOW-WORKSPACE: ${theirs}`,
    'Content-Type: application/json',
    `Content-Length: ${body.length}`,
    '',
    body,
  ].join('\r\n');
}

const head = (line: string, ...headers: string[]): string =>
  [line, 'Host: g', `X-Tenant: ${mine}`, ...headers, '', ''].join('\r\n');
const chunked = (text: string): string => `${text.length.toString(16)}\r\n${text}\r\n0\r\n\r\n`;
/** As java.net.http and OpenTelemetry's Java exporter send it with every request. */
const H2C = [
  'Connection: Upgrade, HTTP2-Settings',
  'Upgrade: h2c',
  'HTTP2-Settings: AAEAAEAAAAIAAAABAAMAAABkAAQBAAAAAAUAAEAA',
];
const PUT = 'PUT /api/2.0/mlflow-artifacts/artifacts/0/x HTTP/1.1';
const POST = `POST ${SEARCH} HTTP/1.1`;
const JSON_TYPE = 'Content-Type: application/json';
const BYTES = 'Content-Type: application/octet-stream';

async function namesIn(workspace: string): Promise<string[]> {
  const answer = await stack.direct(workspace)(SEARCH, { json: { max_results: 1_000 } });
  return (
    ((await answer.json()) as { experiments?: { name: string }[] }).experiments?.map(({ name }) => name) ?? []
  );
}

test('the hidden request would work', async () => {
  const name = unique('control');
  const { address } = stack.mlflow;
  const socket = connect(address.slice('unix:'.length), () => socket.write(hidden(name)));
  await new Promise((resolve) => socket.once('data', resolve));
  socket.destroy();
  expect(await namesIn(theirs)).toContain(name);
});

const ATTACKS: Record<string, (hidden: string) => string> = {
  'length and chunks, upload': (h) =>
    head(PUT, BYTES, 'Content-Length: 4', 'Transfer-Encoding: chunked') + chunked(h),
  'length and chunks, JSON': (h) =>
    `${head(POST, JSON_TYPE, `Content-Length: ${h.length + 10}`, 'Transfer-Encoding: chunked')}0\r\n\r\n${h}`,
  'two lengths': (h) => head(PUT, BYTES, 'Content-Length: 0', `Content-Length: ${h.length}`) + h,
  'a list of lengths': (h) => head(PUT, BYTES, `Content-Length: 0, ${h.length}`) + h,
  'a length with a sign': (h) => head(PUT, BYTES, 'Content-Length: +0') + h,
  'a length in hexadecimal': (h) => head(PUT, BYTES, 'Content-Length: 0x0') + h,
  'chunked, and something': (h) => head(PUT, BYTES, 'Transfer-Encoding: chunked, identity') + chunked(h),
  'chunked twice': (h) =>
    head(PUT, BYTES, 'Transfer-Encoding: chunked', 'Transfer-Encoding: chunked') + chunked(h),
  'chunked with a comma': (h) => head(PUT, BYTES, 'Transfer-Encoding: chunked,') + chunked(h),
  'chunked with a blank before the colon': (h) =>
    head(PUT, BYTES, 'Transfer-Encoding : chunked') + chunked(h),
  'chunked on a folded line': (h) => head(PUT, BYTES, 'Transfer-Encoding:\r\n chunked') + chunked(h),
  'chunked after a vertical tab': (h) => head(PUT, BYTES, 'Transfer-Encoding: \vchunked') + chunked(h),
  'chunked in another spelling': (h) =>
    head(PUT, BYTES, 'Transfer_Encoding: chunked', 'Content-Length: 0') + h,
  xchunked: (h) => head(PUT, BYTES, 'Transfer-Encoding: xchunked', 'Content-Length: 0') + h,
  'gzip, chunked': (h) => head(PUT, BYTES, 'Transfer-Encoding: gzip, chunked') + chunked(h),
  'a bare line feed in the head': (h) =>
    `${PUT}\nHost: g\nX-Tenant: ${mine}\n${BYTES}\nContent-Length: 0\n\n${h}`,
  'a bare carriage return': (h) => head(PUT, BYTES, 'X-A: b\rContent-Length: 0') + h,
  'a NUL in a header': (h) => head(PUT, BYTES, 'X-A: b\0', 'Content-Length: 0') + h,
  'a chunk that is longer than it says': (h) =>
    `${head(PUT, BYTES, 'Transfer-Encoding: chunked')}1\r\nx${h}\r\n0\r\n\r\n`,
  'a chunk size that overflows': (h) =>
    `${head(PUT, BYTES, 'Transfer-Encoding: chunked')}10000000000000001\r\nx\r\n0\r\n\r\n${h}`,
  'a chunk size with a sign': (h) => `${head(PUT, BYTES, 'Transfer-Encoding: chunked')}+0\r\n\r\n${h}`,
  'a chunk extension with a line feed': (h) =>
    `${head(PUT, BYTES, 'Transfer-Encoding: chunked')}1;a\n0\r\n\r\n${h}\r\n0\r\n\r\n`,
  trailers: (h) =>
    `${head(PUT, BYTES, 'Transfer-Encoding: chunked')}0\r\nContent-Length: ${h.length}\r\n\r\n${h}`,
  'a body on GET': (h) => head(`GET ${SEARCH} HTTP/1.1`, JSON_TYPE, `Content-Length: ${h.length}`) + h,
  'chunks on DELETE': (h) =>
    head('DELETE /api/2.0/mlflow-artifacts/artifacts/0/x HTTP/1.1', 'Transfer-Encoding: chunked') +
    chunked(h),
  'chunks on OPTIONS': (h) => head(`OPTIONS ${SEARCH} HTTP/1.1`, 'Transfer-Encoding: chunked') + chunked(h),
  'HTTP/1.0 with chunks': (h) =>
    head(PUT.replace('1.1', '1.0'), BYTES, 'Transfer-Encoding: chunked') + chunked(h),
  'an upgrade': (h) => head(`GET ${SEARCH} HTTP/1.1`, 'Connection: Upgrade', 'Upgrade: h2c') + h,
  'an upgrade of a JSON body': (h) => `${head(POST, JSON_TYPE, 'Content-Length: 2', ...H2C)}{}${h}`,
  'an upgrade of an upload': (h) => `${head(PUT, BYTES, 'Content-Length: 1', ...H2C)}x${h}`,
  'an upgrade with chunks': (h) =>
    `${head(PUT, BYTES, 'Transfer-Encoding: chunked', ...H2C)}1\r\nx\r\n0\r\n\r\n${h}`,
  'an upgrade with a coding that nobody knows': (h) =>
    head(PUT, BYTES, 'Transfer-Encoding: xchunked', ...H2C) + h,
  'an upgrade, and the preface of HTTP/2 before it': (h) =>
    `${head(`GET ${SEARCH} HTTP/1.1`, ...H2C)}PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n${h}`,
  'an upgrade to WebSocket': (h) =>
    head(`GET ${SEARCH} HTTP/1.1`, 'Connection: Upgrade', 'Upgrade: h2c, websocket') + h,
  CONNECT: (h) => head('CONNECT localhost:80 HTTP/1.1') + h,
  'Connection: Content-Length': (h) =>
    head(PUT, BYTES, 'Connection: Content-Length', `Content-Length: ${h.length}`) + h,
  Expect: (h) => head(PUT, BYTES, 'Expect: 100-continue', `Content-Length: ${h.length}`) + h,
  'a line break in the path': (h) => head(`GET ${SEARCH}%0d%0a%0d%0a${encodeURIComponent(h)} HTTP/1.1`),
  'a line break in a header of an operation': (h) =>
    head('POST /v1/traces HTTP/1.1', JSON_TYPE, `X-MLflow-Experiment-Id: 0\r\n\r\n${h}`),
  'an absolute target': (h) => head(`GET http://localhost${SEARCH} HTTP/1.1`) + h,
};

describe('a request hidden in another', () => {
  test.each(Object.keys(ATTACKS))('%s', async (attack) => {
    const name = unique('smuggled');
    const text = await raw(ATTACKS[attack]!(hidden(name)));
    // Where the hidden one is read as a request of its own it has no tenant, and is refused as such.
    expect(text).toMatch(/^HTTP\/1\.1 \d{3} /);
    expect(await namesIn(theirs)).not.toContain(name);
    expect(await namesIn(mine)).not.toContain(name);
    expect(await namesIn('default')).not.toContain(name);
    // The connection to MLflow is as good as before: the next one gets its own answer.
    const next = await stack.as(mine)(SEARCH, { json: { max_results: 5 } });
    expect(next.status).toBe(200);
    expect(await next.text()).not.toContain('smuggled');
  });
});

test('forwarded headers of a caller who is no proxy of ours are not believed', async () => {
  const claims = { 'x-forwarded-for': '203.0.113.7', forwarded: 'for=203.0.113.7' };
  for (const [name, value] of Object.entries(claims)) {
    const answer = await stack.as(mine)('/version', { headers: { [name]: value } });
    expect(await stack.auditOf(answer)).toMatchObject({ client_address: '127.0.0.1', status_code: 200 });
  }
});

describe('an offer of another protocol', () => {
  test.each(['h2c', 'TLS/1.2', 'TLS/1.2, HTTP/2.0'])(
    '%s is ignored, with and without a body, on one connection',
    async (offer) => {
      const offered = H2C.map((line) => line.replace('h2c', offer));
      const ids = [unique('o'), unique('o'), unique('o')];
      let text = '';
      const socket = connect(stack.gateway.port, '127.0.0.1');
      socket.on('data', (chunk) => {
        text += chunk;
      });
      for (const [at, id] of ids.entries()) {
        const own = `X-Request-ID: ${id}`;
        socket.write(
          at === 1
            ? head(`GET ${SEARCH}?max_results=1 HTTP/1.1`, own, ...offered)
            : `${head(POST, JSON_TYPE, 'Content-Length: 17', own, ...offered)}{"max_results":1}`,
        );
        // As Java does: the next one when this one is answered.
        for (
          const deadline = performance.now() + 10_000;
          !text.includes(id) && performance.now() < deadline;
        )
          await sleep(20);
      }
      socket.destroy();
      expect(text.match(/HTTP\/1\.1 200/g)).toHaveLength(3);
      expect(text).not.toContain('HTTP/1.1 101');
      expect([...text.matchAll(/x-request-id: (\S+)/gi)].map((match) => match[1])).toEqual(ids);
      const audited = () =>
        stack.audit().filter(({ request_id, decision }) => ids.includes(request_id) && decision === 'allow');
      // Lines are written behind the answer.
      for (
        const deadline = performance.now() + 10_000;
        audited().length < 3 && performance.now() < deadline;
      )
        await sleep(20);
      expect(audited()).toHaveLength(3);
    },
  );

  test('WebSocket is refused with its reason', async () => {
    const text = await raw(head(`GET ${SEARCH} HTTP/1.1`, 'Connection: Upgrade', 'Upgrade: websocket'));
    expect(text).toMatch(/^HTTP\/1\.1 400 /);
    expect(text).toContain('"upgrade_refused"');
  });
});

test('requests sent one after the other without waiting are requests of their own', async () => {
  const body = '{"max_results":1}';
  const one = (id: string): string =>
    head(POST, JSON_TYPE, `Content-Length: ${body.length}`, `X-Request-ID: ${id}`) + body;
  const ids = [unique('p'), unique('p'), unique('p')];
  const text = await raw(ids.map(one).join(''), 2_000);
  expect(text.match(/HTTP\/1\.1 200/g)).toHaveLength(3);
  expect([...text.matchAll(/x-request-id: (\S+)/gi)].map((match) => match[1])).toEqual(ids);
  expect(stack.audit().filter(({ request_id }) => ids.includes(request_id))).toHaveLength(3);
});
