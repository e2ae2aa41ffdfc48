import { beforeAll, describe, expect, it } from 'vitest';
import type { Fetch } from '../../dev/http.ts';
import { type Stack, unique } from '../harness/stack.ts';

/**
 * Spellings of third-party clients that have one meaning for MLflow (ADR 37): each is sent straight to MLflow and through the
 * gateway and must have the same effect, and each is tried as an attack on another team's resources.
 */

const API = '/api/2.0/mlflow';
// biome-ignore lint/suspicious/noExplicitAny: each test reads another part of MLflow's responses
type Json = Record<string, any>;
interface Team {
  readonly fetch: Fetch;
  readonly experiment: string;
  readonly name: string;
  readonly run: string;
}

const post = (fetch: Fetch, path: string, json: unknown): Promise<Response> =>
  fetch(`${API}/${path}`, { json });
/** Sends JSON as text, for numbers outside JavaScript's range and repeated keys. */
const send = (fetch: Fetch, method: string, path: string, body: string): Promise<Response> =>
  fetch(`${API}/${path}`, { method, body, headers: { 'content-type': 'application/json' } });

async function ok(answer: Response | Promise<Response>): Promise<Json> {
  const text = await (await answer).text();
  expect((await answer).status, text).toBe(200);
  return JSON.parse(text) as Json;
}

async function refused(answer: Promise<Response>, status: number, message: RegExp): Promise<void> {
  const text = await (await answer).text();
  expect({ status: (await answer).status, text }).toEqual({ status, text: expect.stringMatching(message) });
}

async function teamOf(fetch: Fetch): Promise<Team> {
  const name = unique('spelt');
  const { experiment_id: experiment } = await ok(post(fetch, 'experiments/create', { name }));
  const { run } = await ok(post(fetch, 'runs/create', { experiment_id: experiment, start_time: 1 }));
  return { fetch, experiment, name, run: run.info.run_id };
}

/** Defines the tests, for a stack with the tenants `team-a` and `team-b`. */
export function testSpellings(strategy: 'workspaces' | 'tags', stackOf: () => Stack): void {
  describe('spellings with one meaning', () => {
    let mine: Team;
    let theirs: Team;
    /** Straight at MLflow. */
    let straight: Fetch;
    /** The same request through the gateway and straight at MLflow. */
    let both: readonly Fetch[];

    beforeAll(async () => {
      const stack = stackOf();
      mine = await teamOf(stack.as('team-a'));
      theirs = await teamOf(stack.as('team-b'));
      straight = strategy === 'tags' ? stack.direct() : stack.direct('team-a');
      both = [mine.fetch, straight];
    });

    const runOf = async (team: Team): Promise<Json> =>
      (await ok(team.fetch(`${API}/runs/get?run_id=${team.run}`))).run as Json;

    describe('numbers for enums', () => {
      it.each([3, 3.0, '3', 'FINISHED'])('a status of %j is FINISHED', async (status) => {
        for (const fetch of both) {
          await ok(post(fetch, 'runs/update', { run_id: mine.run, status: 'RUNNING' }));
          await ok(post(fetch, 'runs/update', { run_id: mine.run, status }));
          expect((await runOf(mine)).info.status).toBe('FINISHED');
        }
      });

      it('a view by number finds the same as by name', async () => {
        for (const fetch of both) {
          const search = { experiment_ids: [mine.experiment] };
          for (const view of [1, 'ACTIVE_ONLY'])
            expect(
              (await ok(post(fetch, 'runs/search', { ...search, run_view_type: view }))).runs,
            ).toHaveLength(1);
          expect((await ok(post(fetch, 'runs/search', { ...search, run_view_type: 2 }))).runs ?? []).toEqual(
            [],
          );
          const filter = encodeURIComponent(`name = '${mine.name}'`);
          for (const view of ['1', '3', 'ALL']) {
            const path = `${API}/experiments/search?view_type=${view}&max_results=5&filter=${filter}`;
            expect((await ok(fetch(path))).experiments).toHaveLength(1);
          }
        }
      });

      it.each(['4', '-1', '3.5', '"03"', '" 3"', '"3.0"', 'true', '[3]'])(
        'a view of %s is refused, before or after the ids it is about',
        async (view) => {
          for (const body of [
            `{"run_view_type":${view},"experiment_ids":["${theirs.experiment}"]}`,
            `{"experiment_ids":["${mine.experiment}"],"run_view_type":${view},"filter":"tags.a = 'b'"}`,
          ])
            await refused(
              send(mine.fetch, 'POST', 'runs/search', body),
              400,
              /'run_view_type' supplied: expected one of ACTIVE_ONLY \(or 1\), .*received /,
            );
        },
      );
    });

    describe('numbers as text, and with a fraction of zero', () => {
      it.each([
        ['{"value":"0.90","timestamp":1700000000000.0,"step":"2"}', 0.9, 2],
        ['{"value":"-1e-3","timestamp":"1700000000000.0","step":3.0}', -0.001, 3],
        ['{"value":7,"timestamp":"1.7e12","step":"4.0"}', 7, 4],
        ['{"value":"Infinity","timestamp":1.7e12,"step":"0"}', 'Infinity', 0],
      ])('a metric %s', async (rest, value, step) => {
        for (const fetch of both) {
          const key = unique('m');
          await ok(
            send(fetch, 'POST', 'runs/log-metric', `{"run_id":"${mine.run}","key":"${key}",${rest.slice(1)}`),
          );
          const { metrics } = await ok(
            mine.fetch(`${API}/metrics/get-history?run_id=${mine.run}&metric_key=${key}`),
          );
          expect(metrics).toEqual([expect.objectContaining({ key, timestamp: 1_700_000_000_000, step })]);
          expect(String(metrics[0].value)).toContain(typeof value === 'number' ? String(value) : '');
        }
      });

      it('a batch accepts them in its metrics', async () => {
        const key = unique('m');
        const metrics = [{ key, value: '0.5', timestamp: '5.0', step: '1' }];
        for (const fetch of both) await ok(post(fetch, 'runs/log-batch', { run_id: mine.run, metrics }));
        const { metrics: found } = await ok(
          mine.fetch(`${API}/metrics/get-history?run_id=${mine.run}&metric_key=${key}`),
        );
        expect(found[0]).toMatchObject({ value: 0.5, timestamp: 5, step: 1 });
      });

      it('a page size is accepted in a query and in a body', async () => {
        for (const results of ['5.0', '5e0', '5']) {
          await ok(mine.fetch(`${API}/experiments/search?max_results=${results}`));
          await ok(
            post(mine.fetch, 'runs/search', { experiment_ids: [mine.experiment], max_results: results }),
          );
        }
      });

      it('a time with a fraction is refused, since MLflow creates a run without a start time from it', async () => {
        const body = `{"experiment_id":"${mine.experiment}","start_time":1700000000000.5,"tags":[{"key":"a","value":"b"}]}`;
        const { run } = await ok(send(straight, 'POST', 'runs/create', body));
        // The tags after it are lost as well.
        expect(run.info.start_time ?? 0).toBe(0);
        expect(run.data.tags?.map(({ key }: Json) => key) ?? []).not.toContain('a');
        await refused(
          send(mine.fetch, 'POST', 'runs/create', body),
          400,
          /'start_time' supplied: expected an integer in plain decimal digits, received a number with a fraction/,
        );
      });

      it.each([
        ['beyond 64 bits', '9223372036854775808'],
        ['beyond 2^53 by way of a double', '"9007199254740993.0"'],
        ['in other digits', '"\u0663"'],
        ['with an underscore', '"1_0"'],
        ['empty', '""'],
      ])('an integer %s is refused', async (_, step) => {
        const body = `{"step":${step},"run_id":"${theirs.run}","key":"k","value":1,"timestamp":1}`;
        await refused(
          send(mine.fetch, 'POST', 'runs/log-metric', body),
          400,
          /'step' supplied: expected an integer/,
        );
      });

      it.each(['"inf"', '"nan"', '"1e999"', '" 1"', '"0x1"', 'true'])(
        'a value of %s is refused',
        async (value) => {
          const body = `{"run_id":"${mine.run}","key":"k","value":${value},"timestamp":1}`;
          await refused(
            send(mine.fetch, 'POST', 'runs/log-metric', body),
            400,
            /'value' supplied: expected a number/,
          );
        },
      );

      it('a number given twice, once as text, is refused', async () => {
        const body = `{"experiment_ids":["${mine.experiment}"],"max_results":5,"max_results":"5"}`;
        await refused(send(mine.fetch, 'POST', 'runs/search', body), 400, /same key twice/);
        await refused(
          mine.fetch(`${API}/experiments/search?max_results=5&max_results=5.0`),
          400,
          /given twice/,
        );
      });
    });

    describe('GET with a JSON body and no query', () => {
      const get = (fetch: Fetch, path: string, json: unknown): Promise<Response> =>
        fetch(`${API}/${path}`, { method: 'GET', json });

      it('reads the same as with a query', async () => {
        for (const fetch of both) {
          expect((await ok(get(fetch, 'runs/get', { run_id: mine.run }))).run.info.run_id).toBe(mine.run);
          expect((await ok(get(fetch, 'runs/get', { run_uuid: mine.run }))).run.info.run_id).toBe(mine.run);
          const filter = `name = '${mine.name}'`;
          const found = await ok(
            get(fetch, 'experiments/search', {
              max_results: 5,
              view_type: 'ALL',
              filter,
              order_by: ['name'],
            }),
          );
          expect(found.experiments.map(({ name }: Json) => name)).toEqual([mine.name]);
          await ok(get(fetch, 'artifacts/list', { run_id: mine.run }));
          await ok(get(fetch, 'experiments/search', { max_results: 5, page_token: null }));
        }
      });

      it('finds nothing of another team', async () => {
        for (const body of [{ run_id: theirs.run }, { run_uuid: theirs.run }])
          expect((await get(mine.fetch, 'runs/get', body)).status).toBe(404);
        expect((await get(mine.fetch, 'experiments/get', { experiment_id: theirs.experiment })).status).toBe(
          404,
        );
        const named = { experiment_name: theirs.name };
        expect((await get(mine.fetch, 'experiments/get-by-name', named)).status).toBe(404);
        const all = await ok(get(mine.fetch, 'experiments/search', { max_results: 1_000 }));
        const names = all.experiments.map(({ name }: Json) => name);
        expect(names).toContain(mine.name);
        expect(names).not.toContain(theirs.name);
        const filter = `name = '${theirs.name}'`;
        const found = await ok(get(mine.fetch, 'experiments/search', { max_results: 5, filter }));
        expect(found.experiments ?? []).toEqual([]);
      });

      it.each<[string, string, (own: Team, other: Team) => string, RegExp]>([
        ['a key twice', '', (a, b) => `{"run_id":"${a.run}","run_id":"${b.run}"}`, /same key twice/],
        [
          'a key twice, once escaped',
          '',
          (a, b) => `{"run_id":"${a.run}","run\\u005fid":"${b.run}"}`,
          /same key twice/,
        ],
        [
          'another spelling beside it',
          '',
          (a, b) => `{"run_id":"${a.run}","runId":"${b.run}"}`,
          /Write it run_id/,
        ],
        [
          'a number for an id',
          '',
          () => '{"run_id":1}',
          /'run_id' supplied: expected a string, received a number/,
        ],
        ['a list', '', (a) => `["${a.run}"]`, /The body must be a JSON object, not /],
        [
          'JSON in a string',
          '',
          (_, b) => `"{\\"run_id\\":\\"${b.run}\\"}"`,
          /The body must be a JSON object, not /,
        ],
        ['a query beside it', '?run_id=mine', (_, b) => `{"run_id":"${b.run}"}`, /not from both/],
      ])('is refused with %s', async (_, query, body, message) => {
        const own = query.replace('mine', mine.run);
        await refused(send(mine.fetch, 'GET', `runs/get${own}`, body(mine, theirs)), 400, message);
      });

      it('is refused where MLflow reads no body', async () => {
        const body = JSON.stringify({ run_id: mine.run, path: 'x' });
        const headers = { 'content-type': 'application/json' };
        await refused(
          mine.fetch('/get-artifact', { method: 'GET', body, headers }),
          400,
          /GET request to this operation takes no body/,
        );
      });
    });

    describe('a field in the query and in the body', () => {
      it('is accepted with the same value', async () => {
        for (const fetch of both) {
          const name = unique('model');
          await ok(post(mine.fetch, 'registered-models/create', { name, tags: [{ key: 'a', value: 'b' }] }));
          const tag = JSON.stringify({ name, key: 'a' });
          await ok(send(fetch, 'DELETE', `registered-models/delete-tag?name=${name}&key=a`, tag));
          const { registered_model } = await ok(mine.fetch(`${API}/registered-models/get?name=${name}`));
          expect((registered_model.tags ?? []).map(({ key }: Json) => key)).not.toContain('a');
          await ok(send(fetch, 'DELETE', `registered-models/delete?name=${name}`, JSON.stringify({ name })));
          const search = { experiment_ids: [mine.experiment], max_results: 5, run_view_type: 'ALL' };
          await ok(
            post(
              fetch,
              `runs/search?experiment_ids=${mine.experiment}&max_results=5.0&run_view_type=3`,
              search,
            ),
          );
        }
      });

      it('is refused with different values, and in the query alone', async () => {
        const name = unique('theirs');
        await ok(post(theirs.fetch, 'registered-models/create', { name }));
        const own = unique('mine');
        await ok(post(mine.fetch, 'registered-models/create', { name: own }));
        const remove = (query: string, body: object): Promise<Response> =>
          send(mine.fetch, 'DELETE', `registered-models/delete${query}`, JSON.stringify(body));
        await refused(
          remove(`?name=${own}`, { name }),
          400,
          /name in the query differs from name in the body/,
        );
        await refused(remove(`?name=${name}`, { name: own }), 400, /name in the query differs/);
        await refused(remove(`?name=${own}`, {}), 400, /Send name in the JSON body/);
        await refused(remove(`?name=${own}&name=${own}`, { name: own }), 400, /given twice/);
        await refused(remove(`?n%61me=${name}`, { name: own }), 400, /name in the query differs/);
        expect((await remove(`?name=${name}`, { name })).status).toBe(404);
        await ok(theirs.fetch(`${API}/registered-models/get?name=${name}`));
        await ok(mine.fetch(`${API}/registered-models/get?name=${own}`));
        await refused(
          post(mine.fetch, `runs/search?experiment_ids=${theirs.experiment}`, {
            experiment_ids: [mine.experiment],
          }),
          400,
          /experiment_ids in the query differs/,
        );
      });
    });

    describe('run_uuid beside run_id', () => {
      const twice = (team: Team): Json => ({ run_id: team.run, run_uuid: team.run });

      it('is dropped when both have the same value', async () => {
        for (const fetch of both) {
          await ok(fetch(`${API}/runs/get?run_uuid=${mine.run}&run_id=${mine.run}`));
          await ok(post(fetch, 'runs/set-tag', { ...twice(mine), key: 'a', value: 'b' }));
          await ok(post(fetch, 'runs/delete-tag', { ...twice(mine), key: 'a' }));
          await ok(post(fetch, 'runs/log-batch', { ...twice(mine), params: [{ key: 'p', value: '1' }] }));
          await ok(post(fetch, 'runs/delete', twice(mine)));
          expect((await runOf(mine)).info.lifecycle_stage).toBe('deleted');
          await ok(post(fetch, 'runs/restore', twice(mine)));
          expect((await runOf(mine)).info.lifecycle_stage).toBe('active');
        }
      });

      it.each<[string, Json]>([
        ['runs/delete', {}],
        ['runs/set-tag', { key: 'intruder', value: 'x' }],
        ['runs/log-batch', { params: [{ key: 'intruder', value: 'x' }] }],
      ])('is refused where they differ: %s', async (path, rest) => {
        for (const [run_id, run_uuid] of [
          [mine.run, theirs.run],
          [theirs.run, mine.run],
          ['', theirs.run],
          [mine.run, ''],
        ])
          await refused(
            post(mine.fetch, path, { run_uuid, run_id, ...rest }),
            400,
            /run_uuid differs from run_id, .*Send run_id alone/,
          );
        expect((await post(mine.fetch, path, { ...twice(theirs), ...rest })).status).toBe(404);
        const { info, data } = await runOf(theirs);
        expect(info.lifecycle_stage).toBe('active');
        expect(JSON.stringify(data)).not.toContain('intruder');
      });

      it('is refused when they differ, and alone where MLflow does not read it', async () => {
        const path = `${API}/runs/get?run_id=${mine.run}&run_uuid=${theirs.run}`;
        await refused(mine.fetch(path), 400, /run_uuid differs from run_id/);
        await refused(
          post(mine.fetch, 'runs/delete', { run_uuid: mine.run }),
          400,
          /run_uuid\. Write it run_id/,
        );
      });
    });
  });
}
