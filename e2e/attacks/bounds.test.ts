import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Stack, startStack, unique } from '../harness/stack.ts';
import { testSpellings } from './field-spellings.ts';

const RUNS = '/api/2.0/mlflow/runs/search';
const EXPERIMENTS = '/api/2.0/mlflow/experiments/search';
const MIB = 1_048_576;

const times = (count: number, of: (i: number) => string, by = ' AND '): string =>
  Array.from({ length: count }, (_, i) => of(i)).join(by);

describe.each(['workspaces', 'tags'] as const)('strategy %s: text for the parsers of MLflow', (strategy) => {
  let stack: Stack;
  let experiment: string;

  beforeAll(async () => {
    stack = await startStack({ auth: 'off', workspaces: strategy === 'workspaces' });
    const made = await stack.as('team-a')('/api/2.0/mlflow/experiments/create', {
      json: { name: unique('bounds') },
    });
    experiment = ((await made.json()) as { experiment_id: string }).experiment_id;
  }, 180_000);
  afterAll(() => stack?.stop());

  const search = async (json: object): Promise<{ status: number; message: string; ms: number }> => {
    const started = performance.now();
    const answer = await stack.as('team-a')(RUNS, { json: { experiment_ids: [experiment], ...json } });
    const { message = '' } = (await answer.json()) as { message?: string };
    return { status: answer.status, message, ms: performance.now() - started };
  };

  it.each([
    [
      'an order_by of 1 MiB in one item',
      { order_by: ['a,'.repeat(MIB / 2)] },
      'order_by accepts at most 1,024 characters',
    ],
    [
      'an order_by of 1 MiB in 40,000 items',
      { order_by: Array(40_000).fill('metrics.accuracy DESC') },
      'order_by accepts at most 20 items; 40,000 were sent',
    ],
    [
      'a filter of 1 MiB',
      { filter: times(60_000, () => "tags.a = 'b'") },
      'filter accepts at most 65,536 characters',
    ],
    ['a filter of 30,000 signs', { filter: ','.repeat(30_000) }, 'words and signs'],
    ['a filter of 61 comparisons', { filter: times(61, (i) => `tags.a != '${i}'`) }, '60 comparisons'],
    [
      'a list of 40,000 experiments',
      { experiment_ids: Array(40_000).fill('1') },
      'experiment_ids accepts at most 5,000 items',
    ],
  ])('%s is refused without a question to MLflow', async (_, json, message) => {
    const { status, message: said, ms } = await search(json);
    expect({ status, said }).toEqual({ status: 400, said: expect.stringContaining(message) });
    // MLflow itself needs seconds for any of these.
    expect(ms).toBeLessThan(1_000);
  });

  it('refuses a pattern with exponential backtracking in Python', async () => {
    const answer = await stack.as('team-a')('/api/3.0/mlflow/traces/search', {
      json: {
        locations: [{ type: 'MLFLOW_EXPERIMENT', mlflow_experiment: { experiment_id: experiment } }],
        filter: "tags.a RLIKE '(a+)+$'",
      },
    });
    expect(answer.status).toBe(400);
    expect(await answer.text()).toContain('a pattern of RLIKE');
  });

  it('answers the longest accepted requests within seconds', async () => {
    const most = [
      { filter: times(59, (i) => `tags.a != '${i}'`) },
      { filter: `attributes.run_id IN (${times(2_400, (i) => `'${String(i).padStart(20, '0')}'`, ',')})` },
      { filter: `tags.a = '${'x'.repeat(60_000)}'` },
      { order_by: Array.from({ length: 20 }, (_, i) => `metrics.m${i} DESC`) },
    ];
    for (const json of most) {
      const { status, ms } = await search(json);
      expect(status, JSON.stringify(json).slice(0, 60)).toBe(200);
      expect(ms).toBeLessThan(10_000);
    }
  }, 60_000);

  // In this file because it needs the same two stacks.
  testSpellings(strategy, () => stack);

  it('limits a list of names in a query as in a body', async () => {
    const query = times(21, () => 'order_by=name', '&');
    const answer = await stack.as('team-a')(`${EXPERIMENTS}?max_results=1&${query}`);
    expect(answer.status).toBe(400);
    expect(await answer.text()).toContain('order_by accepts at most 20 items; 21 were sent');
  });
});
