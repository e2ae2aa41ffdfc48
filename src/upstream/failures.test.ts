import type { ClientRequest } from 'node:http';
import { describe, expect, it } from 'vitest';
import { DenialError } from '../denial.ts';
import { mayRetry, upstreamFailure, upstreamTimeout } from './failures.ts';

const failed = (code?: string): Error =>
  Object.assign(new Error('10.1.2.3:5000'), code === undefined ? {} : { code });

it.each([
  ['ECONNREFUSED', 'upstream_unreachable'],
  ['ENOENT', 'upstream_unreachable'],
  ['ENOTFOUND', 'upstream_unreachable'],
  ['SELF_SIGNED_CERT_IN_CHAIN', 'upstream_unreachable'],
  ['ECONNRESET', 'upstream_unreachable'],
  ['HPE_INVALID_CONSTANT', 'upstream_invalid'],
])('%s is %s, without the address in the message', (code, reason) => {
  const error = upstreamFailure(failed(code));
  expect(error).toMatchObject({ name: 'DenialError', reason });
  expect(error.message).not.toContain('10.1.2.3');
});

it("returns the gateway's own defects unchanged", () => {
  for (const error of [
    failed(),
    failed('ERR_INVALID_CHAR'),
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

describe('mayRetry', () => {
  const on = (reusedSocket: boolean): ClientRequest => ({ reusedSocket }) as ClientRequest;
  const get = { method: 'GET', body: undefined };

  it('repeats a GET that failed on a closed connection', () => {
    expect(mayRetry(failed('ECONNRESET'), on(true), get)).toBe(true);
    expect(mayRetry(failed('EPIPE'), on(true), get)).toBe(true);
  });

  it.each([
    ['a new connection', failed('ECONNRESET'), on(false), get],
    ['another failure', failed('ETIMEDOUT'), on(true), get],
    ['a method that changes something', failed('ECONNRESET'), on(true), { method: 'POST', body: undefined }],
    ['a body', failed('ECONNRESET'), on(true), { method: 'GET', body: Buffer.from('{}') }],
    ['a request that had no connection', failed('ECONNRESET'), undefined, get],
  ])('does not repeat after %s', (_, error, request, sent) => {
    expect(mayRetry(error, request, sent)).toBe(false);
  });
});
