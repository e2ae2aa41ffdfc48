import { expect, test } from 'vitest';
import { judge, type Side } from './compare-days.ts';
import { KNOWN } from './differences.ts';
import type { DayReport, Step } from './report.ts';

const side = (server: string, ...steps: Partial<Step>[]): Side => ({
  server,
  report: { calls: 0, ids: {}, steps } as unknown as DayReport,
});
const straight = (...steps: Partial<Step>[]): Side => side('http://127.0.0.1:1', ...steps);
const gateway = (...steps: Partial<Step>[]): Side => side('http://127.0.0.1:2', ...steps);
const ID = 'd9c0a32243974b13ab12f89087ef3795';

test('the same but for ids and addresses is the same', () => {
  const verdict = judge(
    'workspaces',
    straight({ step: 'runs.get', value: { run_id: ID, link: 'http://127.0.0.1:1/x' } }),
    gateway({ step: 'runs.get', value: { run_id: ID.replace('d', 'e'), link: 'http://127.0.0.1:2/x' } }),
  );
  expect(verdict.unlisted).toEqual([]);
  expect(verdict.differences).toBe(0);
});

test.each([
  ['another value', { step: 'runs.get', value: 1 }, { step: 'runs.get', value: 2 }, 'runs.get: value: 1 | 2'],
  [
    'an exception instead of a value',
    { step: 'runs.get', value: 1 },
    { step: 'runs.get', error: { class: 'RestException', message: 'no' } },
    'runs.get: value: 1 | nothing',
  ],
  [
    'the tag of another tenant',
    { step: 'runs.get', value: { tags: {} } },
    { step: 'runs.get', value: { tags: { tenant: 'neighbour' } } },
    'runs.get: value.tags.tenant: nothing | "neighbour"',
  ],
  [
    'what is listed for another call',
    {
      step: 'runs.get',
      error: { class: 'X', message: 'BAD_REQUEST: (sqlite3.IntegrityError) FOREIGN KEY constraint failed' },
    },
    {
      step: 'runs.get',
      error: { class: 'X', message: "RESOURCE_DOES_NOT_EXIST: Trace with ID 'x' not found." },
    },
    'runs.get: error.message: "BAD_REQUEST: (sqlite3.IntegrityError) FOREIGN KEY constraint failed" | "RESOURCE_DOES_NOT_EXIST: Trace with ID \'x\' not found."',
  ],
])('%s is unlisted', (_, left, right, said) => {
  expect(judge('tags', straight(left), gateway(right)).unlisted).toContain(said);
});

test('a step that one side lacks is unlisted', () => {
  expect(judge('tags', straight({ step: 'a.b', value: null }), gateway()).unlisted).toHaveLength(1);
});

test('an entry that nothing fits is gone, and one that fits is not', () => {
  expect(judge('tags', straight(), gateway()).gone).toHaveLength(
    KNOWN.filter(({ strategies }) => strategies.includes('tags')).length,
  );
  const verdict = judge(
    'tags',
    straight({ step: 'experiments.search all', value: { Default: { name: 'Default' } } }),
    gateway({ step: 'experiments.search all', value: {} }),
  );
  expect(verdict.unlisted).toEqual([]);
  expect(verdict.gone).toHaveLength(KNOWN.filter(({ strategies }) => strategies.includes('tags')).length - 1);
});
