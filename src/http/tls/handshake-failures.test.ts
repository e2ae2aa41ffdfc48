import { expect, test } from 'vitest';
import { HandshakeFailures } from './handshake-failures.ts';

test('logs the first failure at once, and the others together', () => {
  const lines: object[] = [];
  let now = 0;
  const failures = new HandshakeFailures({ warn: (facts) => void lines.push(facts) }, () => now);
  const fail = (code: string) => failures.note(Object.assign(new Error('x'), { code }), '10.0.0.1');
  fail('ERR_SSL_HTTP_REQUEST');
  fail('ERR_SSL_UNSUPPORTED_PROTOCOL');
  // A port scan.
  fail('ECONNRESET');
  expect(lines).toEqual([{ failures: 1, code: 'ERR_SSL_HTTP_REQUEST', peer: '10.0.0.1' }]);
  now = 10_000;
  fail('ERR_SSL_WRONG_VERSION_NUMBER');
  expect(lines[1]).toEqual({ failures: 2, code: 'ERR_SSL_WRONG_VERSION_NUMBER', peer: '10.0.0.1' });
});
