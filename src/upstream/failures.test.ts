import { describe, expect, it } from 'vitest';
import { DenialError } from '../denial.ts';
import { mayRetry, upstreamFailure, upstreamTimeout } from './failures.ts';

const failed = (code?: string, bytesRead?: number): Error =>
  Object.assign(
    new Error('10.1.2.3:5000'),
    code === undefined ? {} : { code },
    bytesRead === undefined ? {} : { socket: { bytesRead } },
  );

it.each([
  ['ECONNREFUSED', 'upstream_unreachable'],
  ['ENOENT', 'upstream_unreachable'],
  ['ENOTFOUND', 'upstream_unreachable'],
  ['SELF_SIGNED_CERT_IN_CHAIN', 'upstream_unreachable'],
  ['ECONNRESET', 'upstream_unreachable'],
  ['UND_ERR_SOCKET', 'upstream_unreachable'],
  ['UND_ERR_CONNECT_TIMEOUT', 'upstream_unreachable'],
  ['UND_ERR_HEADERS_OVERFLOW', 'upstream_invalid'],
  ['UND_ERR_RES_CONTENT_LENGTH_MISMATCH', 'upstream_invalid'],
])('%s is %s, without the address in the message', (code, reason) => {
  const error = upstreamFailure(failed(code));
  expect(error).toMatchObject({ name: 'DenialError', reason });
  expect(error.message).not.toContain('10.1.2.3');
});

it("returns the gateway's own defects unchanged", () => {
  for (const error of [
    failed(),
    failed('ERR_INVALID_CHAR'),
    failed('UND_ERR_INVALID_ARG'),
    failed('UND_ERR_REQ_CONTENT_LENGTH_MISMATCH'),
    failed('ERR_UNESCAPED_CHARACTERS'),
    new DenialError('internal_error', ''),
  ]) {
    expect(upstreamFailure(error)).toBe(error);
  }
});

it('reports the time that it waited', () => {
  expect(upstreamTimeout(1500)).toMatchObject({
    reason: 'upstream_timeout',
    message: 'MLflow did not answer within 1.5 seconds.',
  });
});

it.each(['bad response', 'bad upgrade'])(
  'refuses an interim response that was not asked for: %s',
  (message) => {
    const error = Object.assign(new Error(message), { code: 'UND_ERR_SOCKET', socket: { bytesRead: 9 } });
    expect(upstreamFailure(error)).toMatchObject({ reason: 'upstream_invalid' });
    expect(mayRetry(error, { method: 'GET', body: undefined })).toBe(false);
  },
);

describe('mayRetry', () => {
  const get = { method: 'GET', body: undefined };

  it.each(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET'])('repeats a GET on a used connection: %s', (code) => {
    expect(mayRetry(failed(code, 100), get)).toBe(true);
  });

  it.each([
    ['a new connection', failed('ECONNRESET', 0), get],
    ['another failure', failed('ETIMEDOUT', 100), get],
    ['a method that changes something', failed('ECONNRESET', 100), { method: 'POST', body: undefined }],
    ['a body', failed('ECONNRESET', 100), { method: 'GET', body: Buffer.from('{}') }],
    ['a request that had no connection', failed('ECONNRESET'), get],
  ])('does not repeat after %s', (_, error, sent) => {
    expect(mayRetry(error, sent)).toBe(false);
  });
});
