import { once } from 'node:events';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises';
import { connect as connectByTls } from 'node:tls';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { found } from '../../dev/waiting.ts';
import { CERTIFICATE, PRIVATE_KEY } from '../upstream/testing/tls.ts';
import { makeServer } from './server.ts';
import { ListenerTls } from './tls/listener-tls.ts';

/** As java.net.http of JDK 17 writes it. */
const OFFER =
  'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAEAAEAAAAIAAAABAAMAAABkAAQBAAAAAAUAAEAA\r\n';
const POST = `POST /a HTTP/1.1\r\nHost: g\r\n${OFFER}`;
const HIDDEN = 'POST /hidden HTTP/1.1\r\nHost: g\r\nContent-Length: 0\r\n\r\n';

let port: number;
let handled: string[];
let refused: [string, string | undefined][];
let protocol: 'http' | 'https';
/** The response to a request waits for it. */
let mayAnswer: () => Promise<unknown>;
let server: ReturnType<typeof makeServer>;
/** The server's side of the connection. */
let accepted: Socket;

beforeEach(async () => {
  handled = [];
  refused = [];
  mayAnswer = turn;
  const tls = new ListenerTls({ pair: { cert: CERTIFICATE, key: PRIVATE_KEY }, log: { warn: () => {} } });
  server = makeServer(
    {
      handle: async (req, res) => {
        let body = '';
        if (req.url !== '/unread') for await (const chunk of req) body += chunk;
        handled.push(`${req.method} ${req.url} ${body}`);
        await mayAnswer();
        res.end(`(${body})`);
      },
      refuseUnread: (_status, message, req) => {
        refused.push([message, req?.url]);
        return { id: 'i', body: '{}' };
      },
    },
    protocol === 'https' ? { tls } : {},
  );
  server.on(protocol === 'https' ? 'secureConnection' : 'connection', (socket: Socket) => {
    accepted = socket;
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  port = (server.address() as AddressInfo).port;
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

const open = (): Socket =>
  protocol === 'https'
    ? connectByTls({ port, host: '127.0.0.1', ca: CERTIFICATE })
    : connect(port, '127.0.0.1');

interface Received {
  readonly statuses: string[];
  readonly text: string;
  readonly closed: boolean;
}

/** Turns of the event loop without any change after which nothing more happens. */
const QUIET_TURNS = 20;
const OFTEN = { everyMs: 1 };

/**
 * Sends each piece once the one before was read and nothing happens any more. Returns the responses, and whether the connection was
 * closed; waits until it is, or until there are so many responses.
 */
async function sendUntil(responses: number, pieces: string[]): Promise<Received> {
  const socket = open().on('error', () => {});
  await once(socket, protocol === 'https' ? 'secureConnect' : 'connect');
  let text = '';
  let closed = false;
  socket.on('data', (chunk) => {
    text += chunk;
  });
  socket.on('end', () => {
    closed = true;
  });
  socket.setNoDelay(true);
  const statuses = (): string[] => [...text.matchAll(/HTTP\/1\.1 (\d{3})/g)].map((match) => match[1]!);
  const quiet = async (): Promise<void> => {
    let last = '';
    for (let turns = 0; turns < QUIET_TURNS; await sleep(1)) {
      const now = [accepted.bytesRead, handled.length, refused.length, text.length, closed].join();
      turns = now === last ? turns + 1 : 0;
      last = now;
    }
  };
  let sent = 0;
  for (const piece of pieces) {
    socket.write(piece);
    sent += Buffer.byteLength(piece);
    await found('the piece is read', () => accepted.bytesRead >= sent || socket.destroyed, OFTEN);
    await quiet();
  }
  await found('the end', () => socket.destroyed || statuses().length === responses, OFTEN);
  await quiet();
  socket.destroy();
  return { statuses: statuses(), text, closed };
}

/** For a connection that is closed. */
const send = (...pieces: string[]): Promise<Received> => sendUntil(Number.POSITIVE_INFINITY, pieces);

// Over TLS, Node reads other bytes at a time, and counts them elsewhere.
describe.each(['http', 'https'] as const)('over %s', (over) => {
  beforeAll(() => {
    protocol = over;
  });

  describe('an offer of another protocol', () => {
    it.each(['h2c', 'TLS/1.2', 'h2c, TLS/1.3', 'IRC/6.9', 'websockets', 'x-websocket'])(
      'of %s is ignored, and the connection is kept',
      async (protocol) => {
        const get = `GET /a HTTP/1.1\r\nHost: g\r\nConnection: Upgrade\r\nUpgrade: ${protocol}\r\n\r\n`;
        const { statuses, text, closed } = await sendUntil(3, [get, get, HIDDEN]);
        expect(statuses).toEqual(['200', '200', '200']);
        expect(text).not.toMatch(/upgrade|connection: close/i);
        expect(closed).toBe(false);
        expect(refused).toEqual([]);
      },
    );

    it.each([
      ['in one piece', [`${POST}Content-Length: 3\r\n\r\nabc`]],
      ['head and body apart', [`${POST}Content-Length: 3\r\n\r\n`, 'abc']],
      ['a byte of the body at a time', [`${POST}Content-Length: 3\r\n\r\na`, 'b', 'c']],
      ['the head in two pieces', [POST.slice(0, 40), `${POST.slice(40)}Content-Length: 3\r\n\r\na`, 'bc']],
    ])('with a body, %s, is answered, and the connection is kept', async (_how, pieces) => {
      const { statuses, closed } = await sendUntil(3, [...pieces, ...pieces, HIDDEN]);
      expect(statuses).toEqual(['200', '200', '200']);
      expect(closed).toBe(false);
      expect(handled).toEqual(['POST /a abc', 'POST /a abc', 'POST /hidden ']);
    });

    it.each([
      ['chunks', [`${POST}Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n`], 'abc'],
      ['the end of the head in two pieces', [`${POST}Content-Length: 3\r\n\r`, '\nabc'], 'abc'],
      ['the end of a head in its body', [`${POST}Content-Length: 5\r\n\r\na\r\n\r\n`], 'a\r\n\r\n'],
    ])('with %s is answered, and the connection is closed', async (_how, pieces, body) => {
      const { statuses, text, closed } = await send(...pieces);
      expect([statuses, closed, handled]).toEqual([['200'], true, [`POST /a ${body}`]]);
      expect(text).toMatch(/connection: close/i);
    });

    it.each([
      ['without a body', `GET /a HTTP/1.1\r\nHost: g\r\n${OFFER}\r\n`, 'GET /a '],
      ['with a body', `${POST}Content-Length: 3\r\n\r\nabc`, 'POST /a abc'],
      ['with an empty body', `${POST}Content-Length: 0\r\n\r\n`, 'POST /a '],
      [
        'with a chunked body',
        `${POST}Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n`,
        'POST /a abc',
      ],
      [
        'with a body that is not read',
        `${POST.replace('/a', '/unread')}Content-Length: 3\r\n\r\nabc`,
        'POST /unread ',
      ],
    ])(
      '%s, followed by half of a request, does not let the other half be read as a request',
      async (_how, first, seen) => {
        const outer = `POST /outer HTTP/1.1\r\nHost: g\r\nContent-Length: ${HIDDEN.length}\r\n\r\n`;
        for (const cut of [1, 10, outer.length]) {
          handled = [];
          const { statuses, closed } = await send(first + outer.slice(0, cut), outer.slice(cut) + HIDDEN);
          expect([statuses, closed, handled]).toEqual([['200'], true, [seen]]);
        }
      },
    );

    it('in one piece with a following request closes the connection without reading that request', async () => {
      const { statuses, closed } = await send(
        `${POST}Content-Length: 3\r\n\r\na`,
        `bc${HIDDEN.slice(0, 9)}`,
        HIDDEN,
      );
      expect([statuses, closed, handled]).toEqual([['200'], true, ['POST /a abc']]);
    });

    it('with a request immediately behind it has that request refused and recorded', async () => {
      mayAnswer = () => found('the refusal', () => refused.length > 0, OFTEN);
      const socket = open().setNoDelay(true);
      socket.write(`${POST}Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n`);
      // Node drops a request that arrives in one piece with the end of the one before.
      await found('the request', () => handled.length > 0, OFTEN);
      socket.write(HIDDEN);
      await once(socket.resume(), 'close');
      expect(handled).toEqual(['POST /a abc']);
      expect(refused.map(([message]) => message)).toEqual([
        expect.stringContaining('behind one that offers another protocol'),
      ]);
    });

    it('behind a body that ends like a head does not count as the first request in its piece', async () => {
      const outer = 'POST /a HTTP/1.1\r\nHost: g\r\nContent-Length: 6\r\n\r\n';
      const offer = `POST /b HTTP/1.1\r\nHost: g\r\n${OFFER}`;
      const length = `${offer}Content-Length: 999\r\n\r\n`.length + 100;
      const { statuses, closed } = await send(
        `${outer}ab`,
        `\r\n\r\n${offer}Content-Length: ${length}\r\n\r\n${'x'.repeat(100)}`,
        `${'y'.repeat(length - 100)}${HIDDEN}`,
      );
      expect([statuses, closed]).toEqual([['200', '200'], true]);
      expect(handled).not.toContain('POST /hidden ');
    });
  });

  describe('refused, and the connection closed', () => {
    it.each(['websocket', 'WebSocket', 'h2c, websocket', 'websocket/13', 'h2c,websocket'])(
      'Upgrade: %s',
      async (protocol) => {
        const { statuses, closed } = await send(
          `GET /a HTTP/1.1\r\nHost: g\r\nConnection: Upgrade\r\nUpgrade: ${protocol}\r\n\r\n${HIDDEN}`,
          HIDDEN,
        );
        expect([statuses, closed, handled]).toEqual([['400'], true, []]);
        expect(refused).toEqual([[expect.stringContaining('WebSocket'), '/a']]);
      },
    );

    it.each(['gzip', 'chunked, chunked', 'gzip, chunked', 'xchunked', 'identity'])(
      'an offer with Transfer-Encoding: %s, which the parser treats as a request without a body',
      async (coding) => {
        const { statuses, closed } = await send(
          `${POST}Transfer-Encoding: ${coding}\r\n\r\n`,
          HIDDEN,
          HIDDEN,
        );
        expect([statuses, closed, handled]).toEqual([['400'], true, []]);
      },
    );

    it('an offer with a length and chunks', async () => {
      const { statuses, closed } = await send(
        `${POST}Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${HIDDEN}`,
      );
      expect([statuses, closed, handled]).toEqual([['400'], true, []]);
    });

    it('CONNECT', async () => {
      const { statuses } = await send(`CONNECT a:1 HTTP/1.1\r\nHost: g\r\n\r\n${HIDDEN}`);
      expect([statuses, handled]).toEqual([['400'], []]);
      expect(refused).toEqual([['CONNECT is refused.', 'a:1']]);
    });
  });
});
