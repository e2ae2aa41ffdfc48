import { execFile } from 'node:child_process';
import { createServer } from 'node:http';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { fetcher } from './http.ts';
import { listenOnLoopback } from './loopback.ts';
import { curlLine, runStep, type Step, steps } from './quickstart-steps.ts';

const tokens = { TEAM_A_TOKEN: 'a-token', TEAM_A_VIEWER_TOKEN: 'v-token', TEAM_B_TOKEN: 'b-token' };
const seen: string[] = [];
const server = createServer(async (req, res) => {
  let body = '';
  for await (const chunk of req) body += chunk;
  seen.push(`${req.method} ${req.url} ${req.headers.authorization} ${req.headers['content-type']} ${body}`);
  res.writeHead(403).end('{"error_code":"PERMISSION_DENIED"}');
});
let address: string;
let stop: () => Promise<void>;
beforeAll(async () => {
  ({ address, stop } = await listenOnLoopback(server));
});
afterAll(() => stop());

test.each(steps("it's"))('the curl line sends the request of the check: $title', async (step) => {
  seen.length = 0;
  await runStep(step, fetcher(address), tokens);
  const env = { PATH: process.env.PATH, GATEWAY: address, ...tokens };
  await promisify(execFile)('/bin/sh', ['-c', curlLine(step)], { env });
  expect(seen).toHaveLength(2);
  expect(seen[1]).toBe(seen[0]);
});

test('a step reports a wrong response', async () => {
  const step: Step = { title: '', path: '/', status: 200, holds: ['abc'], lacks: ['PERMISSION'] };
  const { problems } = await runStep(step, fetcher(address), tokens);
  expect(problems).toEqual([
    'status 403 instead of 200',
    'the response lacks abc',
    'the response contains PERMISSION',
  ]);
});
