import { createServer } from 'node:http';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { fetcher } from '../../../dev/http.ts';
import { listenOnLoopback } from '../../../dev/loopback.ts';
import { startRecorder, type WireCall } from './recorder.ts';
import { sameCalls } from './same-calls.ts';

const call = (target: string, status = 200, answer: unknown = {}): WireCall => ({
  method: 'GET',
  target,
  body: undefined,
  status,
  answer,
});

test('compares ids in queries by position, and reports a denial as a difference', () => {
  const server = 'http://127.0.0.1:5000';
  const result = sameCalls(
    { server, calls: [call('/get?experiment_id=7', 200, { experiment_id: '7' }), call('/x')] },
    { server, calls: [call('/get?experiment_id=9', 200, { experiment_id: '9' }), call('/x', 400)] },
  );
  expect(result).toEqual({
    calls: 2,
    equal: 1,
    differences: [{ at: 1, call: 'GET /x', path: 'status', straight: 200, gateway: 400 }],
  });
});

test('the relay passes header lines unchanged, adds the credentials, and records a compressed body as JSON', async () => {
  const seen: string[] = [];
  const server = createServer((req, res) => {
    seen.push(...req.rawHeaders);
    req.resume().on('end', () => res.setHeader('content-type', 'application/json').end('{"ok":true}'));
  });
  const { address, stop } = await listenOnLoopback(server);
  const recorder = await startRecorder(address, 'Bearer x', 'team-a');
  try {
    const answer = await fetcher(recorder.address)('/a?b=1', {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'content-encoding': 'gzip',
        upgrade: 'h2c',
        connection: 'Upgrade',
      },
      body: gzipSync('{"a":1}'),
    });
    expect(await answer.json()).toEqual({ ok: true });
    expect(recorder.calls()).toEqual([
      { method: 'POST', target: '/a?b=1', body: { a: 1 }, status: 200, answer: { ok: true } },
    ]);
    expect(seen).toEqual(expect.arrayContaining(['h2c', 'Bearer x', 'team-a']));
  } finally {
    await recorder.stop();
    await stop();
  }
});
