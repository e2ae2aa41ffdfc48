/**
 * A response without end, from an MLflow that is broken or under attack, fills the memory of a gateway that waits for the
 * end. A response that is read whole has a limit in bytes. Any other response is streamed (streaming.test.ts), and ends
 * when either side stalls (timeouts.test.ts).
 */
import { expect, it } from 'vitest';
import { front, raw, stub, upstreamTo } from '../testing/servers.ts';

const CHUNK = Buffer.alloc(64 * 1024, 'x');

/** Sends until the connection closes, then reports the number of bytes. */
async function endless(): Promise<{ port: number; sent: Promise<number> }> {
  const { promise, resolve } = Promise.withResolvers<number>();
  const port = await stub((req, res) => {
    let sent = 0;
    res.writeHead(200, { 'content-type': 'application/json' });
    const more = (): void => {
      do sent += CHUNK.length;
      while (res.write(CHUNK));
      res.once('drain', more);
    };
    req.socket.once('close', () => resolve(sent));
    more();
  });
  return { port, sent: promise };
}

it('a response to the gateway’s own request is aborted at the limit', async () => {
  const { port, sent } = await endless();
  const question = { method: 'GET', path: '/', headers: {}, body: undefined };
  await expect(upstreamTo(port).ask(question)).rejects.toMatchObject({ reason: 'upstream_invalid' });
  expect(await sent).toBeLessThan(16 * 1024 * 1024);
});

it('a response to rewrite is aborted at the limit, and none of it reaches the caller', async () => {
  const { port, sent } = await endless();
  const gateway = await front(upstreamTo(port), undefined, () => Buffer.from('{}'));
  const text = await raw(gateway.port, 'GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n');
  expect(text).toMatch(/^HTTP\/1\.1 502[\s\S]*upstream_invalid/);
  expect(text).not.toContain('xxx');
  expect(await sent).toBeLessThan(32 * 1024 * 1024);
});

it('a streamed response ends when the caller leaves', async () => {
  const { port, sent } = await endless();
  const gateway = await front(upstreamTo(port));
  const answer = await fetch(`http://127.0.0.1:${gateway.port}/`);
  await answer.body!.cancel();
  expect(await sent).toBeGreaterThan(0);
  expect(await gateway.next()).toMatchObject({ status: 200, aborted: true });
});
