/**
 * Slowloris: very many callers each send a few bytes of a request now and then, and so hold their connections without end.
 * The head of a request has a time limit that further bytes do not prolong, and so has a JSON body (body.test.ts). A
 * stalled stream is cut off (upstream/timeouts.test.ts).
 */
import { once } from 'node:events';
import { type AddressInfo, connect } from 'node:net';
import { connect as connectByTls } from 'node:tls';
import { expect, it, onTestFinished } from 'vitest';
import { CERTIFICATE, PRIVATE_KEY } from '../../upstream/testing/tls.ts';
import { makeServer } from '../server.ts';
import { ListenerTls } from '../tls/listener-tls.ts';

const refused: { status: number; message: string }[] = [];

async function drip(protocol: string, bytes: string, then: string): Promise<string> {
  const pair = { cert: CERTIFICATE, key: PRIVATE_KEY };
  const tls = protocol === 'https' ? new ListenerTls({ pair, log: { warn: () => {} } }) : undefined;
  const server = makeServer(
    {
      handle: async (_req, res) => void res.end('handled'),
      refuseUnread: (status, message) => {
        refused.push({ status, message });
        return { id: 'r1', body: message };
      },
    },
    { headersTimeoutMs: 200, tls },
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const to = { port, host: '127.0.0.1', ca: CERTIFICATE };
  const socket = tls === undefined ? connect(to) : connectByTls(to);
  let timer: NodeJS.Timeout | undefined;
  // Only then: what is written during a handshake would come before the beginning.
  socket.once(tls === undefined ? 'connect' : 'secureConnect', () => {
    socket.write(bytes);
    timer = setInterval(() => socket.writable && socket.write(then), 20);
  });
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
  for (const protocol of ['http', 'https'])
    expect(await drip(protocol, bytes, then)).toMatch(/^HTTP\/1\.1 408 Request Timeout/);
  expect(refused.at(-1)).toEqual({ status: 408, message: 'The head of the request did not arrive in time.' });
});
