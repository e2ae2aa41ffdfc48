import { createServer, type IncomingMessage, request } from 'node:http';
import { expect, it } from 'vitest';
import { DenialError } from '../denial.ts';
import { listen, stub, upstreamTo } from './testing/servers.ts';
import type { ForwardResult } from './types.ts';

const JSON_TYPE = { 'content-type': 'application/json' };
const gone = new DenialError('resource_not_found', 'It is not yours any more.');

/** A gateway of one step that confirms a response before it forwards it. */
async function asking(to: number, method: string, confirm: () => Promise<void>) {
  const upstream = upstreamTo(to, { requestTimeoutMs: 60_000 });
  const events: string[] = [];
  const { promise, resolve } = Promise.withResolvers<ForwardResult | Error>();
  const server = createServer(async (req, res) => {
    const body = method !== 'POST' ? undefined : Buffer.from('{}');
    const outgoing = { method, path: '/', headers: {}, body, reads: method !== 'POST' };
    const ask = async (): Promise<void> => {
      events.push('asked');
      await confirm();
    };
    const answered = (): void => void events.push('answered');
    const end = await upstream
      .forward(req, res, outgoing, {}, { answered, confirm: ask })
      .catch((error: Error) => error);
    if (end instanceof Error && !res.headersSent) res.writeHead(404, JSON_TYPE).end('{}');
    resolve(end);
  });
  return { port: await listen(server), events, ended: promise };
}

function get(port: number, method: string): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, method, agent: false }, (answer: IncomingMessage) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('end', () => resolve({ status: answer.statusCode!, text: Buffer.concat(chunks).toString() }));
      answer.on('error', reject);
    });
    sent.on('error', reject);
    sent.end();
  });
}

it.each(['GET', 'POST'])('forwards nothing of a response to a %s that is not confirmed', async (method) => {
  const mlflow = await stub((_req, res) => res.writeHead(200, JSON_TYPE).end('"secret"'));
  const { port, events, ended } = await asking(mlflow, method, async () => {
    throw gone;
  });
  expect(await get(port, method)).toEqual({ status: 404, text: '{}' });
  expect(await ended).toBe(gone);
  // The request's locks are released afterwards, not before.
  expect(events).toEqual(['asked', 'answered']);
});

it.each(['GET', 'POST'])('forwards the whole response to a %s that is confirmed late', async (method) => {
  const whole = JSON.stringify('x'.repeat(300_000));
  const mlflow = await stub((_req, res) => res.writeHead(200, JSON_TYPE).end(whole));
  const { port, events } = await asking(
    mlflow,
    method,
    () => new Promise((resolve) => setTimeout(resolve, 100)),
  );
  expect(await get(port, method)).toEqual({ status: 200, text: whole });
  expect(events).toEqual(['asked', 'answered']);
});

it('forwards a response without a body that ends before it is confirmed', async () => {
  const mlflow = await stub((_req, res) => res.writeHead(200, JSON_TYPE).end('"body"'));
  const { port, events } = await asking(
    mlflow,
    'HEAD',
    () => new Promise((resolve) => setTimeout(resolve, 100)),
  );
  expect(await get(port, 'HEAD')).toEqual({ status: 200, text: '' });
  expect(events).toEqual(['asked', 'answered']);
});

it('a caller who leaves during the confirmation ends only its own request', async () => {
  const mlflow = await stub((_req, res) => res.writeHead(200, JSON_TYPE).end('"secret"'));
  const confirm = Promise.withResolvers<void>();
  const { port, events, ended } = await asking(mlflow, 'GET', () => confirm.promise);
  const caller = request({ host: '127.0.0.1', port, agent: false });
  caller.on('error', () => {});
  caller.end();
  await expect.poll(() => events).toEqual(['asked']);
  caller.destroy();
  expect(await ended).toMatchObject({ status: 499, aborted: true });
  confirm.resolve();
  await expect.poll(() => events).toEqual(['asked', 'answered']);
});

it('a connection that MLflow closes during the confirmation ends the request', async () => {
  const closed = Promise.withResolvers<void>();
  let cut = (): void => {};
  const mlflow = await stub((_req, res) => {
    res.writeHead(200, { ...JSON_TYPE, 'content-length': '100' });
    res.write('"half');
    res.once('close', closed.resolve);
    cut = () => void res.destroy();
  });
  const { port, ended } = await asking(mlflow, 'GET', async () => {
    cut();
    await closed.promise;
    for (let i = 0; i < 10; i++) await new Promise((resolve) => setImmediate(resolve));
  });
  const outcome = await get(port, 'GET').then(
    ({ status }) => status,
    () => 'broken off',
  );
  expect(outcome).not.toBe(200);
  await ended;
});
