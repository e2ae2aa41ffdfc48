import { expect, it, onTestFinished, vi } from 'vitest';
import { DenialError } from '../denial.ts';
import { LIMITS } from '../limits.ts';
import type { OutgoingRequest, UpstreamResponse } from '../upstream/types.ts';
import { ReadinessCheck } from './readiness.ts';

type Answer = () => UpstreamResponse | Promise<UpstreamResponse>;

const says =
  (status: number, body = '{}'): Answer =>
  () => ({ status, headers: {}, body: Buffer.from(body) });
const hangs: Answer = () => new Promise(() => {});
const times: Answer = () => Promise.reject(new DenialError('upstream_timeout', 'MLflow did not answer.'));

const FRESH = LIMITS.readinessFresh.value * 1_000;
const GRACE = LIMITS.readinessGrace.value * 1_000;

/** A check with a clock of its own, in front of an MLflow with a response that the test sets. */
function make(first: Answer) {
  const asked: OutgoingRequest[] = [];
  const logged: string[] = [];
  const state = { answer: first, now: 0, strategy: 'tags' as 'tags' | 'workspaces' | undefined };
  const check = new ReadinessCheck({
    upstream: {
      ask: async (outgoing) => {
        asked.push(outgoing);
        return state.answer();
      },
    },
    strategy: () => state.strategy,
    log: {
      warn: (_, message) => void logged.push(`warn ${message}`),
      info: (_, message) => void logged.push(`info ${message}`),
    },
    now: () => state.now,
  });
  return { check, state, asked, logged };
}

it('concurrent probes share one request to MLflow, which is repeated once its result is old', async () => {
  const { check, state, asked } = make(says(200));
  expect(await Promise.all(Array.from({ length: 50 }, () => check.problem()))).toEqual(
    Array.from({ length: 50 }, () => undefined),
  );
  state.now = FRESH - 1;
  await check.problem();
  expect(asked).toHaveLength(1);
  state.now = FRESH;
  await check.problem();
  expect(asked).toHaveLength(2);
});

it('sends a tenant’s request: for one experiment, under `workspaces` in a workspace', async () => {
  const { check, state, asked } = make(says(200));
  await check.problem();
  state.strategy = 'workspaces';
  await check.problem();
  expect(asked.map(({ method }) => method)).toEqual(['GET', 'GET']);
  // The response contains no data of a tenant, who could make it arbitrarily long.
  expect(asked[0]!.path).toMatch(/max_results=1&filter=name%20%3D%20'\S+'%20AND%20name%20%3D%20'\S+'$/);
  expect(asked.map(({ headers }) => headers['x-mlflow-workspace'])).toEqual([undefined, 'default']);
});

it('sends nothing without a strategy', async () => {
  const { check, state, asked } = make(says(401));
  state.strategy = undefined;
  expect(await check.problem()).toBeUndefined();
  expect(asked).toEqual([]);
});

it.each([401, 403, 404, 302, 400])(
  '%s counts immediately, and a recovery counts a second later',
  async (status) => {
    const { check, state, logged } = make(says(200));
    expect(await check.problem()).toBeUndefined();
    state.answer = says(status);
    state.now = FRESH;
    expect(await check.problem()).toContain(String(status));
    state.answer = says(200);
    expect(await check.problem()).toContain(String(status));
    state.now += 1_000;
    expect(await check.problem()).toBeUndefined();
    expect(logged).toEqual([
      'warn MLflow does not serve the requests of tenants',
      'info MLflow serves the requests of tenants',
    ]);
  },
);

it.each([
  ['5xx', says(503)],
  ['no answer', times],
])('%s counts only once the last success is old', async (_, bad) => {
  const { check, state, logged } = make(says(200));
  await check.problem();
  state.answer = bad;
  for (state.now = FRESH; state.now < GRACE; state.now += FRESH)
    expect(await check.problem()).toBeUndefined();
  state.now = GRACE;
  expect(await check.problem()).toContain('a search for experiments');
  expect(logged).toHaveLength(1);
});

it('a probe waits at most a second for an MLflow that hangs while the last success counts', async () => {
  const { check, state, asked } = make(says(200));
  await check.problem();
  state.answer = hangs;
  state.now = FRESH;
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
  let answered = false;
  const probe = check.problem().finally(() => {
    answered = true;
  });
  await vi.advanceTimersByTimeAsync(999);
  expect(answered).toBe(false);
  await vi.advanceTimersByTimeAsync(1);
  expect(await probe).toBeUndefined();
  const next = check.problem();
  await vi.advanceTimersByTimeAsync(1_000);
  expect(await next).toBeUndefined();
  expect(asked).toHaveLength(2);
});

it('5xx at the start is not ready', async () => {
  expect(await make(says(500)).check.problem()).toContain('500');
});

it('a workspace provider without the default workspace works; any other 404 does not', async () => {
  const missing = '{"error_code":"RESOURCE_DOES_NOT_EXIST","message":"Workspace \'default\' not found"}';
  const { check, state } = make(says(404, missing));
  state.strategy = 'workspaces';
  expect(await check.problem()).toBeUndefined();
  const other = make(says(404, '{}'));
  other.state.strategy = 'workspaces';
  expect(await other.check.problem()).toContain('404');
  expect(await make(says(404, missing)).check.problem()).toContain('404');
});

it('ignores a result for a strategy that is no longer in force', async () => {
  const first = Promise.withResolvers<UpstreamResponse>();
  const { check, state } = make(() => first.promise);
  const before = check.problem();
  state.strategy = 'workspaces';
  state.answer = says(200);
  expect(await check.problem()).toBeUndefined();
  first.resolve({ status: 401, headers: {}, body: Buffer.from('') });
  await before;
  expect(await check.problem()).toBeUndefined();
});
