import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { KINDS, OPERATIONS } from '../catalog/generated/catalog.ts';
import type { Field, FieldClass, Operation } from '../catalog/types.ts';
import { LIMITS } from '../limits.ts';
import { Kinds } from '../tenancy/kinds.ts';
import { type InProcessGateway, startInProcess } from '../testing/in-process.ts';

/**
 * Requests with values that fail in different ways, mixed in every order, over every operation. The gateway refuses every value
 * that it can refuse alone before it asks MLflow anything, and leaves no promise unhandled (docs/adr/0026-unexpected-errors.md).
 */

const kinds = new Kinds(KINDS);
const BAD = '!';
const rejections: unknown[] = [];
const onRejection = (reason: unknown): void => void rejections.push(reason);
let gateway: InProcessGateway;

async function start(strategy: string): Promise<void> {
  gateway = await startInProcess({ GW_TENANCY: strategy });
  const { upstream } = gateway;
  const askKindly = upstream.ask.bind(upstream);
  upstream.ask = async (outgoing) => {
    const text = `${outgoing.path} ${String(outgoing.body ?? '')}`;
    const answer = await askKindly(outgoing);
    return isAbsent(text) ? { status: 404, headers: {}, body: Buffer.from('{}') } : answer;
  };
  // From here on the gateway has the tenant's workspace in its cache.
  await gateway.send('GET /api/2.0/mlflow/experiments/get?experiment_id=1');
}

beforeEach(() => {
  rejections.length = 0;
  process.on('unhandledRejection', onRejection);
});
afterEach(async () => {
  process.off('unhandledRejection', onRejection);
  await gateway.stop();
});

type Choice = 'there' | 'absent' | 'bad';
const there = ['1', 'a'.repeat(32), `m-${'a'.repeat(32)}`, `tr-${'a'.repeat(32)}`, 'a', 'io.a/a'];
const absent = ['404404', 'b'.repeat(32), `m-${'b'.repeat(32)}`, `tr-${'b'.repeat(32)}`, 'bbbb', 'io.b/bbbb'];
const isAbsent = (text: string): boolean => /404404|bbbb/.test(text);

/** A value of the class, and whether the gateway can refuse it without asking MLflow. */
function fill(policy: FieldClass, choice: Choice): { readonly value: string; readonly bad: boolean } {
  const candidates = choice === 'absent' ? absent : there;
  switch (policy.class) {
    case 'reference': {
      if (choice === 'bad' && policy.kind !== 'workspace' && !kinds.fits(policy.kind, BAD))
        return { value: BAD, bad: true };
      return { value: candidates.find((id) => kinds.fits(policy.kind, id)) ?? 'a', bad: false };
    }
    case 'mention':
      return { value: candidates.find((id) => kinds.looksLike(policy.kind, id)) ?? 'a', bad: false };
    case 'tag-key':
      return choice === 'bad' ? { value: 'mlflow.artifactLocation', bad: false } : { value: 'k', bad: false };
    case 'storage-uri':
      return { value: choice === 'bad' ? 'file:///etc' : `runs:/${candidates[1]}/model`, bad: false };
    case 'artifact-path':
      return choice === 'bad' ? { value: '../x', bad: true } : { value: `1/${candidates[1]}`, bad: false };
    default:
      return { value: 'a', bad: false };
  }
}

interface Written {
  readonly value: unknown;
  readonly bad: boolean;
}

/** Writes a field with the next choices; `undefined` if no part of it bears on tenancy. */
function write(field: Field, next: () => Choice): Written | undefined {
  const one = (): Written | undefined => {
    if (field.type === 'object') {
      const inside = (field.fields ?? []).flatMap((f) => {
        const written = write(f, next);
        return written === undefined ? [] : [[f.name, written] as const];
      });
      if (inside.length === 0) return undefined;
      return {
        value: Object.fromEntries(inside.map(([name, { value }]) => [name, value])),
        bad: inside.some(([, { bad }]) => bad),
      };
    }
    if (field.type !== 'string' || field.policy === undefined || field.policy.class === 'opaque')
      return undefined;
    return fill(field.policy, next());
  };
  if (!field.repeated) return one();
  const items = [one(), one(), one()].filter((item) => item !== undefined);
  return items.length === 0
    ? undefined
    : { value: items.map(({ value }) => value), bad: items.some(({ bad }) => bad) };
}

interface Made {
  readonly text: string;
  readonly bad: boolean;
}

function make(
  { method, paths, path, query, body, bodyFields }: Operation,
  choices: readonly Choice[],
  turned: boolean,
): Made {
  let at = 0;
  const next = (): Choice => choices[at++ % choices.length]!;
  const order = (list: readonly Field[]): readonly Field[] => {
    // The older name of a field may stand beside the current one only with the same value: either one is written.
    const both = (field: Field): boolean => list.some(({ name }) => name === field.older);
    const today = (name: string): boolean => list.some(({ older }) => older === name);
    return turned
      ? list.filter((field) => !both(field)).toReversed()
      : list.filter(({ name }) => !today(name));
  };
  let bad = false;
  const note = (written: Written): unknown => {
    bad ||= written.bad;
    return written.value;
  };
  let target = paths[0];
  for (const { name, policy } of path)
    target = target.replace(`{${name}}`, encodeURIComponent(String(note(fill(policy, next())))));
  const pairs = order(query).flatMap((field) => {
    const written = write(field, next);
    if (written === undefined) return [];
    return [note(written)].flat().map((value) => `${field.name}=${encodeURIComponent(String(value))}`);
  });
  if (pairs.length > 0) target += `?${pairs.join('&')}`;
  const entries = order(body === 'json' ? bodyFields : []).flatMap((field) => {
    const written = write(field, next);
    return written === undefined ? [] : [[field.name, note(written)] as const];
  });
  const content = body === 'json' ? JSON.stringify(Object.fromEntries(entries)) : '';
  const type = content === '' ? '' : 'Content-Type: application/json\r\n';
  const head = `${method} ${target} HTTP/1.1\r\nHost: g\r\nX-Tenant: team-a\r\nConnection: close\r\n`;
  return { text: `${head}${type}Content-Length: ${content.length}\r\n\r\n${content}`, bad };
}

const choices = fc.tuple(
  fc.array(fc.constantFrom<Choice>('there', 'absent', 'bad'), { minLength: 1, maxLength: 9 }),
  fc.boolean(),
);

describe.each(['workspaces', 'tags'])('under %s', (strategy) => {
  beforeEach(() => start(strategy));

  test('failures in any order give one response, one audit line and no needless question to MLflow', async () => {
    const operations = OPERATIONS.filter(({ body }) => body === 'json' || body === 'none');
    let refusedFirst = 0;
    let asked = 0;
    for (const operation of operations) {
      await fc.assert(
        fc.asyncProperty(choices, async ([picked, turned]) => {
          const { text, bad } = make(operation, picked, turned);
          const before = { asked: gateway.upstream.requests.length, lines: gateway.audited.length };
          const answer = await gateway.raw(text);
          await new Promise((resolve) => setImmediate(resolve));
          expect(answer.match(/HTTP\/1\.1 \d{3} /g), text).toHaveLength(1);
          expect(answer, text).not.toMatch(/^HTTP\/1\.1 500/);
          expect(gateway.audited.length - before.lines, text).toBe(1);
          expect(rejections, text).toEqual([]);
          asked += gateway.upstream.requests.length - before.asked;
          if (!bad) return;
          refusedFirst++;
          expect(gateway.upstream.requests.length - before.asked, text).toBe(0);
        }),
        { numRuns: 4, seed: 26 },
      );
    }
    expect(refusedFirst).toBeGreaterThan(50);
    // Under `workspaces` few fields need a lookup, and positive results are cached.
    expect(asked).toBeGreaterThan(15);
  });

  test('an unknown run next to a malformed one does not end the process', async () => {
    const before = gateway.upstream.requests.length;
    const unknown = '0'.repeat(32);
    const answer = await gateway.send(
      `GET /ajax-api/2.0/mlflow/metrics/get-history-bulk?metric_key=m&run_id=${unknown}&run_id=%21`,
    );
    await new Promise((resolve) => setImmediate(resolve));
    expect(answer).toMatchObject({ status: 400, body: { reason: 'invalid_field' } });
    expect(rejections).toEqual([]);
    expect(gateway.upstream.requests.length).toBe(before);
  });

  test('a malformed part of a GraphQL document is refused before any part is looked up', async () => {
    const query = `{ a: mlflowGetRun(input: {runId: "${'a'.repeat(32)}"}) { run { info { runName } } }
      b: mlflowGetRun(input: {runId: "!"}) { run { info { runName } } } }`;
    const before = gateway.upstream.requests.length;
    const answer = await gateway.send('POST /graphql', [], JSON.stringify({ query }));
    expect(answer).toMatchObject({ status: 400, body: { reason: 'invalid_field' } });
    expect(gateway.upstream.requests.length).toBe(before);
  });

  test('a batch may reference at most a thousand models, each looked up once', async () => {
    const most = LIMITS.lookupsPerRequest.value;
    const batch = (count: number): string => {
      const metrics = Array.from({ length: count * 2 }, (_, i) => ({
        key: 'k',
        value: 1,
        timestamp: 1,
        step: 1,
        model_id: `m-${String(i % count).padStart(32, 'a')}`,
      }));
      return JSON.stringify({ run_id: 'a'.repeat(32), metrics });
    };
    const send = (count: number) => gateway.send('POST /api/2.0/mlflow/runs/log-batch', [], batch(count));
    let before = gateway.upstream.requests.length;
    expect(await send(most + 1)).toMatchObject({ status: 400, body: { reason: 'invalid_field' } });
    expect(gateway.upstream.requests.length).toBe(before);
    before = gateway.upstream.requests.length;
    expect(await send(20)).toMatchObject({ status: 200 });
    // Under `tags` the run and the containers of both are looked up as well.
    expect(gateway.upstream.requests.length - before).toBeGreaterThanOrEqual(strategy === 'tags' ? 1 : 20);
    expect(gateway.upstream.requests.length - before).toBeLessThanOrEqual(23);
  });

  test('a batch of unknown models costs MLflow few questions', async () => {
    onTestFinished(() => expect(rejections).toEqual([]));
    const metrics = Array.from({ length: 900 }, (_, i) => ({
      key: 'k',
      value: 1,
      timestamp: 1,
      step: 1,
      model_id: `m-${String(i).padStart(32, 'b')}`,
    }));
    const before = gateway.upstream.requests.length;
    const body = JSON.stringify({ run_id: 'a'.repeat(32), metrics });
    const answer = await gateway.send('POST /api/2.0/mlflow/runs/log-batch', [], body);
    expect(answer).toMatchObject({
      status: 404,
      body: { message: expect.stringContaining(`m-${'b'.repeat(31)}0`) },
    });
    expect(gateway.upstream.requests.length - before).toBeLessThan(15);
  });
});
