import { expect, test } from 'vitest';
import { AuthorizationCodes, challengeOf } from './codes.ts';

const request = { clientId: 'ui', redirectUri: 'http://127.0.0.1:1/cb', challenge: challengeOf('verifier') };
const right = { clientId: request.clientId, redirectUri: request.redirectUri, verifier: 'verifier' };

test('the challenge is that of RFC 7636, appendix B', () => {
  expect(challengeOf('dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk')).toBe(
    'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
  );
});

test('a code is for one use', () => {
  const codes = new AuthorizationCodes();
  const code = codes.issue(request, 'carol');
  expect(codes.redeem({ code, ...right })).toBe('carol');
  expect(codes.redeem({ code, ...right })).toBeUndefined();
});

test.each([
  ['verifier', { verifier: 'other' }],
  ['client', { clientId: 'other' }],
  ['address', { redirectUri: 'http://127.0.0.1:2/cb' }],
])('another %s gets nothing, and uses the code up', (_, wrong) => {
  const codes = new AuthorizationCodes();
  const code = codes.issue(request, 'carol');
  expect(codes.redeem({ code, ...right, ...wrong })).toBeUndefined();
  expect(codes.redeem({ code, ...right })).toBeUndefined();
});

test('a code expires', () => {
  let now = 0;
  const codes = new AuthorizationCodes(() => now);
  const code = codes.issue(request, 'carol');
  now = 120_000;
  expect(codes.redeem({ code, ...right })).toBeUndefined();
});

test('keeps the newest hundred', () => {
  const codes = new AuthorizationCodes();
  const issued = Array.from({ length: 101 }, () => codes.issue(request, 'carol'));
  expect(codes.redeem({ code: issued[0]!, ...right })).toBeUndefined();
  expect(codes.redeem({ code: issued[1]!, ...right })).toBe('carol');
});
