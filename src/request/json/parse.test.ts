import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { denialOf } from '../../http/testing.ts';
import { LIMITS } from '../../limits.ts';
import { exactInteger, parseJson } from './parse.ts';

const parse = (text: string): unknown => parseJson(Buffer.from(text));

describe('parseJson', () => {
  it('reads what JSON.stringify writes, unchanged', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5 }), (value) => {
        const text = JSON.stringify(value);
        expect(JSON.stringify(parse(text))).toBe(JSON.stringify(JSON.parse(text)));
      }),
    );
  });

  it('finds a duplicate key wherever it stands and however it is spelt', () => {
    const spelt = (key: string): fc.Arbitrary<string> =>
      fc
        .array(fc.boolean(), { minLength: key.length, maxLength: key.length })
        .map((escaped) =>
          [...key]
            .map((c, i) => (escaped[i] ? `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}` : c))
            .join(''),
        );
    fc.assert(
      fc.property(
        fc.stringMatching(/^[a-z_:"]{1,8}$/).map((k) => k.replaceAll('"', 'q')),
        fc.jsonValue({ maxDepth: 3 }),
        fc.nat(3),
        (key, value, depth) => {
          fc.assert(
            fc.property(spelt(key), spelt(key), (a, b) => {
              const inner = `{"${a}":${JSON.stringify(value)},"other":":","${b}":1}`;
              const text = '{"x":['.repeat(depth) + inner + ']}'.repeat(depth);
              expect(denialOf(() => parse(text)).reason).toBe('malformed_body');
            }),
            { numRuns: 5 },
          );
        },
      ),
    );
  });

  it.each([
    ['a byte order mark', '\ufeff{}'],
    ['NaN', '{"a":NaN}'],
    ['a number out of range', '{"a":1e999}'],
    ['an unpaired surrogate', '{"a":"\\ud800"}'],
    ['an unpaired surrogate in a key', '{"\\udc00":1}'],
    ['a comment', '{/* */}'],
    ['a second value', '{}{}'],
    ['too deep nesting', '['.repeat(LIMITS.jsonDepth.value + 1) + ']'.repeat(LIMITS.jsonDepth.value + 1)],
  ])('refuses %s', (_, text) => {
    expect(denialOf(() => parse(text)).reason).toBe('malformed_body');
  });

  it('refuses UTF-16 and broken UTF-8', () => {
    expect(denialOf(() => parseJson(Buffer.from('{}', 'utf16le'))).reason).toBe('malformed_body');
    expect(denialOf(() => parseJson(Buffer.from([0x22, 0xff, 0x22]))).reason).toBe('malformed_body');
  });

  it('keeps integers beyond 2^53 to the digit', () => {
    const value = parse('{"step":9007199254740993,"list":[-9223372036854775808],"x":0.1}') as Record<
      string,
      unknown
    >;
    expect(exactInteger(value.step)).toBe('9007199254740993');
    expect(JSON.stringify(value)).toBe('{"step":9007199254740993,"list":[-9223372036854775808],"x":0.1}');
  });
});
