import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { DenialError } from '../../denial.ts';
import { denialOf } from '../../http/testing.ts';
import { serverUseOf } from '../../tenancy/scorer-json.ts';
import type { FieldUse } from '../types.ts';
import { readJsonText } from './text.ts';

const judge = (text: string): string => readJsonText(text, { class: 'scorer-json' }, 'serialized_scorer', []);

it.each([
  ['NaN', '{"x":NaN,"model":"g\\u0061teway:/gpt"}'],
  ['Infinity', '{"x":-Infinity}'],
  ['a number out of range', '{"x":1e999}'],
  ['a key twice', '{"model":"openai:/gpt","m\\u006fdel":"gateway:/gpt"}'],
  ['an unpaired surrogate', '{"x":"\\ud800"}'],
  ['a byte order mark', '\ufeff{}'],
  ['a comment', '{/**/}'],
  ['single quotes', "{'model':'gateway:/gpt'}"],
  ['YAML', 'model: gateway:/gpt'],
  ['a control character in a string', '{"x":"\u0001"}'],
  ['a space that JSON does not allow', '\u00a0{}'],
  ['JSON in JSON', '"{}"'],
  ['a list', '[]'],
  ['deep nesting', `${'{"a":'.repeat(101)}1${'}'.repeat(101)}`],
])('refuses %s, and names the field', (_what, text) => {
  const denial = denialOf(() => judge(text));
  expect(denial.reason).toBe('invalid_field');
  expect(denial.message).toContain('serialized_scorer');
});

it('sends the parsed value, including integers of any size', () => {
  expect(judge(' {"a" : 123456789012345678901234567890, "b":"\\u0061"}\n')).toBe(
    '{"a":123456789012345678901234567890,"b":"a"}',
  );
});

it('records the keys of tags, and the traces that a scorer names at any depth', () => {
  const uses: FieldUse[] = [];
  readJsonText('{"a":"1","\\u0062":"2"}', { class: 'tags-json', kind: 'dataset' }, 'tags', uses);
  const inner = { memory_augmented_judge_data: { episodic_trace_ids: ['tr-1', 'tr-2'] } };
  const scorer = JSON.stringify({ ensemble_scorer_data: { scorers: [inner] } });
  readJsonText(scorer, { class: 'scorer-json' }, 'serialized_scorer', uses);
  const of = (name: string): string[] =>
    uses.filter(({ policy }) => policy.class === name).map(({ value }) => value);
  expect(of('tag-key')).toEqual(['a', 'b']);
  expect(of('reference')).toEqual(['tr-1', 'tr-2']);
  expect(denialOf(() => judge('{"episodic_trace_ids":"tr-1"}')).reason).toBe('invalid_field');
});

/** JSON as Python writes and accepts it, and invalid JSON. */
const character = fc.oneof(
  fc.constantFrom(
    '\\u0061',
    'a',
    ':',
    '/',
    '\\n',
    '\\\\',
    '\\"',
    '\\ud83d\\ude00',
    '\\ud800',
    '\u0001',
    '\u2028',
  ),
  fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 1 }).filter((c) => c !== '"' && c !== '\\'),
);
const uri = fc.constantFrom(
  'gateway:/x',
  'g\\u0061teway:/x',
  'GATEWAY\\u003a/x',
  'gate\\tway:/x',
  'g\\\\u0061teway:/x',
);
const string = fc
  .oneof({ arbitrary: fc.array(character, { maxLength: 6 }).map((all) => all.join('')), weight: 3 }, uri)
  .map((inner) => `"${inner}"`);
const scalar = fc.oneof(
  string,
  fc.constantFrom(
    'NaN',
    'Infinity',
    '-Infinity',
    '1e999',
    '-0',
    '1E5',
    '01',
    '+1',
    '.5',
    '1.0',
    'True',
    'None',
    'null',
  ),
  fc.bigInt({ min: -(2n ** 80n), max: 2n ** 80n }).map(String),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
);
const space = fc.constantFrom('', '', '', ' ', '\n', '\t', '\f', '\u00a0', '\ufeff', '/**/');
const { value } = fc.letrec<{ value: string; object: string }>((tie) => ({
  object: fc
    .tuple(
      fc.array(fc.tuple(fc.oneof(string, fc.constant('"model"')), tie('value')), { maxLength: 4 }),
      space,
    )
    .map(([entries, gap]) => `{${entries.map(([key, inner]) => `${key}:${gap}${inner}`).join(',')}}`),
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    scalar,
    tie('object'),
    fc.array(tie('value'), { maxLength: 3 }).map((items) => `[${items.join(',')}]`),
  ),
}));
const text = fc
  .tuple(space, string, value, value, space)
  .map(([before, key, first, second, after]) => `${before}{${key}:${first},"model":${second}}${after}`);

const PYTHON = `
import json, sys
def names(v):
    if isinstance(v, str): return "gateway:/" in "".join(c for c in v if ord(c) > 31).lower()
    if isinstance(v, dict): return any(names(k) or names(x) for k, x in v.items())
    return isinstance(v, list) and any(map(names, v))
out = []
for given, sent in json.load(sys.stdin):
    try: value = json.loads(given)
    except ValueError: value = None
    out.append([names(value), sent is None or json.loads(sent) == value])
json.dump(out, sys.stdout)
`;

it('refuses text that Python reads differently, and finds every endpoint that Python reads', () => {
  const given = fc.sample(text, { numRuns: 6_000, seed: 28 });
  const sent = given.map((one) => {
    try {
      return judge(one);
    } catch (error) {
      if (error instanceof DenialError) return null;
      throw error;
    }
  });
  const input = JSON.stringify(given.map((one, i) => [one, sent[i]]));
  const answers = JSON.parse(
    execFileSync('python3', ['-c', PYTHON], { input, encoding: 'utf8', maxBuffer: 1 << 26 }),
  ) as [boolean, boolean][];
  let endpoints = 0;
  for (const [i, [names, same]] of answers.entries()) {
    expect(same, given[i]).toBe(true);
    if (!names) continue;
    endpoints++;
    const written = sent[i];
    if (typeof written === 'string') expect(serverUseOf(written).has('gateway'), given[i]).toBe(true);
  }
  expect(endpoints).toBeGreaterThan(100);
  expect(sent.filter((one) => one !== null).length).toBeGreaterThan(100);
  expect(sent.filter((one) => one === null).length).toBeGreaterThan(100);
});
