import { expect, it } from 'vitest';
import type { UpstreamResponse } from './types.ts';
import { judgeResponse, judgeStatus } from './unusable-response.ts';

const answer = (status: number, body = '', type = 'text/plain'): UpstreamResponse => ({
  status,
  headers: { 'content-type': type },
  body: Buffer.from(body),
});
const question = { what: 'a search', host: 'localhost' };

it.each([
  [401, 'secret', /requires its own credentials.*--app-name.*auth\.enabled.*app_name/],
  [403, 'Invalid Host header - possible DNS rebinding attack detected', /\(localhost\).*GW_UPSTREAM_HOST/],
  [403, 'secret', /403 to a search: an auth app/],
  [404, 'secret', /GW_UPSTREAM_PATH_PREFIX/],
  [302, 'secret', /a redirect.*sign in/],
  [400, 'secret', /400 to a search/],
  [200, '<!doctype html><p>secret', /a page \(HTML\).*not MLflow/],
  [200, '\n <HTML>secret', /a page \(HTML\)/],
  [200, 'secret', /something else/],
  [200, '', /something else/],
  [200, '["secret"]', /something else/],
  [200, 'null', /something else/],
] as const)('%s with %j is unusable, and the reason quotes none of it', (status, body, why) => {
  const found = judgeResponse(answer(status, body), question);
  expect(found?.why).toMatch(why);
  expect(found?.why).not.toContain('secret');
  expect(found?.passing).toBe(false);
});

it.each([500, 502, 503, 504, 429])('%s may be temporary', (status) => {
  expect(judgeResponse(answer(status), question)?.passing).toBe(true);
});

it('a JSON object is usable, with any content type and any fields', () => {
  expect(judgeResponse(answer(200, '{}'), question)).toBeUndefined();
  expect(judgeResponse(answer(200, '{"a":1}', 'application/json'), question)).toBeUndefined();
  expect(judgeStatus(answer(200, 'OK'), question)).toBeUndefined();
});

it('names the prefix after a 404 below a prefix', () => {
  expect(judgeStatus(answer(404), { ...question, prefix: '/ml' })?.why).toContain('--static-prefix /ml');
});
