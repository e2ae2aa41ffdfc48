/**
 * Slowloris: very many callers each send a few bytes of a request now and then, and so hold their connections without end.
 * The head of a request has a time limit that further bytes do not prolong, and so has a JSON body (body.test.ts). A
 * stalled stream is cut off (upstream/timeouts.test.ts).
 */
import { once } from 'node:events';
import { type AddressInfo, connect } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { makeServer } from '../server.ts';

const refused: { status: number; message: string }[] = [];

async function drip(bytes: string, then: string): Promise<string> {
  const server = makeServer(
    {
      handle: async (_req, res) => void res.end('handled'),
      refuseUnread: (status, message) => {
        refused.push({ status, message });
        return { id: 'r1', body: message };
      },
    },
    200,
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1', () => socket.write(bytes));
  const timer = setInterval(() => socket.writable && socket.write(then), 20);
  onTestFinished(() => {
    clearInterval(timer);
    server.close();
  });
  let text = '';
  socket.on('data', (chunk) => {
    text += chunk;
  });
  socket.on('error', () => {});
  await once(socket, 'close');
  return text;
}

it.each([
  ['headers', 'GET / HTTP/1.1\r\nHost: g\r\n', 'X-A: b\r\n'],
  ['one header', 'GET / HTTP/1.1\r\nHost: g\r\nX-A: ', 'b'],
  ['the request line', 'GET /', 'a'],
])('refuses a caller who sends %s slowly', async (_, bytes, then) => {
  expect(await drip(bytes, then)).toMatch(/^HTTP\/1\.1 408 Request Timeout/);
  expect(refused.at(-1)).toEqual({ status: 408, message: 'The head of the request did not arrive in time.' });
});
