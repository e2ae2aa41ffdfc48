import { describe, expect, it } from 'vitest';
import { OPERATIONS, TAG_ITEM } from '../../catalog/generated/catalog.ts';
import { HiddenTag, tagPlaces } from './hidden-tag.ts';

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
  ['getRun', run([{ ...OWN, more: 1 }]), run([{ ...OWN, more: 1 }])],
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
    { dataset: { name: 'd', tags: ' "é": "\\u00e9"}'.replace(/^/, '{') } },
  ],
  ['getDataset', { dataset: { tags: '{"a": "b"}' } }, { dataset: { tags: '{"a": "b"}' } }],
];

describe('the tenant’s own tag is cut from an answer, and nothing else', () => {
  it.each(cases)('%s %j', (id, given, expected) => {
    for (const text of [JSON.stringify(given), JSON.stringify(given, null, 2)])
      for (const size of [Infinity, 1, 2, 3, 7]) {
        const hidden = hide(id, text, size);
        expect(JSON.parse(hidden), hidden).toEqual(expected);
      }
  });

  it('passes on, byte for byte, an answer without the tag or that is not JSON, in pieces of any size', () => {
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
});
