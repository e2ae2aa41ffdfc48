import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OPERATIONS, TAG_ITEM } from '../../../catalog/generated/catalog.ts';
import { LIMITS } from '../../../limits.ts';
import { tagPlaces } from '../../tag-places.ts';
import { HiddenTag } from './hidden-tag.ts';

const placesOf = (id: string) =>
  tagPlaces(OPERATIONS.find((operation) => operation.id === id)!.answerTags ?? [], TAG_ITEM);

function hide(id: string, text: string, size = Infinity): string {
  const edit = new HiddenTag(placesOf(id), 'tenant', 'team-a');
  const bytes = Buffer.from(text);
  const out: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += size) out.push(...edit.push(bytes.subarray(at, at + size)));
  return Buffer.concat([...out, ...edit.end()]).toString('utf8');
}

const OWN = { key: 'tenant', value: 'team-a' };
const run = (tags: unknown, more = {}) => ({
  run: { info: { run_id: 'r' }, data: { params: [OWN], tags, ...more } },
});

const cases: [string, unknown, unknown][] = [
  ['getRun', run([OWN]), { run: { info: { run_id: 'r' }, data: { params: [OWN] } } }],
  ['getRun', { run: { data: { tags: [OWN], params: [] } } }, { run: { data: { params: [] } } }],
  ['getRun', { run: { data: { tags: [OWN] }, info: {} } }, { run: { data: {}, info: {} } }],
  ['getRun', run([OWN, { key: 'a', value: 'b' }]), run([{ key: 'a', value: 'b' }])],
  ['getRun', run([{ key: 'a', value: 'b' }, OWN]), run([{ key: 'a', value: 'b' }])],
  [
    'getRun',
    run([{ key: 'a', value: 'é"\\ ]}' }, OWN, { value: 'b', key: 'c' }], {
      metrics: [{ key: 'm', value: 0.5 }],
    }),
    run(
      [
        { key: 'a', value: 'é"\\ ]}' },
        { value: 'b', key: 'c' },
      ],
      { metrics: [{ key: 'm', value: 0.5 }] },
    ),
  ],
  ['getRun', run([]), run([])],
  ['getRun', run([{ key: 'tenant', value: 'team-b' }]), run([{ key: 'tenant', value: 'team-b' }])],
  ['getRun', run([{ __typename: 'Tag', ...OWN, more: [{ key: 'x' }] }, { key: 'a' }]), run([{ key: 'a' }])],
  ['getRun', run([{ key: 'tenant' }, { value: 'team-a' }]), run([{ key: 'tenant' }, { value: 'team-a' }])],
  ['getRun', run([[OWN], 'tenant', { key: ['tenant'] }]), run([[OWN], 'tenant', { key: ['tenant'] }])],
  ['getRun', [[run([OWN])]], [[run([OWN])]]],
  ['getRun', run(null), run(null)],
  ['getRun', { error: [1, { tags: [OWN] }] }, { error: [1, { tags: [OWN] }] }],
  [
    'searchRuns',
    { runs: [run([OWN]).run, run([OWN, { key: 'x', value: 'y' }]).run], next_page_token: 't' },
    {
      runs: [{ info: { run_id: 'r' }, data: { params: [OWN] } }, run([{ key: 'x', value: 'y' }]).run],
      next_page_token: 't',
    },
  ],
  ['getMcpServer', { name: 'n', tags: { tenant: 'team-a' }, b: 1 }, { name: 'n', tags: {}, b: 1 }],
  ['getMcpServer', { tags: { a: '1', tenant: 'team-a', c: '2' } }, { tags: { a: '1', c: '2' } }],
  [
    'getTraceInfoV3',
    { trace: { trace_info: { tags: { tenant: 'team-a' }, x: { tags: { tenant: 'team-a' } } } } },
    { trace: { trace_info: { x: { tags: { tenant: 'team-a' } } } } },
  ],
  [
    'getDataset',
    { dataset: { name: 'd', tags: '{"tenant": "team-a", "é": "\\u00e9"}' } },
    { dataset: { name: 'd', tags: '{"é": "\\u00e9"}' } },
  ],
  ['getDataset', { dataset: { tags: '{"a": "b"}' } }, { dataset: { tags: '{"a": "b"}' } }],
];

describe('the tenant tag is cut from a response, and nothing else', () => {
  it.each(cases)('%s %j', (id, given, expected) => {
    const spelled = JSON.stringify(given)
      .replaceAll('tenant', '\\u0074enant')
      .replaceAll('team-a', 'team\\u002da');
    for (const text of [JSON.stringify(given), JSON.stringify(given, null, 2), spelled])
      for (const size of [Infinity, 1, 2, 3, 7]) {
        const hidden = hide(id, text, size);
        expect(JSON.parse(hidden), hidden).toEqual(expected);
      }
  });

  it('passes on a response without the tag, or that is not JSON, byte for byte, in pieces of any size', () => {
    for (const text of [
      '{"run":{"data":{"tags":[{"key":"a","value":"b"}],"metrics":[{"key":"m","value":NaN}]}}}',
      '{"run":{"data":{"tags":[{"key":"tenant","value":"team-a"',
      '{"run":{"data":{"tags":[{"key":"tenant" "value":"team-a"}]}}}',
      '{"run":{"data":{"tags"',
      '[1, 2]',
      'nonsense "tenant"',
      '',
    ])
      for (const size of [Infinity, 1, 5]) expect(hide('getRun', text, size)).toBe(text);
  });

  it('leaves tags in a text as they are if UTF-8 cannot encode it', () => {
    const text = '{"dataset":{"tags":"{\\"tenant\\": \\"team-a\\", \\"a\\": \\"\\ud800\\"}"}}';
    expect(hide('getDataset', text)).toBe(text);
  });

  it('holds no more than the limit: longer tags are passed on, and the tag behind them is still cut', () => {
    const most = LIMITS.heldResponseBytes.value;
    const long = JSON.stringify({ tenant: 'team-a', a: 'x'.repeat(most) });
    const short = JSON.stringify({ tenant: 'team-a', a: 'x'.repeat(most - 200) });
    const given = { datasets: [{ tags: long }, { tags: short }] };
    const cut = { datasets: [{ tags: long }, { tags: short.replace('"tenant":"team-a",', '') }] };
    for (const size of [Infinity, 65_536])
      expect(hide('searchEvaluationDatasets', JSON.stringify(given), size)).toBe(JSON.stringify(cut));
    const value = { key: 'tenant', value: 'x'.repeat(2 * most) };
    expect(held(JSON.stringify(run([value])), 65_536)).toBeLessThan(2 * 65_536);
    const blanks = `{"run":{"data":{"tags":[{${' '.repeat(2 * most)}"key":"tenant","value":"team-a"}]}}}`;
    expect(held(blanks, 65_536)).toBeLessThan(most + 65_536);
    expect(hide('getRun', blanks, 65_536)).toBe(blanks);
  });

  it('cuts the same as a parser of the whole response, however it is written and split', () => {
    fc.assert(
      fc.property(fc.constantFrom(...Object.keys(ANSWERS)), fc.infiniteStream(fc.nat(999)), (id, choices) => {
        const next = (): number => choices.next().value as number;
        const { given, expected } = ANSWERS[id]!(next);
        const text = write(given, next);
        const edit = new HiddenTag(placesOf(id), 'tenant', 'team-a');
        const bytes = Buffer.from(text);
        const out: Buffer[] = [];
        for (let at = 0; at < bytes.length; ) {
          const size = 1 + (next() % (next() % 3 === 0 ? 200 : 5));
          out.push(...edit.push(bytes.subarray(at, at + size)));
          at += size;
        }
        expect(JSON.parse(Buffer.concat([...out, ...edit.end()]).toString('utf8'))).toEqual(expected);
      }),
      { numRuns: 2000 },
    );
  });

  it('never throws, and cuts only tags, whatever the bytes', () => {
    const piece = fc.constantFrom(
      ...'{}[],:" \\'.split(''),
      ...[
        '"run"',
        '"data"',
        '"tags"',
        '"key"',
        '"value"',
        '"tenant"',
        '"team-a"',
        '{"run":{"data":{"tags":[',
      ],
      ...['{"key":"tenant","value":"team-a"}', '1', 'null', '\\u0074', 'é'],
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), fc.integer({ min: 1, max: 9 }), (pieces, size) => {
        const text = pieces.join('');
        const hidden = hide('getRun', text, size);
        if (hidden === text) return;
        expect(text).toContain('"tenant"');
        expect(text.length - hidden.length).toBeGreaterThanOrEqual(
          '{"key":"tenant","value":"team-a"}'.length,
        );
      }),
      { numRuns: 5000 },
    );
  });
});

/** The most that was kept back while a text went by. */
function held(text: string, size: number): number {
  const edit = new HiddenTag(placesOf('getRun'), 'tenant', 'team-a');
  const bytes = Buffer.from(text);
  let back = 0;
  let most = 0;
  for (let at = 0; at < bytes.length; at += size) {
    const chunk = bytes.subarray(at, at + size);
    back += chunk.length;
    for (const piece of edit.push(chunk)) back -= piece.length;
    most = Math.max(most, back);
  }
  return most;
}

type Next = () => number;
const TEXTS = ['tenant', 'team-a', 'tags', 'key', 'é"\\', '}]', '', 'x'.repeat(700), '\u2028', 'Tenant'];
const pick = (next: Next): string => TEXTS[next() % TEXTS.length]!;
const many = <T>(next: Next, make: () => T): T[] => Array.from({ length: next() % 4 }, make);

/** Something that is no tag, though it looks like one. */
function noise(next: Next): unknown {
  const made = [
    () => pick(next),
    () => next() / 7,
    () => null,
    () => [OWN, { tags: [OWN] }],
    () => ({ [pick(next)]: pick(next), data: { tags: [OWN] } }),
  ];
  return made[next() % made.length]!();
}

function tagList(next: Next): { given: unknown; kept: unknown[] | undefined } {
  if (next() % 9 === 0) return { given: noise(next), kept: undefined };
  const given = many(next, () => {
    const tag: Record<string, unknown> = {
      ...(next() % 2 === 0 ? OWN : { key: pick(next), value: pick(next) }),
    };
    if (next() % 5 === 0) tag.more = noise(next);
    return next() % 3 === 0 ? Object.fromEntries(Object.entries(tag).reverse()) : tag;
  });
  return { given, kept: given.filter(({ key, value }) => key !== 'tenant' || value !== 'team-a') };
}

/** An object with tags among other fields, and how it should come out. */
function tagged(next: Next, name: string, before: unknown, after: { is: unknown } | undefined) {
  const given: [string, unknown][] = [];
  const expected: [string, unknown][] = [];
  const others = (): void => {
    for (const [at, value] of many(next, () => noise(next)).entries()) {
      const field = `f${given.length}${at}`;
      given.push([field, value]);
      expected.push([field, value]);
    }
  };
  others();
  given.push([name, before]);
  if (after !== undefined) expected.push([name, after.is]);
  others();
  return { given: Object.fromEntries(given), expected: Object.fromEntries(expected) };
}

const listOf = (next: Next) => {
  const { given, kept } = tagList(next);
  if (kept === undefined && Array.isArray(given)) return tagged(next, 'tags', [], { is: [] });
  const gone = kept?.length === 0 && (given as unknown[]).length > 0;
  return tagged(next, 'tags', given, gone ? undefined : { is: kept ?? given });
};

const mapOf = (next: Next) => {
  const given: Record<string, string> = Object.fromEntries(many(next, () => [pick(next), pick(next)]));
  if (next() % 2 === 0) given.tenant = 'team-a';
  const { tenant, ...rest } = given;
  const kept = tenant === 'team-a' ? rest : given;
  return { given, kept };
};

const ANSWERS: Record<string, (next: Next) => { given: unknown; expected: unknown }> = {
  searchRuns: (next) => {
    const runs = many(next, () => {
      const { given, expected } = listOf(next);
      return tagged(next, 'data', given, { is: expected });
    });
    return tagged(
      next,
      'runs',
      runs.map(({ given }) => given),
      { is: runs.map(({ expected }) => expected) },
    );
  },
  searchTracesV3: (next) => {
    const traces = many(next, () => {
      const { given, kept } = mapOf(next);
      const gone = Object.keys(kept).length === 0 && Object.keys(given).length > 0;
      return tagged(next, 'tags', given, gone ? undefined : { is: kept });
    });
    return tagged(
      next,
      'traces',
      traces.map(({ given }) => given),
      { is: traces.map(({ expected }) => expected) },
    );
  },
  getMcpServer: (next) => {
    const { given, kept } = mapOf(next);
    return tagged(next, 'tags', given, { is: kept });
  },
  searchEvaluationDatasets: (next) => {
    const sets = many(next, () => {
      const { given, kept } = mapOf(next);
      return tagged(next, 'tags', JSON.stringify(given), { is: JSON.stringify(kept) });
    });
    return tagged(
      next,
      'datasets',
      sets.map(({ given }) => given),
      { is: sets.map(({ expected }) => expected) },
    );
  },
};

/** JSON with blanks between its parts, and some letters written as numbers. */
function write(value: unknown, next: Next): string {
  const blank = (): string => ['', '', '', ' ', '\n  ', '\t\r'][next() % 6]!;
  const inside = (parts: string[]): string =>
    parts.map((part) => blank() + part + blank()).join(',') || blank();
  const text = (of: string): string => {
    const written = JSON.stringify(of);
    const ascii = next() % 2 === 0 ? written : written.replace(/[^\x20-\x7e]/g, escaped);
    return next() % 4 === 0 ? ascii.replace(/(?<=")[a-z]/i, escaped) : ascii;
  };
  const escaped = (letter: string): string => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`;
  if (typeof value === 'string') return text(value);
  if (Array.isArray(value)) return `[${inside(value.map((one) => write(one, next)))}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.entries(value).map(
    ([name, one]) => `${text(name)}${blank()}:${blank()}${write(one, next)}`,
  );
  return `{${inside(members)}}`;
}
