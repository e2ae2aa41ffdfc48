import { expect, test } from 'vitest';
import { type Step, schedule, select } from './schedule.ts';
import { STEPS } from './steps.ts';

const step = (name: string, more: Partial<Step> = {}): Step => ({
  name,
  run: 'true',
  counts: 'one',
  ...more,
});

/** Runs steps, and records the other running steps whenever one begins. */
async function run(steps: readonly Step[], failing: readonly string[] = [], slots = 2) {
  const running = new Set<string>();
  const order: string[] = [];
  const beside = new Map<string, readonly string[]>();
  const blocked: string[] = [];
  await schedule(steps, {
    slots,
    async execute({ name }) {
      order.push(name);
      beside.set(name, [...running]);
      running.add(name);
      for (let turns = name.length; turns > 0; turns--) await Promise.resolve();
      running.delete(name);
      return !failing.includes(name);
    },
    onBlocked: ({ name }, needed) => blocked.push(`${name}: ${needed}`),
  });
  return { order, beside, blocked };
}

test('two steps run at once, and the third begins after one has ended', async () => {
  const { order, beside } = await run([step('long long'), step('b'), step('c')]);
  expect(order).toEqual(['long long', 'b', 'c']);
  expect(beside.get('b')).toEqual(['long long']);
  expect(beside.get('c')).toEqual(['long long']);
});

test('a heavy step never begins beside another one; a light step goes before it', async () => {
  const steps = [step('long heavy', { heavy: true }), step('heavy', { heavy: true }), step('c')];
  const { order, beside } = await run(steps, [], 4);
  expect(order).toEqual(['long heavy', 'c', 'heavy']);
  expect(beside.get('c')).toEqual(['long heavy']);
  expect(beside.get('heavy')).toEqual([]);
});

test('a heavy step takes two slots', async () => {
  const steps = [step('long heavy', { heavy: true }), step('long light'), step('c')];
  const { beside } = await run(steps, [], 3);
  expect(beside.get('long light')).toEqual(['long heavy']);
  expect(beside.get('c')).not.toContain('long heavy');
});

test('a heavy step is not overtaken by later steps while it waits for its second slot', async () => {
  const steps = [step('a long light'), step('a'), step('heavy', { heavy: true }), step('c')];
  const { order } = await run(steps, [], 2);
  expect(order).toEqual(['a long light', 'a', 'heavy', 'c']);
});

test('steps in the background take no slot, and run one at a time', async () => {
  const steps = [step('b1', { background: true }), step('b2', { background: true }), step('x'), step('y')];
  const { beside } = await run(steps);
  expect(beside.get('y')).toEqual(['b1', 'x']);
  expect(beside.get('b2')).not.toContain('b1');
});

test('a step begins after those that it needs', async () => {
  const { order } = await run([step('b', { after: ['a'] }), step('a')]);
  expect(order).toEqual(['a', 'b']);
});

test('steps that need a failed step fail without being run, and the others run', async () => {
  const steps = [step('a'), step('b', { after: ['a'] }), step('c', { after: ['b'] }), step('d')];
  const { order, blocked } = await run(steps, ['a']);
  expect(order).toEqual(['a', 'd']);
  expect(blocked).toEqual(['b: a', 'c: b']);
});

test('reports steps that wait for each other or for an unknown step', async () => {
  await expect(run([step('a', { after: ['b'] }), step('b', { after: ['a'] })])).rejects.toThrow(
    'these steps wait for each other: a, b',
  );
  await expect(run([step('a', { after: ['z'] })])).rejects.toThrow(
    'step a comes after z, which is not a step',
  );
  await expect(run([step('a'), step('a')])).rejects.toThrow('two steps have the same name');
});

test('a selection includes the steps that it needs', () => {
  const steps = [step('a'), step('b', { after: ['a'] }), step('c')];
  expect(select(steps, ['b']).map(({ name }) => name)).toEqual(['a', 'b']);
  expect(select(steps, [])).toBe(steps);
  expect(() => select(steps, ['z'])).toThrow('no step has z in its name');
});

test('the steps of this project can all be reached', async () => {
  const { order } = await run(STEPS);
  expect(order.toSorted()).toEqual(STEPS.map(({ name }) => name).toSorted());
});
