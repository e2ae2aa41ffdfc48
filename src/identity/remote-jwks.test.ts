import { errors } from 'jose';
import { afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { found } from '../../dev/waiting.ts';
import type { KeySource } from './jwks.ts';
import { createRemoteKeys, type RemoteKeysOptions } from './remote-jwks.ts';
import { denied } from './testing/identifier.ts';
import { createSigner, json, type Provider, type Signer, startProvider } from './testing/provider.ts';

let first: Signer;
let second: Signer;
let provider: Provider;
let source: KeySource | undefined;
let clock: number;
let lines: string[];

beforeAll(async () => {
  first = await createSigner('first');
  second = await createSigner('second');
});
beforeEach(async () => {
  provider = await startProvider([first.jwk]);
  clock = 0;
  lines = [];
});
afterEach(async () => {
  source?.close();
  await provider.stop();
});

function start(more: Partial<RemoteKeysOptions> = {}): KeySource {
  const log = (message: string): void => void lines.push(message);
  source = createRemoteKeys({
    issuer: provider.issuer,
    jwksUri: provider.jwksUri,
    algorithms: ['RS256'],
    backoffSeconds: { first: 3600, longest: 3600 },
    timeoutSeconds: 60,
    monotonic: () => clock,
    log: { info: log, warn: log },
    ...more,
  });
  return source;
}

/** Every 5 ms, also while timers are fake. */
const until = (condition: () => boolean): Promise<boolean> =>
  found(String(condition), condition, { everyMs: 5 });

const find = (keys: KeySource, kid?: string) =>
  keys.find(kid === undefined ? { alg: 'RS256' } : { alg: 'RS256', kid }, {} as never);
const fetches = (): number => provider.requests.filter((path) => path === '/jwks').length;

describe('loading', () => {
  it('finds the keys by discovery', async () => {
    const keys = start({ jwksUri: undefined });
    expect(keys.ready()).toEqual({ ok: false, why: 'no signing keys of the issuer: not fetched yet' });
    await expect(find(keys, 'first')).resolves.toHaveProperty('type', 'public');
    expect(keys.ready()).toEqual({ ok: true });
    expect(provider.requests).toEqual(['/.well-known/openid-configuration', '/jwks']);
  });

  it('reports the result of each fetch, a set without a usable key included', async () => {
    const ends: boolean[] = [];
    const onFetch = (ok: boolean): void => void ends.push(ok);
    start({ onFetch });
    await until(() => ends.length === 1);
    source?.close();
    provider.keys = [{ kty: 'oct', k: 'AAAA' }];
    start({ onFetch });
    await until(() => ends.length === 2);
    expect(ends).toEqual([true, false]);
  });

  it('needs no kid if one key fits, and refuses the token if two do', async () => {
    const keys = start();
    await expect(find(keys)).resolves.toHaveProperty('type', 'public');
    keys.close();
    provider.keys = [first.jwk, second.jwk];
    await expect(find(start())).rejects.toBeInstanceOf(errors.JWKSMultipleMatchingKeys);
  });

  it('starts without the provider, is not ready, and recovers by itself', async () => {
    provider.routes.set('/jwks', (_req, res) => res.writeHead(503).end());
    const keys = start({ backoffSeconds: { first: 0.02, longest: 0.05 } });
    const denial = await denied(() => find(keys, 'first'));
    expect(denial.reason).toBe('keys_unavailable');
    expect(denial.headers).toEqual({ 'Retry-After': '1' });
    expect(keys.ready()).toEqual({
      ok: false,
      why: `no signing keys of the issuer: ${provider.jwksUri}: answered 503`,
    });
    provider.routes.set(
      '/jwks',
      json(() => ({ keys: provider.keys })),
    );
    await until(() => keys.ready().ok);
    await expect(find(keys, 'first')).resolves.toBeDefined();
  });

  it('sends Retry-After', async () => {
    provider.routes.delete('/jwks');
    const keys = start({ backoffSeconds: { first: 40, longest: 60 } });
    const after = Number((await denied(() => find(keys, 'first'))).headers['Retry-After']);
    expect(after).toBeGreaterThanOrEqual(20);
    expect(after).toBeLessThanOrEqual(40);
  });

  it('repeats discovery when the keys have moved', async () => {
    const keys = start({
      jwksUri: undefined,
      refreshSeconds: 0.01,
      backoffSeconds: { first: 0.01, longest: 0.01 },
    });
    await find(keys, 'first');
    provider.routes.set(
      '/new',
      json(() => ({ keys: [second.jwk] })),
    );
    provider.routes.set(
      '/.well-known/openid-configuration',
      json(() => ({ issuer: provider.issuer, jwks_uri: `${provider.issuer}/new` })),
    );
    provider.routes.delete('/jwks');
    await until(() => provider.requests.includes('/new'));
    await expect(find(keys, 'second')).resolves.toBeDefined();
  });

  it('doubles the pause after each failed fetch', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    onTestFinished(() => void vi.useRealTimers());
    provider.routes.delete('/jwks');
    start({ backoffSeconds: { first: 20, longest: 100 } });
    for (const [attempt, most] of [20, 40, 80, 100, 100].entries()) {
      await until(() => lines.length === attempt + 1 && vi.getTimerCount() === 1);
      // A random part of the pause, at least half.
      vi.advanceTimersByTime((most / 2) * 1_000 - 1);
      expect(vi.getTimerCount()).toBe(1);
      vi.advanceTimersByTime((most / 2) * 1_000 + 1);
      expect(vi.getTimerCount()).toBe(0);
    }
    await until(() => fetches() === 6);
  });

  it('stops fetching when closed', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    onTestFinished(() => void vi.useRealTimers());
    const keys = start({ refreshSeconds: 10 });
    await until(() => keys.ready().ok && vi.getTimerCount() === 1);
    vi.advanceTimersByTime(10_000);
    await until(() => fetches() === 2 && vi.getTimerCount() === 1);
    keys.close();
    expect(vi.getTimerCount()).toBe(0);
    vi.advanceTimersByTime(100_000);
    expect(fetches()).toBe(2);
  });

  it('can be closed during a fetch', async () => {
    let gone = false;
    provider.routes.set('/jwks', (_req, res) => void res.on('close', () => (gone = true)));
    const keys = start();
    await until(() => fetches() === 1);
    keys.close();
    await until(() => gone);
    expect(lines).toEqual([]);
  });

  it('logs the keys that it left out', async () => {
    provider.keys = [first.jwk, { kty: 'oct', k: 'c2VjcmV0', kid: 's' }];
    await find(start(), 'first');
    expect(lines).toEqual(['1 signing keys fetched (ignored: key 1: symmetric)']);
  });
});

describe('unknown kid', () => {
  it('triggers one fetch, so that a new key works immediately', async () => {
    const keys = start();
    await find(keys, 'first');
    clock += 31_000;
    provider.keys = [first.jwk, second.jwk];
    await expect(find(keys, 'second')).resolves.toBeDefined();
    expect(fetches()).toBe(2);
  });

  it('costs one fetch per cooldown, for any number of tokens', async () => {
    const keys = start();
    await find(keys, 'first');
    clock += 31_000;
    const flood = Array.from({ length: 1000 }, (_, i) => find(keys, `bad-${i}`));
    const results = await Promise.allSettled(flood);
    expect(
      results.every((r) => r.status === 'rejected' && r.reason instanceof errors.JWKSNoMatchingKey),
    ).toBe(true);
    for (let i = 0; i < 100; i++) await expect(find(keys, `later-${i}`)).rejects.toThrow();
    expect(fetches()).toBe(2);
    clock += 31_000;
    await expect(find(keys, 'again')).rejects.toThrow();
    expect(fetches()).toBe(3);
  });

  it('costs no more while the endpoint is down, and known keys keep working', async () => {
    const keys = start();
    await find(keys, 'first');
    provider.routes.set('/jwks', (_req, res) => void res.destroy());
    clock += 31_000;
    for (let i = 0; i < 1000; i++)
      await expect(find(keys, `bad-${i}`)).rejects.toBeInstanceOf(errors.JWKSNoMatchingKey);
    expect(fetches()).toBe(2);
    await expect(find(keys, 'first')).resolves.toBeDefined();
    expect(keys.ready()).toEqual({ ok: true });
  });

  it('does not shorten the back-off of an endpoint that is down', async () => {
    const keys = start({ backoffSeconds: { first: 600, longest: 600 }, refreshSeconds: 3600 });
    await find(keys, 'first');
    provider.routes.delete('/jwks');
    clock += 31_000;
    await expect(find(keys, 'bad')).rejects.toThrow();
    clock += 31_000;
    await expect(find(keys, 'bad')).rejects.toThrow();
    expect(fetches()).toBe(2);
    clock += 600_000;
    await expect(find(keys, 'bad')).rejects.toThrow();
    expect(fetches()).toBe(3);
  });
});

describe('change of keys', () => {
  it('removes withdrawn keys and counts the change', async () => {
    const keys = start();
    await find(keys, 'first');
    const before = keys.generation();
    clock += 31_000;
    await expect(find(keys, 'none')).rejects.toThrow();
    expect(keys.generation()).toBe(before);
    clock += 31_000;
    provider.keys = [second.jwk];
    await find(keys, 'second');
    expect(keys.generation()).toBe(before + 1);
    await expect(find(keys, 'first')).rejects.toBeInstanceOf(errors.JWKSNoMatchingKey);
  });

  it('accepts an empty set: every key was withdrawn', async () => {
    const keys = start();
    await find(keys, 'first');
    const before = keys.generation();
    clock += 31_000;
    provider.keys = [];
    expect((await denied(() => find(keys, 'other'))).reason).toBe('keys_unavailable');
    expect(keys.generation()).toBe(before + 1);
    expect(keys.ready()).toEqual({
      ok: false,
      why: 'no signing keys of the issuer: none of the 0 published keys is usable',
    });
  });

  it.each(['not json', '{"error":"oops"}', '[]'])(
    'keeps the known keys when it receives %s',
    async (text) => {
      const keys = start();
      await find(keys, 'first');
      const before = keys.generation();
      provider.routes.set('/jwks', (_req, res) => res.end(text));
      clock += 31_000;
      await expect(find(keys, 'other')).rejects.toBeInstanceOf(errors.JWKSNoMatchingKey);
      expect(fetches()).toBe(2);
      expect(keys.generation()).toBe(before);
      await expect(find(keys, 'first')).resolves.toBeDefined();
    },
  );

  it('drops keys after maxStaleSeconds without a successful fetch', async () => {
    const keys = start({ maxStaleSeconds: 100, refreshSeconds: 3600 });
    await find(keys, 'first');
    const before = keys.generation();
    provider.routes.delete('/jwks');
    clock += 100_000;
    await expect(find(keys, 'first')).resolves.toBeDefined();
    expect(keys.generation()).toBe(before);
    clock += 1;
    expect(keys.generation()).toBe(before + 1);
    expect((await denied(() => find(keys, 'first'))).reason).toBe('keys_unavailable');
    expect(keys.ready().ok).toBe(false);
  });
});
