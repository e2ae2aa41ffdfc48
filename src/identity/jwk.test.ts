import { expect, it } from 'vitest';
import { hasPrivatePart } from './jwk.ts';

it.each(['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k', 'priv'])('%s is a private part', (member) => {
  expect(hasPrivatePart({ kty: 'RSA', n: 'AQAB', e: 'AQAB', [member]: 'AQAB' })).toBe(true);
});

it('a public key has no private part', () => {
  expect(hasPrivatePart({ kty: 'RSA', n: 'AQAB', e: 'AQAB', kid: '1', alg: 'RS256', use: 'sig' })).toBe(
    false,
  );
});
