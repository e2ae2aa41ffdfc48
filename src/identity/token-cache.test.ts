import { beforeEach, describe, expect, it } from 'vitest';
import { TokenCache } from './token-cache.ts';

const NOW = 1_800_000_000_000;
const cache = (capacity = 3, maxAgeSeconds = 300) => new TokenCache<string>({ capacity, maxAgeSeconds });
/** The generation of the signing keys. */
let generation = 1;
const by = { generation: () => generation };
beforeEach(() => {
  generation = 1;
});
const facts = { by, generation: 1, expiresAt: NOW / 1000 + 60, now: NOW };

describe('TokenCache', () => {
  it('returns the principal of a token that was set', () => {
    const tokens = cache();
    tokens.set(tokens.key('t'), 'alice', facts);
    expect(tokens.get(tokens.key('t'), NOW)).toBe('alice');
    expect(tokens.get(tokens.key('u'), NOW)).toBeUndefined();
  });

  it('counts hits and misses', () => {
    const tokens = cache();
    tokens.get('k', NOW);
    tokens.set('k', 'alice', facts);
    tokens.get('k', NOW);
    tokens.get('k', NOW);
    generation = 2;
    tokens.get('k', NOW);
    expect([tokens.hits, tokens.misses]).toEqual([2, 2]);
  });

  it('expires an entry with its token', () => {
    const tokens = cache();
    tokens.set('k', 'alice', facts);
    expect(tokens.get('k', NOW + 59_999)).toBe('alice');
    expect(tokens.get('k', NOW + 60_000)).toBeUndefined();
    expect(tokens.size).toBe(0);
  });

  it('expires an entry at the maximum age', () => {
    const tokens = cache(3, 30);
    tokens.set('k', 'alice', facts);
    expect(tokens.get('k', NOW + 29_999)).toBe('alice');
    expect(tokens.get('k', NOW + 30_000)).toBeUndefined();
  });

  it('does not keep a token that has expired', () => {
    const tokens = cache();
    tokens.set('k', 'alice', { ...facts, expiresAt: NOW / 1000 });
    expect(tokens.size).toBe(0);
  });

  it('drops an entry when the signing keys change', () => {
    const tokens = cache();
    tokens.set('k', 'alice', facts);
    generation = 2;
    expect(tokens.get('k', NOW)).toBeUndefined();
    // Nor when the generation number is used again.
    generation = 1;
    expect(tokens.get('k', NOW)).toBeUndefined();
  });

  it('drops the entries of one verifier, not those of another', () => {
    const tokens = cache();
    const other = { generation: () => 1 };
    tokens.set('k', 'alice', facts);
    tokens.set('l', 'bob', { ...facts, by: other });
    generation = Number.NaN;
    expect([tokens.get('k', NOW), tokens.get('l', NOW)]).toEqual([undefined, 'bob']);
  });

  it('evicts the least recently used entry', () => {
    const tokens = cache(3);
    for (const key of ['a', 'b', 'c']) tokens.set(key, key, facts);
    tokens.get('a', NOW);
    tokens.set('d', 'd', facts);
    expect(['a', 'b', 'c', 'd'].map((key) => tokens.get(key, NOW))).toEqual(['a', undefined, 'c', 'd']);
  });

  it('stays within its capacity, and evicts no entry when an entry is set again', () => {
    const tokens = cache(3);
    for (const key of ['a', 'b', 'c', 'c', 'c']) tokens.set(key, key, facts);
    expect(tokens.get('a', NOW)).toBe('a');
    for (let i = 0; i < 1000; i++) tokens.set(`k${i}`, 'x', facts);
    expect(tokens.size).toBe(3);
  });

  it('caches nothing with capacity 0', () => {
    const tokens = cache(0);
    tokens.set('k', 'alice', facts);
    expect(tokens.size).toBe(0);
  });

  it('does not keep the token in its key', () => {
    const tokens = cache();
    expect(tokens.key('secret-token')).toMatch(/^[A-Za-z0-9+/]{43}=$/);
  });
});
