import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Fetch } from '../../dev/http.ts';
import { API, ok } from '../harness/mlflow-api.ts';
import { sendBy } from '../harness/requests/operations.ts';
import { type Role, type Stack, startStack, unique } from '../harness/stack.ts';
import {
  createExperiment,
  createModelVersion,
  createRegisteredModel,
  createRun,
  uploadArtifact,
} from '../harness/world/resources.ts';

/** GraphQL on a real MLflow: the queries of the UI, and queries for resources of another tenant. */

// biome-ignore lint/suspicious/noExplicitAny: answers of MLflow's
type Json = any;

interface Asked {
  readonly status: number;
  readonly text: string;
  readonly data: Json;
  readonly errors: Json;
  readonly reason: string | undefined;
}

/** Resources of one tenant, each with the marker in its name or contents. */
interface Marked {
  readonly marker: string;
  readonly experiment: string;
  readonly run: string;
  readonly model: string;
}

async function ask(as: Fetch, query: string, more: object = {}, method = 'POST'): Promise<Asked> {
  const answer = await as('/graphql', { method, json: { query, ...more } });
  const text = await answer.text();
  const { data, errors, reason } = JSON.parse(text) as Json;
  return { status: answer.status, text, data, errors, reason };
}

async function makeMarked(as: Fetch): Promise<Marked> {
  const send = sendBy(as);
  const marker = unique('mark');
  const experiment_id = await createExperiment(send, { name: marker });
  const { run_id, artifact_uri } = await createRun(send, { experiment_id, run_name: marker });
  for (const step of [1, 2, 3])
    await send('logMetric', { body: { run_id, key: 'm', value: step, timestamp: 1, step } });
  await send('setTag', { body: { run_id, key: 'note', value: marker } });
  const dataset = { name: marker, digest: '1', source_type: 's', source: 's' };
  await send('logInputs', { body: { run_id, datasets: [{ dataset }] } });
  await createRegisteredModel(send, { name: marker });
  await createModelVersion(send, { name: marker, source: `${artifact_uri}/model`, run_id });
  await uploadArtifact(send, artifact_uri, `${marker}.txt`, marker);
  return { marker, experiment: experiment_id, run: run_id, model: marker };
}

const RUN = `run {
  info { runId runUuid runName experimentId artifactUri lifecycleStage status }
  experiment { experimentId name artifactLocation tags { key value } }
  modelVersions { name version source status }
  data { metrics { key value step } params { key value } tags { key value } }
  inputs { datasetInputs { dataset { name digest } tags { key value } } modelInputs { modelId } }
} apiError { code message }`;

describe.each(['workspaces', 'tags'] as const)('strategy %s', (strategy) => {
  const [owner, other] = [unique('owner'), unique('other')];
  let stack: Stack;
  let mine: Marked;
  let theirs: Marked;
  let me: Fetch;
  const as = (role: Role): Fetch => stack.as(owner, role);
  /** A caller of both tenants, who has chosen one of them or none. */
  const member = (chosen?: string): Fetch => stack.asMemberOf([owner, other], chosen);

  beforeAll(async () => {
    stack = await startStack({
      auth: 'oidc',
      tenants: [owner, other],
      workspaces: strategy === 'workspaces',
      severalTenants: true,
    });
    me = as('contributor');
    mine = await makeMarked(me);
    theirs = await makeMarked(stack.as(other));
  });
  afterAll(() => stack?.stop());

  describe('queries of the UI', () => {
    test('reads a run with its experiment, versions, metrics and datasets', async () => {
      const query = `query GetRun($data: MlflowGetRunInput!) @component(name: "MLflow.ExperimentRunTracking") { mlflowGetRun(input: $data) { ${RUN} } }`;
      const more = { operationName: 'GetRun', variables: { data: { runId: mine.run } } };
      for (const role of ['viewer', 'contributor', 'admin'] as const) {
        const { status, data, errors } = await ask(as(role), query, more);
        expect([status, errors]).toEqual([200, null]);
        const { run, apiError } = data.mlflowGetRun;
        expect(apiError).toBeNull();
        expect(run.info).toMatchObject({ runUuid: mine.run, runName: mine.marker });
        expect(run.experiment).toMatchObject({ experimentId: mine.experiment, name: mine.marker });
        expect(run.modelVersions).toEqual([
          { name: mine.marker, version: '1', source: expect.any(String), status: 'READY' },
        ]);
        expect(run.data.metrics).toEqual([{ key: 'm', value: 3, step: '3' }]);
        expect(run.inputs.datasetInputs[0].dataset.name).toBe(mine.marker);
      }
    });

    test('reads an experiment, runs, metrics, files, versions and datasets in one query', async () => {
      const query = `query All($e: MlflowGetExperimentInput!, $runs: [String], $n: Int = 7) {
        mlflowGetExperiment(input: $e) { experiment { name } }
        mlflowSearchRuns(input: {experimentIds: ["${mine.experiment}"], filter: "metrics.m > 1", maxResults: $n, orderBy: ["metrics.m DESC"]}) { runs { info { runName } } }
        mlflowGetMetricHistoryBulkInterval(input: {runIds: $runs, metricKey: "m", maxResults: 10}) { metrics { value runId } }
        files: mlflowListArtifacts(input: {runId: "${mine.run}"}) { files { path } }
        mlflowSearchModelVersions(input: {maxResults: 50, filter: "name LIKE 'mark-%'"}) { modelVersions { name } }
      }`;
      const variables = { e: { experimentId: mine.experiment }, runs: [mine.run] };
      const { data, errors } = await ask(me, query, { variables });
      expect(errors).toBeNull();
      expect(data.mlflowGetExperiment.experiment.name).toBe(mine.marker);
      expect(data.mlflowSearchRuns.runs.map((run: Json) => run.info.runName)).toEqual([mine.marker]);
      expect(data.mlflowGetMetricHistoryBulkInterval.metrics.map((m: Json) => m.value)).toEqual([1, 2, 3]);
      expect(data.files.files).toEqual([{ path: `${mine.marker}.txt` }]);
      expect(data.mlflowSearchModelVersions.modelVersions).toEqual([{ name: mine.marker }]);
      const datasets = `mutation { mlflowSearchDatasets(input: {experimentIds: ["${mine.experiment}"]}) { datasetSummaries { name } list: datasetSummaries { name experimentId } } }`;
      expect((await ask(me, datasets)).data.mlflowSearchDatasets).toEqual({
        datasetSummaries: [{ name: mine.marker }],
        list: [{ name: mine.marker, experimentId: mine.experiment }],
      });
    });

    test('reads tags without the tenant tag, in every form of the query', async () => {
      const tags =
        'tags { __typename key value } again: tags { k: key twice: key v: value } keys: tags { key }';
      const query = `query ($f: String) {
        mlflowGetRun(input: {runId: "${mine.run}"}) { run { data { ${tags} } experiment { tags { key value } } } }
        mlflowSearchRuns(input: {experimentIds: ["${mine.experiment}"], filter: $f}) { runs { data { tags { key value } } } }
      }`;
      const hidden = await ask(me, query);
      expect([hidden.status, hidden.errors]).toEqual([200, null]);
      const { data } = hidden.data.mlflowGetRun.run;
      expect(data.tags.map(({ key }: Json) => key)).toContain('mlflow.runName');
      expect(data.again.map(({ k, twice }: Json) => k === twice && k)).toContain('mlflow.runName');
      expect(hidden.text).not.toMatch(/"tenant"/);
      if (strategy === 'workspaces') return;
      const named = await ask(me, query, { variables: { f: `tags.tenant = '${owner}'` } });
      expect(named.data.mlflowSearchRuns.runs[0].data.tags).toContainEqual({ key: 'tenant', value: owner });
    });

    test('answers GET with a body, which MLflow reads', async () => {
      const query = `{ mlflowGetRun(input: {runId: "${mine.run}"}) { run { info { runName } } } }`;
      const { status, data } = await ask(me, query, {}, 'GET');
      expect([status, data.mlflowGetRun.run.info.runName]).toEqual([200, mine.marker]);
      const foreign = await ask(me, query.replace(mine.run, theirs.run), {}, 'GET');
      expect(foreign.text).not.toContain(theirs.marker);
    });

    test('writes the requested resources to the audit line', async () => {
      const answer = await me('/graphql', {
        json: { query: `{ mlflowGetRun(input: {runId: "${mine.run}"}) { run { info { runName } } } }` },
      });
      expect(await stack.auditOf(answer)).toMatchObject({
        operation: 'graphql',
        tenant: owner,
        resources: [{ kind: 'run', id: mine.run }],
      });
    });
  });

  describe('resources of another tenant', () => {
    /** Each query is for resources of the other tenant; `{T}` is an input or a document with their ids. */
    const attempts: readonly (readonly [string, (w: Marked) => readonly [string, object?]])[] = [
      ['a run', (w) => [`{ mlflowGetRun(input: {runId: "${w.run}"}) { ${RUN} } }`]],
      ['a run by run_uuid', (w) => [`{ mlflowGetRun(input: {runUuid: "${w.run}"}) { ${RUN} } }`]],
      [
        'a run by both, the other way round',
        (w) => [`{ mlflowGetRun(input: {runUuid: "${mine.run}", runId: "${w.run}"}) { ${RUN} } }`],
      ],
      [
        'a run by a variable',
        (w) => [
          `query ($d: MlflowGetRunInput!) { mlflowGetRun(input: $d) { ${RUN} } }`,
          { variables: { d: { runId: w.run } } },
        ],
      ],
      [
        'a run by a default',
        (w) => [`query ($d: MlflowGetRunInput = {runId: "${w.run}"}) { mlflowGetRun(input: $d) { ${RUN} } }`],
      ],
      [
        'a run by an alias beside an own one',
        (w) => [
          `{ mlflowGetRun(input: {runId: "${mine.run}"}) { run { info { runName } } } x: mlflowGetRun(input: {runId: "${w.run}"}) { ${RUN} } }`,
        ],
      ],
      [
        'a run by a fragment in a fragment',
        (w) => [
          `{ ...A } fragment A on Query { ... on Query { ...B } } fragment B on Query { mlflowGetRun(input: {runId: "${w.run}"}) { ${RUN} } }`,
        ],
      ],
      [
        'a run by the second operation',
        (w) => [
          `query A { test { output } } query B { mlflowGetRun(input: {runId: "${w.run}"}) { ${RUN} } }`,
          { operationName: 'B' },
        ],
      ],
      [
        'a run by an escaped id',
        (w) => [
          `{ mlflowGetRun(input: {runId: "\\u00${w.run.charCodeAt(0).toString(16)}${w.run.slice(1)}"}) { ${RUN} } }`,
        ],
      ],
      ['a run by a block string', (w) => [`{ mlflowGetRun(input: {runId: """${w.run}"""}) { ${RUN} } }`]],
      [
        'an experiment',
        (w) => [`{ mlflowGetExperiment(input: {experimentId: "${w.experiment}"}) { experiment { name } } }`],
      ],
      ['files', (w) => [`{ mlflowListArtifacts(input: {runId: "${w.run}"}) { rootUri files { path } } }`]],
      [
        'files by run_uuid',
        (w) => [`{ mlflowListArtifacts(input: {runUuid: "${w.run}"}) { rootUri files { path } } }`],
      ],
      [
        'metrics beside own ones',
        (w) => [
          `{ mlflowGetMetricHistoryBulkInterval(input: {runIds: ["${mine.run}", "${w.run}"], metricKey: "m", maxResults: 9}) { metrics { runId value } } }`,
        ],
      ],
      [
        'runs',
        (w) => [
          `{ mlflowSearchRuns(input: {experimentIds: ["${w.experiment}"]}) { runs { info { runName } } } }`,
        ],
      ],
      [
        'runs of both',
        (w) => [
          `{ mlflowSearchRuns(input: {maxResults: 99, experimentIds: ["${mine.experiment}", "${w.experiment}", "0"], orderBy: ["attributes.start_time ASC"]}) { runs { info { runName } } } }`,
        ],
      ],
      [
        'runs by a mutation',
        (w) => [
          `mutation { mlflowSearchRuns(input: {experimentIds: ["${w.experiment}"]}) { runs { info { runName } } } }`,
        ],
      ],
      [
        'runs by a filter',
        (w) => [
          `{ mlflowSearchRuns(input: {experimentIds: ["${w.experiment}"], filter: "tags.note = '${w.marker}'"}) { runs { info { runName } } } }`,
        ],
      ],
      [
        'runs by a filter that ends the clause',
        (w) => [
          `query ($f: String) { mlflowSearchRuns(input: {experimentIds: ["${w.experiment}"], filter: $f}) { runs { info { runName } } } }`,
          { variables: { f: "tags.tenant != 'q' :: -- " } },
        ],
      ],
      [
        'runs with an order that MLflow cannot read',
        (w) => [
          `query ($o: [String]) { mlflowSearchRuns(input: {orderBy: $o, experimentIds: ["${w.experiment}"]}) { runs { info { runName } } } }`,
          { variables: { o: [null] } },
        ],
      ],
      ['versions', () => ['{ mlflowSearchModelVersions(input: {}) { modelVersions { name source } } }']],
      [
        'versions by name',
        (w) => [
          `{ mlflowSearchModelVersions(input: {filter: "name = '${w.model}'"}) { modelVersions { name source } } }`,
        ],
      ],
      [
        'versions by their run',
        (w) => [
          `{ mlflowSearchModelVersions(input: {filter: "run_id = '${w.run}'", maxResults: 99}) { modelVersions { name source } } }`,
        ],
      ],
      [
        'datasets',
        (w) => [
          `mutation { mlflowSearchDatasets(input: {experimentIds: ["${w.experiment}"]}) { datasetSummaries { name } } }`,
        ],
      ],
      [
        'datasets beside own ones',
        (w) => [
          `mutation { mlflowSearchDatasets(input: {experimentIds: ["${mine.experiment}", "${w.experiment}"]}) { x: datasetSummaries { name } } }`,
        ],
      ],
    ];

    test.each(attempts)('%s', async (_, of) => {
      const [query, more] = of(theirs);
      for (const [who, caller] of [
        ['a stranger', me],
        ['a caller of both tenants who chose the own one', member(owner)],
      ] as const) {
        const { text, status } = await ask(caller, query, more);
        // The response may repeat ids of the request; the marker must not occur elsewhere.
        expect(text, who).not.toContain(theirs.marker);
        expect(status, who).toBeLessThan(500);
      }
      // The resource exists: its owner gets it.
      if (
        query.includes(mine.run) ||
        query.includes(mine.experiment) ||
        /:: --|\[null\]|\$o/.test(query + JSON.stringify(more))
      )
        return;
      expect((await ask(stack.as(other), query, more)).text).toContain(theirs.marker.slice(0, 4));
    });
  });

  test('a caller of both tenants reads a run of the chosen tenant, and none without a choice', async () => {
    const query = `{ x: mlflowGetRun(input: {runId: "${theirs.run}"}) { ...R } } fragment R on MlflowGetRunResponse { ${RUN} }`;
    const chosen = await ask(member(other), query);
    expect([chosen.status, chosen.data.x.run.info.runName]).toEqual([200, theirs.marker]);
    expect(await ask(member(), query)).toMatchObject({ status: 400, reason: 'tenant_ambiguous' });
  });

  test('a model version with a run of the tenant does not become the tenant’s', async () => {
    // Created straight at MLflow, as existing data may be; the gateway would refuse it.
    const name = unique('planted');
    const direct = strategy === 'tags' ? stack.direct() : stack.direct(other);
    const tags = [{ key: 'tenant', value: other }];
    await ok(direct, `${API}/registered-models/create`, { name, tags });
    await ok(direct, `${API}/model-versions/create`, { name, source: 's3://b/x', run_id: mine.run, tags });
    const versions = 'modelVersions { name } again: modelVersions { name tags { key } }';
    const query = `{ mlflowGetRun(input: {runId: "${mine.run}"}) { run { ${versions} } } mlflowSearchRuns(input: {experimentIds: ["${mine.experiment}"]}) { runs { ...V } } } fragment V on MlflowRunExtension { ${versions} }`;
    const { data, text } = await ask(me, query);
    expect(text).not.toContain(name);
    expect(text).not.toContain('mlflowGatewayOwner');
    for (const run of [data.mlflowGetRun.run, ...data.mlflowSearchRuns.runs]) {
      expect(run.modelVersions).toEqual([{ name: mine.marker }]);
      expect(run.again.map((version: Json) => version.name)).toEqual([mine.marker]);
    }
  });

  test('only admins read the schema', async () => {
    const query = '{ __schema { queryType { fields { name } } } }';
    for (const role of ['viewer', 'contributor'] as const)
      expect(await ask(as(role), query)).toMatchObject({ status: 403, reason: 'role_insufficient' });
    const { data } = await ask(as('admin'), query);
    expect(data.__schema.queryType.fields.map((field: Json) => field.name)).toContain('mlflowGetRun');
  });

  test.each([
    ['several in a list', [{ query: '{ test { output } }' }], 'invalid_field'],
    ['a field of its own', { query: '{ test { output } }', extensions: {} }, 'unknown_field'],
    ['no text', { query: { a: 1 } }, 'invalid_field'],
    [
      'the query twice',
      '{"query":"{ test { output } }","qu\\u0065ry":"{ __schema { types { name } } }"}',
      'malformed_body',
    ],
  ])('%s is refused', async (_, body, reason) => {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    const answer = await me('/graphql', {
      method: 'POST',
      body: text,
      headers: { 'content-type': 'application/json' },
    });
    expect([answer.status, ((await answer.json()) as Json).reason]).toEqual([400, reason]);
  });
});

test('a role without permission to read runs cannot read them by GraphQL', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'policy-'));
  const file = join(dir, 'policy.json');
  writeFileSync(file, '{"roles":{"clerk":{"permissions":["graphql:read","experiments:read"]}}}');
  const env = { GW_RBAC_POLICY_FILE: file };
  const stack = await startStack({ auth: 'oidc', workspaces: false, env });
  try {
    const token = await stack.idp.token({ sub: 'c', tenant_id: 'team-a', roles: ['clerk'] });
    const clerk: Fetch = (path, init = {}) =>
      stack.anonymous(path, { ...init, headers: { authorization: `Bearer ${token}`, ...init.headers } });
    const run = '{ test { output } mlflowGetRun(input: {runId: "a"}) { run { info { runId } } } }';
    expect(await ask(clerk, run)).toMatchObject({ status: 403, reason: 'role_insufficient' });
    const experiment = '{ mlflowGetExperiment(input: {experimentId: "0"}) { experiment { name } } }';
    expect((await ask(clerk, experiment)).data.mlflowGetExperiment.experiment.name).toBe('Default');
  } finally {
    await stack.stop();
    rmSync(dir, { recursive: true });
  }
});
