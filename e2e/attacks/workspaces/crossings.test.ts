import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { deflateSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Fetch } from '../../../dev/http.ts';
import { type Json, ok } from '../../harness/mlflow-api.ts';
import { isBefore, mlflowVersion } from '../../harness/mlflow-version.ts';
import { type OtlpAttribute, otlpJson, otlpProtobuf } from '../../harness/otlp.ts';
import { RestCaller } from '../../harness/rest-caller.ts';
import { type Stack, startStack, unique } from '../../harness/stack.ts';
import { readsSpellings } from '../path-spellings.ts';

/**
 * Attacks from one workspace on another that succeed on a real MLflow, each tried twice: straight at MLflow, where
 * it must succeed (or the test would prove nothing), and through the gateway, where it must fail. The attacker is a stranger to the other
 * workspace, and then a member of both who works in one of them and must reach no more, besides the names of both workspaces.
 */

const PLATFORM_ADMIN = 'platform-owner';
const SECRET = `secret-${randomBytes(8).toString('hex')}`;
/** From 3.18 on, MLflow itself refuses or drops the tags with the locations of a trace. */
const refusesLocations = !isBefore(mlflowVersion(), '3.18');
/** From 3.18 on, the server runs issue detection on a schedule. */
const hasSchedules = !isBefore(mlflowVersion(), '3.18');
const CREATE_EXPERIMENT = '/api/2.0/mlflow/experiments/create';

describe.each([
  { attacker: 'a stranger', isMember: false },
  { attacker: 'a member of both workspaces', isMember: true },
])('$attacker', ({ isMember }) => {
  const mine = unique('mine');
  const theirs = unique('theirs');
  let stack: Stack;
  let gateway: Fetch;
  /** The attacker's own workspace and the other one, straight at MLflow. */
  let here: Fetch;
  let there: Fetch;
  let experiment: string;
  /** A directory with a `traces.json` that the attacker must not read. */
  let secretLocation: string;

  beforeAll(async () => {
    stack = await startStack({
      auth: 'oidc',
      tenants: [mine, theirs],
      severalTenants: true,
      env: { GW_RBAC_PLATFORM_ADMIN_ALIASES: PLATFORM_ADMIN },
    });
    gateway = isMember ? stack.asMemberOf([mine, theirs], mine) : stack.as(mine, 'admin');
    here = stack.direct(mine);
    there = stack.direct(theirs);
    experiment = (await ok(here, CREATE_EXPERIMENT, { name: unique('exp') })).experiment_id;
    const directory = join(stack.dir, 'other-team');
    mkdirSync(directory);
    writeFileSync(join(directory, 'traces.json'), JSON.stringify({ spans: [], note: SECRET }));
    secretLocation = `file://${directory}`;
  });
  afterAll(() => stack?.stop());

  async function refused(answer: Response, status: number, reason: string): Promise<void> {
    const text = await answer.text();
    expect({ status: answer.status, text }).toMatchObject({ status, text: expect.stringContaining(reason) });
    expect(await stack.auditOf(answer)).toMatchObject({ decision: 'deny', reason, status_code: status });
  }

  async function traceTags(traceId: string): Promise<Record<string, string>> {
    const answer = await ok(here, `/api/3.0/mlflow/traces/${traceId}`);
    return answer.trace.trace_info.tags ?? {};
  }

  const readTrace = (fetch: Fetch, traceId: string): Promise<string> =>
    fetch(`/ajax-api/2.0/mlflow/get-trace-artifact?request_id=${traceId}`).then((answer) => answer.text());

  const traceInfo = (id: string, extra: Record<string, unknown> = {}) => ({
    trace: {
      trace_info: {
        trace_id: id,
        trace_location: { type: 'MLFLOW_EXPERIMENT', mlflow_experiment: { experiment_id: experiment } },
        request_time: '2024-01-01T00:00:00Z',
        execution_duration: '1s',
        state: 'OK',
        ...extra,
      },
    },
  });

  const secretLocationOf = (): string => secretLocation;
  const newTraceId = (): string => randomBytes(16).toString('hex');

  describe('a trace tag sets the location that MLflow reads the trace from', () => {
    const START = '/api/3.0/mlflow/traces';

    const LOCATION = { key: 'mlflow.artifactLocation', value: secretLocationOf };
    const setTag = (fetch: Fetch, id: string): Promise<Response> =>
      fetch(`/api/3.0/mlflow/traces/tr-${id}/tags`, {
        method: 'PATCH',
        json: { key: LOCATION.key, value: LOCATION.value() },
      });

    test('refuses the tag when it is set', async () => {
      const [open, closed] = [newTraceId(), newTraceId()];
      for (const id of [open, closed]) await ok(here, START, traceInfo(`tr-${id}`));
      expect((await setTag(here, open)).status).toBe(refusesLocations ? 400 : 200);
      expect((await readTrace(here, `tr-${open}`)).includes(SECRET)).toBe(!refusesLocations);

      await refused(await setTag(gateway, closed), 403, 'reserved_tag');
      expect(await readTrace(gateway, `tr-${closed}`)).not.toContain(SECRET);
    });

    // Databases that ignore case, accents or trailing blanks in comparisons read these as the same key.
    test.each(['MLflow.ArtifactLocation', 'mlflow.artifactLocation ', 'mlflow.\u00e4rtifactLocation'])(
      'setting a tag, %j',
      async (key) => {
        const id = newTraceId();
        await ok(here, START, traceInfo(`tr-${id}`));
        const answer = await gateway(`/api/3.0/mlflow/traces/tr-${id}/tags`, {
          method: 'PATCH',
          json: { key, value: secretLocation },
        });
        await refused(answer, 403, 'reserved_tag');
      },
    );

    // MLflow adds its own location and so rejects these itself: the new trace no longer exists.
    test('refuses the tag of a new trace', async () => {
      const info = traceInfo(`tr-${newTraceId()}`, { tags: { [LOCATION.key]: LOCATION.value() } });
      await refused(await gateway(START, { json: info }), 403, 'reserved_tag');
    });
  });

  describe('feedback can change resources beyond its trace', () => {
    const START = '/api/3.0/mlflow/traces';

    const feedback = (trace_id: string, extra: Record<string, unknown> = {}) => ({
      assessment_name: 'good',
      trace_id,
      source: { source_type: 'HUMAN', source_id: 'h' },
      create_time: '2024-01-01T00:00:00Z',
      last_update_time: '2024-01-01T00:00:00Z',
      feedback: { value: 'yes' },
      ...extra,
    });
    const theirExperiment = async (): Promise<string> =>
      (await ok(there, CREATE_EXPERIMENT, { name: unique('exp') })).experiment_id;

    // MLflow stores the overridden id of feedback in a new trace, and makes that assessment valid again when the feedback is deleted.
    test('refuses feedback that overrides another tenant’s assessment', async () => {
      const trace = `tr-${newTraceId()}`;
      const place = {
        type: 'MLFLOW_EXPERIMENT',
        mlflow_experiment: { experiment_id: await theirExperiment() },
      };
      await ok(there, START, traceInfo(trace, { trace_location: place }));
      const path = `${START}/${trace}/assessments`;
      const assess = (extra = {}): Promise<Json> => ok(there, path, { assessment: feedback(trace, extra) });
      const { assessment_id: overrides } = (await assess()).assessment;
      await assess({ overrides });
      const valid = async (): Promise<boolean | undefined> =>
        (await ok(there, `${path}/${overrides}`)).assessment.valid;
      expect(await valid()).toBe(false);

      const own = `tr-${newTraceId()}`;
      const info = traceInfo(own, { assessments: [feedback(own, { overrides })] });
      await refused(await gateway(START, { json: info }), 403, 'internal_field');
      expect(await valid()).toBe(false);

      await ok(here, START, info);
      const [mineToo] = (await ok(here, `${START}/${own}`)).trace.trace_info.assessments;
      await here(`${START}/${own}/assessments/${mineToo.assessment_id}`, { method: 'DELETE' });
      expect(await valid()).toBe(true);
    });

    // From 3.18 on, a client may choose the id of an issue; before, MLflow ignores the field.
    test.each([
      ['', () => ({})],
      [' with a chosen id', () => ({ issue_id: `iss-Team_${randomBytes(4).toString('hex')}` })],
    ])('refuses feedback named after an issue of another tenant%s', async (_name, chosen) => {
      const experiment_id = await theirExperiment();
      const { issue } = await ok(there, '/api/3.0/mlflow/issues', {
        experiment_id,
        name: 'i',
        description: 'd',
        ...chosen(),
      });
      const counted = async (): Promise<unknown> =>
        (
          await ok(there, '/api/3.0/mlflow/issues/search', {
            experiment_id,
            include_trace_count: true,
          })
        ).issues[0]?.trace_count;
      const before = await counted();
      const trace = `tr-${newTraceId()}`;
      await ok(here, START, traceInfo(trace));
      const { feedback: _, ...rest } = feedback(trace, { assessment_name: issue.issue_id });
      const json = { assessment: { ...rest, issue: { issue_name: 'mine' } } };
      await refused(await gateway(`${START}/${trace}/assessments`, { json }), 404, 'resource_not_found');
      expect(await counted()).toEqual(before);
      await ok(here, `${START}/${trace}/assessments`, json);
      expect(await counted()).not.toEqual(before);
    });
  });

  describe('tags of an experiment schedule a job, which the server runs with an endpoint or a secret', () => {
    const SET = '/api/2.0/mlflow/experiments/set-experiment-tag';
    const SCHEDULE = { version: 1, cadence: 'hourly', model: { endpointName: 'any' } };
    const schedule = async (fetch: Fetch, experiment_id: string, key = 'mlflow.issueDetection.schedule') =>
      fetch(SET, { json: { experiment_id, key, value: JSON.stringify(SCHEDULE) } });
    const newExperiment = async (): Promise<string> =>
      (await ok(here, CREATE_EXPERIMENT, { name: unique('exp') })).experiment_id;
    const tagsOf = async (experiment_id: string): Promise<string> =>
      JSON.stringify(await ok(here, `/api/2.0/mlflow/experiments/get?experiment_id=${experiment_id}`));

    // The route came with the schedules, in 3.18. It gives the time of the next job.
    test.runIf(hasSchedules)('MLflow acts on the tag, whoever sets it', async () => {
      const id = await newExperiment();
      const state = (): Promise<Json> =>
        ok(here, '/ajax-api/3.0/mlflow/issues/schedule/state', { experiment_id: id });
      expect((await state()).next_fire_time_ms).toBeNull();
      expect((await schedule(here, id)).status).toBe(200);
      expect((await state()).next_fire_time_ms).toBeGreaterThan(0);
    });

    test.each(['mlflow.issueDetection.schedule', 'MLflow.issueDetection.scheduleTraceFilter'])(
      'an admin of a tenant cannot set %s',
      async (key) => {
        const id = await newExperiment();
        await refused(await schedule(gateway, id, key), 403, 'platform_admin_only');
        expect(await tagsOf(id)).not.toContain('hourly');
      },
    );

    test('a platform-admin sets and removes a schedule, and not its progress', async () => {
      const id = await newExperiment();
      const token = await stack.idp.token({ sub: 'root', tenant_id: mine, roles: [PLATFORM_ADMIN] });
      const admin: Fetch = (path, init) =>
        stack.anonymous(path, { ...init, headers: { ...init?.headers, authorization: `Bearer ${token}` } });
      expect((await schedule(admin, id)).status).toBe(200);
      expect(await tagsOf(id)).toContain('hourly');
      await refused(await schedule(admin, id, 'mlflow.issueDetection.scheduleState'), 403, 'reserved_tag');
      const path = '/api/2.0/mlflow/experiments/delete-experiment-tag';
      const json = { experiment_id: id, key: 'mlflow.issueDetection.schedule' };
      await refused(await gateway(path, { json }), 403, 'platform_admin_only');
      expect((await admin(path, { json })).status).toBe(200);
      expect(await tagsOf(id)).not.toContain('hourly');
    });
  });

  describe('MLflow takes an attribute of an OTLP span for a trace tag', () => {
    const SPANS: OtlpAttribute[] = [['mlflow.traceTag.mlflow.trace.spansLocation', 'elsewhere']];
    const LOCATION = (): OtlpAttribute => ['mlflow.traceTag.mlflow.artifactLocation', secretLocation];

    const ENCODINGS: Record<
      string,
      (id: string, attributes: readonly OtlpAttribute[]) => { body: Buffer; headers: Record<string, string> }
    > = {
      protobuf: (id, attributes) => ({
        body: otlpProtobuf(id, attributes),
        headers: { 'content-type': 'application/x-protobuf' },
      }),
      'protobuf, gzip': (id, attributes) => ({
        body: gzipSync(otlpProtobuf(id, attributes)),
        headers: { 'content-type': 'application/x-protobuf', 'content-encoding': 'gzip' },
      }),
      'protobuf, deflate': (id, attributes) => ({
        body: deflateSync(otlpProtobuf(id, attributes)),
        headers: { 'content-type': 'application/x-protobuf', 'content-encoding': 'deflate' },
      }),
      JSON: (id, attributes) => ({
        body: otlpJson(id, attributes),
        headers: { 'content-type': 'application/json' },
      }),
      'JSON, gzip': (id, attributes) => ({
        body: gzipSync(otlpJson(id, attributes)),
        headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' },
      }),
    };

    const send = (
      fetch: Fetch,
      { body, headers }: { body: Buffer; headers: Record<string, string> },
    ): Promise<Response> =>
      fetch('/v1/traces', {
        method: 'POST',
        body,
        headers: { 'x-mlflow-experiment-id': experiment, ...headers },
      });

    test.each(Object.keys(ENCODINGS))('%s', async (encoding) => {
      const make = ENCODINGS[encoding]!;
      const [open, closed] = [newTraceId(), newTraceId()];
      const attack = [LOCATION(), ...SPANS];
      expect((await send(here, make(open, attack))).status).toBe(200);
      expect((await readTrace(here, `tr-${open}`)).includes(SECRET)).toBe(!refusesLocations);

      await refused(await send(gateway, make(closed, attack)), 403, 'reserved_tag');
      for (const one of attack) await refused(await send(gateway, make(closed, [one])), 403, 'reserved_tag');
      expect((await here(`/api/3.0/mlflow/traces/tr-${closed}`)).status).toBe(404);
    });

    test.each(Object.keys(ENCODINGS))('%s: ordinary tags and spans arrive', async (encoding) => {
      const id = newTraceId();
      const answer = await send(
        gateway,
        ENCODINGS[encoding]!(id, [
          ['mlflow.traceTag.stage', 'canary'],
          ['note', 'ünï'],
        ]),
      );
      expect(answer.status, await answer.clone().text()).toBe(200);
      expect(await traceTags(`tr-${id}`)).toMatchObject({ stage: 'canary' });
      expect(await readTrace(gateway, `tr-${id}`)).toContain('\\"ünï\\"');
    });
  });

  describe('the model_id of a metric writes into a logged model', () => {
    const model = async (fetch: Fetch, experimentId: string): Promise<string> => {
      const made = await ok(fetch, '/api/2.0/mlflow/logged-models', {
        experiment_id: experimentId,
        name: unique('model').replaceAll('.', '-'),
      });
      return made.model.info.model_id;
    };
    const metricsOf = async (id: string): Promise<string> =>
      JSON.stringify(await ok(there, `/api/2.0/mlflow/logged-models/${id}`));
    let run: string;
    let theirExperiment: string;

    beforeAll(async () => {
      const created = await ok(here, '/api/2.0/mlflow/runs/create', {
        experiment_id: experiment,
      });
      run = created.run.info.run_id;
      theirExperiment = (await ok(there, CREATE_EXPERIMENT, { name: unique('exp') })).experiment_id;
    });

    const metric = (key: string, id: string) => ({ key, value: 1, timestamp: 1, step: 0, model_id: id });
    const WAYS: Record<string, (fetch: Fetch, key: string, id: string) => Promise<Response>> = {
      'log-metric': (fetch, key, id) =>
        fetch('/api/2.0/mlflow/runs/log-metric', { json: { run_id: run, ...metric(key, id) } }),
      'log-batch': (fetch, key, id) =>
        fetch('/api/2.0/mlflow/runs/log-batch', { json: { run_id: run, metrics: [metric(key, id)] } }),
    };

    test.each(Object.keys(WAYS))('%s', async (way) => {
      const victim = await model(there, theirExperiment);
      expect((await WAYS[way]!(here, 'intruder', victim)).status).toBe(200);
      expect(await metricsOf(victim)).toContain('intruder');

      await refused(await WAYS[way]!(gateway, 'stranger', victim), 404, 'resource_not_found');
      expect(await metricsOf(victim)).not.toContain('stranger');

      const own = await model(here, experiment);
      expect((await WAYS[way]!(gateway, 'mine', own)).status).toBe(200);
    });
  });

  /**
   * A guardrail that sanitises has MLflow's server call itself, at its TCP address and without a workspace: it uses the endpoint of the
   * action endpoint's name in the workspace `default`, with that endpoint's secret. This MLflow listens on a Unix socket, where the
   * call is impossible, so that there is no control.
   */
  test('a guardrail with an action endpoint requires a platform-admin', async () => {
    const body = {
      name: unique('g'),
      scorer_id: 'any',
      scorer_version: 1,
      stage: 'BEFORE',
      action: 'SANITIZATION',
    };
    const create = (extra: object): Promise<Response> =>
      gateway('/api/3.0/mlflow/gateway/guardrails/create', { json: { ...body, ...extra } });
    await refused(await create({ action_endpoint_id: 'e-1' }), 403, 'platform_admin_only');
    const without = await create({ action: 'VALIDATION' });
    expect(await without.text()).not.toContain('platform_admin_only');
  });

  describe('MLflow does not scope operations on workspaces', () => {
    const WORKSPACES = '/api/3.0/mlflow/workspaces';

    test('lists the caller’s workspaces only', async () => {
      const names = async (fetch: Fetch): Promise<string[]> =>
        (await ok(fetch, WORKSPACES)).workspaces.map(({ name }: Json) => name);
      expect(await names(here)).toEqual(expect.arrayContaining([mine, theirs]));
      expect((await names(gateway)).toSorted()).toEqual(isMember ? [mine, theirs] : [mine]);
    });

    test('reads the caller’s workspaces; another is 404', async () => {
      expect((await here(`${WORKSPACES}/${theirs}`)).status).toBe(200);
      const other = await gateway(`${WORKSPACES}/${theirs}`);
      if (isMember) expect(other.status).toBe(200);
      else await refused(other, 404, 'workspace_not_found');
      expect((await gateway(`${WORKSPACES}/${mine}`)).status).toBe(200);
    });

    test.each([
      ['creating', 'POST', ''],
      ['changing another', 'PATCH', `/${theirs}`],
      ['changing the own one', 'PATCH', `/${mine}`],
      ['deleting another', 'DELETE', `/${theirs}`],
      ['deleting the own one', 'DELETE', `/${mine}`],
    ])('%s requires a platform-admin', async (_, method, path) => {
      const json =
        method === 'DELETE'
          ? {}
          : { json: { ...(path === '' ? { name: unique('new') } : {}), description: 'x' } };
      // An admin has the permission inside the own workspace; these requests reach other workspaces.
      await refused(await gateway(`${WORKSPACES}${path}`, { method, ...json }), 403, 'platform_admin_only');
      const left = await ok(here, WORKSPACES);
      expect(left.workspaces.map(({ name }: Json) => name)).toEqual(expect.arrayContaining([mine, theirs]));
      expect(left.workspaces.filter(({ description }: Json) => description === 'x')).toEqual([]);
    });
  });

  describe('MLflow stores references into another workspace', () => {
    const foreign = async (): Promise<{ run: string; model: string; prompt: string }> => {
      const { experiment_id } = await ok(there, CREATE_EXPERIMENT, {
        name: unique('exp'),
      });
      const run = await ok(there, '/api/2.0/mlflow/runs/create', {
        experiment_id,
      });
      const model = await ok(there, '/api/2.0/mlflow/logged-models', {
        experiment_id,
        name: unique('model'),
      });
      return { run: run.run.info.run_id, model: model.model.info.model_id, prompt: unique('prompt') };
    };
    let their: Awaited<ReturnType<typeof foreign>>;
    let registered: string;
    let run: string;
    beforeAll(async () => {
      their = await foreign();
      registered = unique('registered');
      await ok(here, '/api/2.0/mlflow/registered-models/create', { name: registered });
      const created = await ok(here, '/api/2.0/mlflow/runs/create', {
        experiment_id: experiment,
      });
      run = created.run.info.run_id;
    });

    const WAYS: Record<string, () => { path: string; json: unknown; method?: string }> = {
      'a logged model from their run': () => ({
        path: '/api/2.0/mlflow/logged-models',
        json: { experiment_id: experiment, name: unique('lm'), source_run_id: their.run },
      }),
      'their model among the inputs of a run': () => ({
        path: '/api/2.0/mlflow/runs/log-inputs',
        json: { run_id: run, models: [{ model_id: their.model }] },
      }),
      'their model among the outputs of a run': () => ({
        path: '/api/2.0/mlflow/runs/outputs',
        json: { run_id: run, models: [{ model_id: their.model, step: 0 }] },
      }),
    };

    test.each(Object.keys(WAYS))('%s', async (way) => {
      const { path, ...init } = WAYS[way]!();
      expect((await here(path, init)).status).toBe(200);
      await refused(await gateway(path, WAYS[way]!()), 404, 'resource_not_found');
    });

    // MLflow itself looks the source up in the workspace, so there is no control; the gateway must refuse both.
    test.each([
      ['models:/ of theirs', () => `models:/${their.model}`],
      ['runs:/ of theirs', () => `runs:/${their.run}/model`],
      ['a file of the server', () => 'file:///etc'],
      ['a bucket', () => 's3://bucket/key'],
      ['the artifacts of their workspace', () => `mlflow-artifacts:/workspaces/${theirs}/0/x`],
      ['a fragment', () => `runs:/${run}/model#../../../../etc`],
    ])('a model version from %s', async (_, source) => {
      const answer = await gateway('/api/2.0/mlflow/model-versions/create', {
        json: { name: registered, source: source() },
      });
      expect([403, 404]).toContain(answer.status);
      const { reason } = (await answer.json()) as { reason: string };
      expect(['resource_not_found', 'storage_uri_refused']).toContain(reason);
    });
  });

  describe('values that MLflow reads in two ways', () => {
    test.each(['03', '+3', ' 3', '3_0', '٣'])('experiment %j', async (id) => {
      const answer = await gateway(`/api/2.0/mlflow/experiments/get?experiment_id=${encodeURIComponent(id)}`);
      await refused(answer, 400, 'invalid_field');
    });

    test.each([
      ['a filter after a wrong type', { run_view_type: {}, filter: "tags.a = 'b'" }],
      ['a second spelling', { runViewType: 'ALL' }],
      ['JSON in a string', { filter: 5 }],
    ])('%s', async (_, extra) => {
      const answer = await gateway('/api/2.0/mlflow/runs/search', {
        json: { experiment_ids: [experiment], ...extra },
      });
      expect(answer.status).toBe(400);
      expect(await stack.auditOf(answer)).toMatchObject({ decision: 'deny', upstream: null });
    });

    test('refuses artifact paths that are decoded twice or contain ".."', async () => {
      const base = '/api/2.0/mlflow-artifacts/artifacts';
      for (const path of ['%33/x', '3%252Fx', '%2e%2e/x', '../x', 'a//b', 'a/%2e/b', `..%2f..%2f${theirs}`]) {
        for (const method of ['GET', 'PUT', 'DELETE']) {
          const answer = await gateway(`${base}/${path}`, { method });
          // `%33` is `3` when decoded: one meaning, forwarded as `3`, in the own workspace.
          if (path === '%33/x') expect(answer.status).not.toBe(400);
          else expect(`${answer.status} ${method} ${path}`).toBe(`400 ${method} ${path}`);
          await answer.arrayBuffer();
        }
      }
    });

    test('reads names with "%", path spellings and sources as MLflow does, inside the workspace', async () => {
      const [a, b] = [new RestCaller(gateway), new RestCaller(stack.as(theirs, 'admin'))];
      await readsSpellings({ a, b, stored: !isBefore(mlflowVersion(), '3.17') });
    });

    test('"localhost only" features ignore the caller’s Host', async () => {
      for (const forwarded of ['127.0.0.1', '::1']) {
        const answer = await gateway('/ajax-api/3.0/mlflow/assistant/config', {
          headers: { 'x-forwarded-for': forwarded },
        });
        await refused(answer, 403, 'server_feature_disabled');
      }
    });
  });

  describe('the experiment "Default"', () => {
    test('is in no workspace; one created there has another id; the denial explains how to choose one', async () => {
      const { experiment_id } = await ok(here, CREATE_EXPERIMENT, {
        name: 'Default',
      });
      expect(experiment_id).not.toBe('0');
      expect((await here('/api/2.0/mlflow/runs/create', { json: { experiment_id: '0' } })).status).toBe(404);
      const location = { type: 'MLFLOW_EXPERIMENT', mlflow_experiment: { experiment_id: '0' } };
      const trace = traceInfo(`tr-${newTraceId()}`, { trace_location: location });
      const spans = {
        method: 'POST',
        body: otlpProtobuf(newTraceId(), []),
        headers: { 'content-type': 'application/x-protobuf', 'x-mlflow-experiment-id': '0' },
      };
      for (const [path, init] of [
        ['/api/2.0/mlflow/runs/create', { json: { experiment_id: '0' } }],
        ['/api/3.0/mlflow/traces', { json: trace }],
        ['/v1/traces', spans],
      ] as const) {
        const answer = await gateway(path, init);
        const { error_code, reason, message } = (await answer.json()) as Record<string, string>;
        expect([path, answer.status, error_code, reason]).toEqual([
          path,
          404,
          'RESOURCE_DOES_NOT_EXIST',
          'resource_not_found',
        ]);
        expect(message).toContain('mlflow.set_experiment("<name>") or MLFLOW_EXPERIMENT_NAME=<name>');
      }
      // A search there finds nothing, as in MLflow.
      await ok(gateway, '/api/2.0/mlflow/runs/search', { experiment_ids: ['0'] });
    });
  });
});
