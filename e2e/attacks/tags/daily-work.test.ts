import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Fetch } from '../../../dev/http.ts';
import { API, API3, type Json, ok } from '../../harness/mlflow-api.ts';
import { otlpProtobuf } from '../../harness/otlp.ts';
import { serializedScorer } from '../../harness/scorer.ts';
import { unique } from '../../harness/stack.ts';
import { traceInfo } from '../../harness/world/resources.ts';
import { MINE, openScene, type Scene } from './scene.ts';

/** A tenant's daily work with traces, datasets, scorers and MCP servers succeeds, and no other tenant sees it. */

const hex = (): string => crypto.randomUUID().replaceAll('-', '');
const sendSpan = (as: Fetch, experiment: string, id: string, run?: string): Promise<Response> =>
  as('/v1/traces', {
    method: 'POST',
    body: otlpProtobuf(id, [['mlflow.traceRequestId', JSON.stringify(`tr-${id}`)]]),
    headers: {
      'content-type': 'application/x-protobuf',
      'x-mlflow-experiment-id': experiment,
      ...(run === undefined ? {} : { 'x-mlflow-run-id': run }),
    },
  });
const found = async (as: Fetch, experiments: string[], more: Json = {}): Promise<string[]> => {
  const locations = experiments.map((experiment_id) => ({
    type: 'MLFLOW_EXPERIMENT',
    mlflow_experiment: { experiment_id },
  }));
  const { traces = [] } = await ok(as, `${API3}/traces/search`, { locations, ...more });
  return traces.map(({ trace_id }: Json) => trace_id);
};

describe.each(['3.5.1', '3.18.0'])('MLflow %s', (version) => {
  let scene: Scene;
  let me: Fetch;
  let experiment: string;
  beforeAll(async () => {
    scene = await openScene(version);
    me = scene.attacker;
    experiment = (await ok(me, `${API}/experiments/create`, { name: unique('work') })).experiment_id;
  });
  afterAll(() => scene?.stop());

  test('accepts spans before their trace, and more spans after it', async () => {
    const id = hex();
    const first = await sendSpan(me, experiment, id);
    expect([first.status, first.headers.get('content-type')]).toEqual([200, 'application/x-protobuf']);
    // A search in an own experiment also finds resources without a tag.
    expect(await found(me, [experiment])).toContain(`tr-${id}`);
    await ok(me, `${API3}/traces`, { trace: { trace_info: traceInfo(`tr-${id}`, experiment) } });
    expect((await sendSpan(me, experiment, id)).status).toBe(200);
    const { trace } = await ok(scene.direct, `${API3}/traces/tr-${id}`);
    expect(trace.trace_info.tags.tenant).toBe(MINE);
    expect(await found(scene.owner, [experiment, '0'])).toEqual([]);
    expect((await scene.owner(`${API3}/traces/tr-${id}`)).status).toBe(404);
  });

  test('keeps spans with any run id, and links them to runs of the tenant only', async () => {
    const made = async (as: Fetch, experiment_id: string): Promise<string> =>
      (await ok(as, `${API}/runs/create`, { experiment_id })).run.info.run_id;
    const theirs = await ok(scene.owner, `${API}/experiments/create`, { name: unique('theirs') });
    const [own, foreign] = [await made(me, experiment), await made(scene.owner, theirs.experiment_id)];
    const send = async (as: Fetch, run: string): Promise<[string, number, string]> => {
      const id = hex();
      const answer = await sendSpan(as, experiment, id, run);
      return [id, answer.status, await answer.text()];
    };
    const mine = await send(me, own);
    const missing = hex();
    const others = [await send(me, foreign), await send(me, missing)];
    // MLflow accepts spans with an unknown run: no client may lose its traces because of one.
    expect((await send(scene.direct, hex()))[1]).toBe(200);
    for (const [id, status, text] of [mine, ...others]) {
      expect([status, text]).toEqual(mine.slice(1));
      expect(await found(me, [experiment])).toContain(`tr-${id}`);
    }
    const malformed = await sendSpan(me, experiment, hex(), 'my run');
    expect([malformed.status, ((await malformed.json()) as Json).message]).toEqual([
      400,
      expect.stringContaining(
        `Invalid value "my run" for parameter 'x-mlflow-run-id' supplied: expected a well-formed run id`,
      ),
    ]);
    // Before 3.17 MLflow links no runs.
    if (version === '3.5.1') return;
    const by = (as: Fetch, run: string, where: string) =>
      found(as, [where], { filter: `attributes.run_id = '${run}'` });
    expect(await by(me, own, experiment)).toEqual([`tr-${mine[0]}`]);
    for (const run of [foreign, missing]) expect(await by(scene.direct, run, experiment)).toEqual([]);
    // Straight at MLflow the same header links the trace to another tenant's run.
    const [taken] = await send(scene.direct, foreign);
    expect(await by(scene.direct, foreign, experiment)).toEqual([`tr-${taken}`]);
  });

  test('accepts spans in the shared experiment only after their trace', async () => {
    const id = hex();
    const early = await sendSpan(me, '0', id);
    const refused = (await early.json()) as Json;
    expect([early.status, refused.reason]).toEqual([403, 'shared_experiment']);
    // MLflow's client ignores it; an exporter reports it.
    expect(refused.message).toContain('mlflow.set_experiment("<name>") or MLFLOW_EXPERIMENT_NAME=<name>');
    await ok(me, `${API3}/traces`, { trace: { trace_info: traceInfo(`tr-${id}`, '0') } });
    expect((await sendSpan(me, '0', id)).status).toBe(200);
    expect(await found(me, ['0'])).toEqual([`tr-${id}`]);
    expect(await found(scene.owner, ['0'])).toEqual([]);
    const theirs = await sendSpan(scene.owner, '0', id);
    expect([theirs.status, ((await theirs.json()) as Json).reason]).toEqual([403, 'shared_experiment']);
    // The fallback of MLflow's client when its spans are refused.
    const { tags } = (await ok(me, `${API3}/traces/tr-${id}`)).trace.trace_info;
    const place = tags['mlflow.artifactLocation'].replace(/^mlflow-artifacts:\/+/, '');
    const file = `/api/2.0/mlflow-artifacts/artifacts/${place}/traces.json`;
    expect((await scene.owner(file, { method: 'PUT', body: Buffer.from('{}') })).status).toBe(404);
    expect((await me(file, { method: 'PUT', body: Buffer.from('{}') })).status).toBe(200);
    expect((await scene.owner(file)).status).toBe(404);
  });

  test('refuses a batch of traces as a whole when one is another tenant’s', async () => {
    const theirs = hex();
    const { experiment_id } = await ok(scene.owner, `${API}/experiments/create`, { name: unique('theirs') });
    expect((await sendSpan(scene.owner, experiment_id, theirs)).status).toBe(200);
    const ids = [hex(), theirs, hex()];
    const before = scene.store.all();
    const batch = await me('/v1/traces', {
      method: 'POST',
      body: Buffer.concat(ids.map((id) => otlpProtobuf(id, []))),
      headers: { 'content-type': 'application/x-protobuf', 'x-mlflow-experiment-id': experiment },
    });
    expect([batch.status, ((await batch.json()) as Json).reason]).toEqual([404, 'resource_not_found']);
    expect(scene.store.all()).toEqual(before);
  });

  test('accepts a trace id that another tenant has deleted', async () => {
    const id = hex();
    const info = { trace: { trace_info: traceInfo(`tr-${id}`, experiment) } };
    await ok(me, `${API3}/traces`, info);
    await ok(me, `${API3}/traces/tr-${id}`);
    const { traces_deleted } = await ok(me, `${API3}/traces/delete-traces`, {
      experiment_id: experiment,
      request_ids: [`tr-${id}`],
    });
    expect(traces_deleted).toBe(1);
    const { experiment_id } = await ok(scene.owner, `${API}/experiments/create`, { name: unique('theirs') });
    await ok(scene.owner, `${API3}/traces`, {
      trace: { trace_info: traceInfo(`tr-${id}`, experiment_id) },
    });
    expect((await me(`${API3}/traces/tr-${id}`)).status).toBe(404);
    expect((await sendSpan(me, experiment, id)).status).toBe(404);
  });

  test('returns full pages of traces, in the shared experiment too', async () => {
    for (const as of [me, scene.owner, me, scene.owner, me])
      await ok(as, `${API3}/traces`, { trace: { trace_info: traceInfo(`tr-${hex()}`, '0') } });
    const all = await found(me, ['0'], { max_results: 100 });
    const pages: string[] = [];
    let page_token: string | undefined;
    do {
      const answer = await ok(me, `${API3}/traces/search`, {
        locations: [{ type: 'MLFLOW_EXPERIMENT', mlflow_experiment: { experiment_id: '0' } }],
        max_results: 2,
        ...(page_token === undefined ? {} : { page_token }),
      });
      page_token = answer.next_page_token;
      const traces: Json[] = answer.traces ?? [];
      if (page_token) expect(traces).toHaveLength(2);
      pages.push(...traces.map(({ trace_id }) => trace_id));
    } while (page_token);
    expect(pages).toEqual(all);
    expect(all.length).toBeGreaterThan(2);
  });

  test('correlation and metrics count the tenant’s traces only', async () => {
    const count = async (as: Fetch): Promise<Json> =>
      ok(as, `${API3}/traces/calculate-filter-correlation`, {
        experiment_ids: ['0'],
        filter_string1: "status = 'OK'",
        filter_string2: "tags.tenant = 'team-b'",
      });
    const mine = (await found(me, ['0'], { max_results: 100 })).length;
    expect(await count(me)).toMatchObject({ total_count: mine, filter2_count: 0 });
    const session = await me(`${API3}/traces/search`, {
      json: {
        locations: [{ type: 'MLFLOW_EXPERIMENT', mlflow_experiment: { experiment_id: '0' } }],
        filter: "feedback.good = 'yes'",
      },
    });
    expect(((await session.json()) as Json).reason).toBe('shared_experiment');
    if (version === '3.5.1') return;
    const metrics = async (view_type: string, metric_name: string): Promise<Json> =>
      ok(me, `${API3}/traces/metrics`, {
        experiment_ids: ['0'],
        view_type,
        metric_name,
        aggregations: [{ aggregation_type: 'COUNT' }],
      });
    const { data_points } = await metrics('TRACES', 'trace_count');
    expect(data_points[0].values.COUNT).toBe(mine);
    expect(
      await ok(scene.direct, `${API3}/traces/metrics`, {
        experiment_ids: ['0'],
        view_type: 'TRACES',
        metric_name: 'trace_count',
        aggregations: [{ aggregation_type: 'COUNT' }],
      }),
    ).toMatchObject({ data_points: [{ values: { COUNT: mine + 2 } }] });
    for (const view of [
      ['SPANS', 'span_count'],
      ['ASSESSMENTS', 'assessment_count'],
    ] as const)
      await metrics(view[0], view[1]);
  });

  test('finds a run of the prompt lab by searches, in the shared experiment too', async () => {
    for (const experiment_id of [experiment, '0']) {
      const { run } = await ok(me, '/ajax-api/2.0/mlflow/runs/create-promptlab-run', {
        experiment_id,
        prompt_template: 'Say {{ what }}',
        prompt_parameters: [{ key: 'what', value: 'hello' }],
        model_route: 'm',
        model_parameters: [{ key: 'temperature', value: '0' }],
        model_input: 'Say hello',
        model_output: 'hello',
        model_output_parameters: [{ key: 'tokens', value: '1' }],
        mlflow_version: version,
      });
      const search = { experiment_ids: [experiment_id] };
      const runsOf = async (as: Fetch): Promise<string[]> =>
        ((await ok(as, `${API}/runs/search`, search)).runs ?? []).map(({ info }: Json) => info.run_id);
      expect(await runsOf(me)).toContain(run.info.run_id);
      expect(await runsOf(scene.owner)).not.toContain(run.info.run_id);
    }
  });

  test('datasets: creates, tags, fills and finds them page by page; another tenant finds none', async () => {
    const made: string[] = [];
    for (let i = 0; i < 3; i++) {
      const { dataset } = await ok(me, `${API3}/datasets/create`, {
        name: unique('dataset'),
        experiment_ids: [i === 2 ? '0' : experiment],
        tags: JSON.stringify({ note: 'x' }),
      });
      made.push(dataset.dataset_id);
      expect(JSON.parse(dataset.tags)).not.toHaveProperty('tenant');
      const stored = await ok(scene.direct, `${API3}/datasets/${dataset.dataset_id}`);
      expect(JSON.parse(stored.dataset.tags)).toMatchObject({ tenant: MINE, note: 'x' });
      await ok(scene.owner, `${API3}/datasets/create`, { name: unique('theirs'), experiment_ids: ['0'] });
    }
    await ok(me, `${API3}/datasets/${made[0]}/tags`, { tags: '{"note":"y"}' }, 'PATCH');
    await ok(me, `${API3}/datasets/${made[0]}/records`, { records: '[{"inputs":{"q":"1"}}]' });
    expect((await ok(me, `${API3}/datasets/${made[0]}/records`)).records).toContain('"q"');
    const seen: string[] = [];
    let page_token: string | undefined;
    do {
      const page = await ok(me, `${API3}/datasets/search`, {
        max_results: 1,
        ...(page_token === undefined ? {} : { page_token }),
      });
      page_token = page.next_page_token;
      expect(page.datasets).toHaveLength(1);
      seen.push(page.datasets[0].dataset_id);
    } while (page_token);
    expect(seen.toSorted()).toEqual(made.toSorted());
    const shared = await ok(me, `${API3}/datasets/search`, { experiment_ids: ['0'] });
    expect(shared.datasets.map(({ dataset_id }: Json) => dataset_id)).toEqual([made[2]]);
    const missing = await me(`${API3}/datasets/d-${hex()}/records`);
    const foreign = await scene.owner(`${API3}/datasets/${made[0]}/records`);
    expect([missing.status, foreign.status]).toEqual([404, 404]);
  });

  test('scorers: accepts them in an own experiment, none for all tenants, none at the server’s cost', async () => {
    const register = (experiment_id: string, model?: string): Promise<Response> =>
      me(`${API3}/scorers/register`, {
        json: { experiment_id, name: 'good', serialized_scorer: serializedScorer('good', model) },
      });
    expect((await register(experiment)).status).toBe(200);
    const { scorers } = await ok(me, `${API3}/scorers/list?experiment_id=${experiment}`);
    expect(scorers).toHaveLength(1);
    for (const [answer, reason] of [
      [await register('0'), 'shared_experiment'],
      [await register(experiment, 'gateway:/gpt'), 'platform_admin_only'],
    ] as const)
      expect([answer.status, ((await answer.json()) as Json).reason]).toEqual([403, reason]);
  });
});

describe('MCP servers', () => {
  let scene: Scene;
  beforeAll(async () => {
    scene = await openScene();
  });
  afterAll(() => scene?.stop());

  test('are created with or without a version and found with their endpoints; another tenant finds none', async () => {
    const names = { me: [] as string[], owner: [] as string[] };
    for (const [who, as] of [
      ['me', scene.attacker],
      ['owner', scene.owner],
    ] as const)
      for (const first of ['', '/versions']) {
        const name = `com.example/${unique('server')}`;
        const version = { server_json: { name, version: '1.0.0' }, status: 'active' };
        if (first === '') await ok(as, `${API3}/mcp-servers`, { name, description: 'd' });
        await ok(as, `${API3}/mcp-servers/${name}/versions`, version);
        for (let i = 0; i < 2; i++)
          await ok(as, `${API3}/mcp-servers/${name}/endpoints`, {
            url: `https://${who}.example/${i}`,
            server_version: '1.0.0',
          });
        names[who].push(name);
      }
    const { mcp_servers } = await ok(scene.attacker, `${API3}/mcp-servers`);
    expect(mcp_servers.map(({ name }: Json) => name).toSorted()).toEqual(names.me.toSorted());
    const seen: string[] = [];
    let token: string | undefined;
    do {
      const page = await ok(
        scene.attacker,
        `${API3}/mcp-servers/endpoints?max_results=1${token === undefined ? '' : `&page_token=${token}`}`,
      );
      token = page.next_page_token ?? undefined;
      expect(page.mcp_access_endpoints).toHaveLength(1);
      seen.push(page.mcp_access_endpoints[0].server_name);
    } while (token);
    expect(seen.toSorted()).toEqual([...names.me, ...names.me].toSorted());
    const taken = await scene.attacker(`${API3}/mcp-servers`, { json: { name: names.owner[0] } });
    expect([taken.status, ((await taken.json()) as Json).reason]).toEqual([404, 'resource_not_found']);
  });
});
