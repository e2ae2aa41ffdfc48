import { describe, expect, it } from 'vitest';
import { readHeaders } from './headers.ts';
import { denialOf } from './testing.ts';

describe('readHeaders', () => {
  it('passes on only the listed fields', () => {
    const bag = readHeaders([
      'Accept',
      'a/b',
      'Cookie',
      's=1',
      'Authorization',
      'Bearer x',
      'X-Forwarded-For',
      '127.0.0.1',
      'X-Remote-User',
      'root',
      'X-Tenant',
      't',
      'Range',
      'bytes=0-1',
    ]);
    expect(bag.passed()).toEqual({ accept: 'a/b', range: 'bytes=0-1' });
    expect(bag.get('authorization')).toBe('Bearer x');
  });

  it.each([
    'Authorization',
    'X-Tenant',
    'x-subject',
    'X-MLFLOW-WORKSPACE',
    'Host',
    'Origin',
    'Content-Type',
    'X-Request-ID',
  ])('refuses a second %s in any case', (name) => {
    expect(denialOf(() => readHeaders([name, 'a', name.toUpperCase(), 'a'])).reason).toBe('duplicate_header');
  });

  it('refuses more fields than Node passes on', () => {
    const headers = (count: number): string[] =>
      Array.from({ length: count }, (_, i) => [`x-${i}`, 'a']).flat();
    expect(readHeaders(headers(100)).passed()).toEqual({});
    expect(denialOf(() => readHeaders(headers(101))).reason).toBe('malformed_header');
  });

  it('joins duplicates of other fields', () => {
    expect(readHeaders(['Accept', 'a/b', 'accept', 'c/d']).passed()).toEqual({ accept: 'a/b, c/d' });
  });
});
