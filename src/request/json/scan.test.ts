import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { denialOf, fastest, heapGrowth } from '../../http/testing.ts';
import { LIMITS } from '../../limits.ts';
import { parseJson } from './parse.ts';
import { scanJson } from './scan.ts';

/** The same counts from the parsed value. */
function counted(value: unknown): { tokens: number; keys: number; depth: number } {
  if (typeof value !== 'object' || value === null) return { tokens: 1, keys: 0, depth: 0 };
  const names = Array.isArray(value) ? 0 : Object.keys(value).length;
  const inside = Object.values(value).map(counted);
  const sum = (name: 'tokens' | 'keys'): number => inside.reduce((all, one) => all + one[name], 0);
  return {
    tokens: 1 + names + sum('tokens'),
    keys: names + sum('keys'),
    depth: 1 + Math.max(0, ...inside.map(({ depth }) => depth)),
  };
}

const json = fc
  .tuple(fc.jsonValue({ maxDepth: 6, stringUnit: 'binary' }), fc.constantFrom(undefined, 1, '\t', '\r\n'))
  .map(([value, space]) => JSON.stringify(value, undefined, space as string | undefined));

describe('scanJson', () => {
  it('counts the values that JSON.parse creates', () => {
    fc.assert(
      fc.property(json, (text) => {
        const { tokens, keys } = counted(JSON.parse(text));
        expect(scanJson(Buffer.from(text))).toEqual({ tokens, keys });
      }),
      { numRuns: 2_000 },
    );
  });

  it('refuses exactly the texts that exceed the limit', () => {
    fc.assert(
      fc.property(json, fc.nat(40), (text, most) => {
        const { tokens } = counted(JSON.parse(text));
        const scan = () => scanJson(Buffer.from(text), most);
        if (tokens <= most) expect(scan().tokens).toBe(tokens);
        else expect(denialOf(scan).reason).toBe('body_too_large');
      }),
      { numRuns: 2_000 },
    );
  });

  it('ends for any bytes, with a count of at most their number', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 90 }), (bytes) => {
        expect(scanJson(bytes).tokens).toBeLessThanOrEqual(bytes.length);
      }),
      { numRuns: 5_000 },
    );
  });

  it('accepts the allowed depth and refuses a greater one', () => {
    const most = LIMITS.jsonDepth.value;
    const nested = (depth: number): Buffer => Buffer.from('['.repeat(depth) + ']'.repeat(depth));
    expect(parseJson(nested(most))).toHaveLength(1);
    expect(denialOf(() => scanJson(nested(most + 1))).message).toBe(
      `The body is nested deeper than ${most} levels.`,
    );
  });
});

describe('parseJson with bodies that grow when parsed', () => {
  const MIB = 1024 * 1024;
  it.each([
    ['empty objects', '{},'],
    ['short strings', '"1",'],
    ['numbers', '1,'],
    ['words', 'null,'],
    ['empty lists', '[],'],
  ])('refuses 15 MiB of %s within 50 ms', (_, item) => {
    const body = Buffer.from(`{"a":[${item.repeat((15 * MIB) / item.length)}0]}`);
    const act = (): void => expect(denialOf(() => parseJson(body)).reason).toBe('body_too_large');
    expect(heapGrowth(act)).toBeLessThan(4 * MIB);
    expect(fastest(act)).toBeLessThan(50);
  });

  it('refuses 15 MiB of keys within 50 ms', () => {
    const keys = Array.from({ length: MIB }, (_, at) => `"key-${at}":1`);
    const body = Buffer.from(`{${keys.join(',')}}`);
    expect(fastest(() => expect(denialOf(() => parseJson(body)).reason).toBe('body_too_large'))).toBeLessThan(
      50,
    );
  });

  it.each([
    ['keys', (n: number) => `{${Array.from({ length: n / 2 }, (_, at) => `"key-${at}":1`).join(',')}}`],
    [
      'objects of one key each',
      (n: number) => `[${Array.from({ length: n / 3 }, (_, at) => `{"${at}x":1}`).join(',')}]`,
    ],
    ['empty objects', (n: number) => `[${'{},'.repeat(n - 1)}{}]`],
  ])('reads and writes the maximum number of %s within 50 ms', (_, make) => {
    const body = Buffer.from(make(LIMITS.jsonTokens.value - 2));
    expect(fastest(() => expect(JSON.stringify(parseJson(body))).toHaveLength(body.length))).toBeLessThan(50);
  });

  it('refuses more integers beyond 2^53 than allowed', () => {
    const list = (n: number): Buffer => Buffer.from(`[${Array(n).fill('9007199254740993').join(',')}]`);
    const most = LIMITS.jsonBigIntegers.value;
    expect(parseJson(list(most))).toHaveLength(most);
    expect(denialOf(() => parseJson(list(most + 1))).reason).toBe('body_too_large');
  });

  it('reads the largest log-batch that MLflow accepts', () => {
    const metric = {
      key: 'k',
      value: 1,
      timestamp: 1,
      step: 1,
      dataset_name: 'd',
      dataset_digest: 'd',
      model_id: 'm',
      run_id: 'r',
    };
    const pair = { key: 'k', value: 'v' };
    const batch = {
      run_id: 'r',
      metrics: Array(1_000).fill(metric),
      params: Array(100).fill(pair),
      tags: Array(100).fill(pair),
    };
    expect(parseJson(Buffer.from(JSON.stringify(batch)))).toEqual(batch);
  });
});
