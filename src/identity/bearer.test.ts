import { describe, expect, it } from 'vitest';
import { fastest } from '../http/testing.ts';
import { MAX_TOKEN_LENGTH, parseBearer, unauthorized, usualToken } from './bearer.ts';
import { denied } from './testing/identifier.ts';

describe('parseBearer', () => {
  it.each(['Bearer abc', 'bearer abc', 'BEARER abc', 'Bearer   abc'])('reads the token of %j', (header) => {
    expect(parseBearer(header)).toBe('abc');
  });

  it('accepts every character that a token may have', () => {
    expect(parseBearer('Bearer aZ0-._~+/==')).toBe('aZ0-._~+/==');
    const longest = 'a'.repeat(MAX_TOKEN_LENGTH);
    expect(parseBearer(`Bearer ${longest}`)).toBe(longest);
  });

  it.each([undefined, '', ' ', 'Basic dXNlcjpwYXNz', 'Bearerabc', 'Token abc', 'DPoP abc'])(
    'reports a missing token for %j, without an error code',
    async (header) => {
      const denial = await denied(() => parseBearer(header));
      expect(denial.reason).toBe('token_missing');
      expect(denial.headers).toEqual({ 'WWW-Authenticate': 'Bearer realm="mlflow-gateway"' });
    },
  );

  it.each([
    'Bearer',
    'Bearer ',
    'Bearer a b',
    'Bearer a, Bearer b',
    'Bearer a,b',
    'Bearer "a"',
    'Bearer a=b',
    'Bearer \ta',
    'Bearer a\u00e9',
    `Bearer ${'a'.repeat(MAX_TOKEN_LENGTH + 1)}`,
  ])('refuses %j', async (header) => {
    const denial = await denied(() => parseBearer(header));
    expect(denial.reason).toBe('token_invalid');
    expect(denial.headers['WWW-Authenticate']).toMatch(
      /^Bearer realm="mlflow-gateway", error="invalid_token", error_description="[ !#-[\]-~]+"$/,
    );
  });

  it('reads a hostile header in linear time', () => {
    const parse = (): void => {
      for (let i = 0; i < 1000; i++) {
        expect(() => parseBearer(`Bearer ${'='.repeat(MAX_TOKEN_LENGTH - 1)}!`)).toThrow();
        expect(() => parseBearer(`Bearer${' '.repeat(MAX_TOKEN_LENGTH)}`)).toThrow();
      }
    };
    // 30 MB of headers: quadratic matching would take minutes.
    expect(fastest(parse)).toBeLessThan(5000);
  });
});

describe('usualToken', () => {
  it.each(['Bearer abc', 'Bearer abc==', `Bearer ${'a'.repeat(MAX_TOKEN_LENGTH)}`])(
    'finds the token that parseBearer finds',
    (header) => {
      expect(usualToken(header)).toBe(parseBearer(header));
    },
  );

  it.each([
    undefined,
    '',
    'Bearer',
    'Bearer  abc',
    'bearer abc',
    ' Bearer abc',
    'Basic abc',
    `Bearer ${'a'.repeat(MAX_TOKEN_LENGTH + 1)}`,
  ])('finds none in another spelling', (header) => {
    expect(usualToken(header)).toBeUndefined();
  });
});

describe('unauthorized', () => {
  it('keeps the challenge well-formed', () => {
    expect(unauthorized('token_invalid', 'a "b" \\ \r\n ü').headers['WWW-Authenticate']).toBe(
      `Bearer realm="mlflow-gateway", error="invalid_token", error_description="a 'b' ' '' '"`,
    );
  });
});
