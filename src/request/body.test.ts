import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import type { DenialError } from '../denial.ts';
import { readHeaders } from '../http/headers.ts';
import { readBytes, withoutMark } from './body.ts';
import { isJson } from './media-type.ts';

/** A server that reads bodies with these limits, the bodies that it read or refused, and a function that sends it bytes. */
async function reader(limit: number, timeoutMs: number) {
  const { promise, resolve } = Promise.withResolvers<string>();
  const server = createServer((req, res) => {
    readBytes(req, readHeaders(req.rawHeaders), limit, timeoutMs).then(
      (bytes) => resolve(bytes.toString()),
      (error: DenialError) => resolve(`${error.reason}: ${error.message}`),
    );
    promise.then(() => res.end());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  socket.on('error', () => {});
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { ended: promise, socket };
}

const HEAD = 'POST / HTTP/1.1\r\nhost: g\r\n';

it('reads a body with a length and a chunked one', async () => {
  const first = await reader(5, 60_000);
  first.socket.write(`${HEAD}content-length: 5\r\n\r\nhello`);
  expect(await first.ended).toBe('hello');
  const second = await reader(5, 60_000);
  second.socket.write(`${HEAD}transfer-encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n`);
  expect(await second.ended).toBe('hello');
});

it.each([
  ['announced', 'content-length: 6\r\n\r\n'],
  ['in chunks', 'transfer-encoding: chunked\r\n\r\n6\r\nhello!\r\n'],
])('refuses a body that is too large, %s, before all of it has arrived', async (_, rest) => {
  const { ended, socket } = await reader(5, 60_000);
  socket.write(HEAD + rest);
  expect(await ended).toMatch(/^body_too_large/);
});

it('refuses a body that arrives a byte at a time', async () => {
  const { ended, socket } = await reader(1_000, 100);
  socket.write(`${HEAD}content-length: 1000\r\n\r\n`);
  const drip = setInterval(() => socket.write('x'), 10);
  expect(await ended).toBe('malformed_request: The body did not arrive in time.');
  clearInterval(drip);
});

it('ends when the caller closes the connection', async () => {
  const { ended, socket } = await reader(5, 60_000);
  socket.write(`${HEAD}content-length: 5\r\n\r\nhe`, () => setTimeout(() => socket.destroy(), 50));
  expect(await ended).toMatch(/^malformed_request: The connection was closed/);
});

it.each([
  ['application/json;', true],
  ['application/json;charset=utf8', true],
  ['Application/JSON ; charset="UTF-8"; q=1;;', true],
  ['application/json; charset=utf-8; charset=utf-16', false],
  ['application/json; charset =utf-16', false],
  ['application/json; charset', false],
  ['application/json; charset=latin1', false],
  ['application/jsonp;', false],
  ['application/json, text/plain', false],
])('%j is JSON in UTF-8: %s', (type, is) => {
  expect(isJson(type)).toBe(is);
});

it('one byte-order mark is removed', () => {
  expect(Buffer.from(withoutMark(Buffer.from('\ufeff\ufeff{}'))).toString()).toBe('\ufeff{}');
  expect(Buffer.from(withoutMark(Buffer.from('{}'))).toString()).toBe('{}');
});
