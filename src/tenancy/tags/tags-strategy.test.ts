import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type InProcessGateway, startInProcess } from '../../testing/in-process.ts';

/** The whole line with the strategy `tags`, in front of an upstream that sends nothing: the questions, and the request sent. */
let gateway: InProcessGateway;
beforeAll(async () => {
  gateway = await startInProcess({ GW_TENANCY: 'tags' });
});
afterAll(() => gateway.stop());

const MINE = { key: 'tenant', value: 'team-a' };

interface Outcome {
  status: number;
  reason: unknown;
  asked: string[];
  sent: unknown;
}

/** Sends one request; what it came to, with the paths that MLflow was asked before. */
async function send(line: string, body?: object, owner = 'team-a'): Promise<Outcome> {
  const { upstream } = gateway;
  upstream.owner = owner;
  upstream.requests.length = 0;
  upstream.forwarded = undefined;
  const answer = await gateway.send(line, [], body === undefined ? '' : JSON.stringify(body));
  const sent = upstream.forwarded as { path: string; body?: unknown } | undefined;
  return {
    status: answer.status,
    reason: answer.body.reason,
    asked: upstream.requests.map(({ path }) => path),
    sent: sent?.body ?? sent?.path,
  };
}

describe('the strategy tags', () => {
  it('tags a created resource, before everything else in the body', async () => {
    const { sent } = await send('POST /api/2.0/mlflow/experiments/create', {
      name: 'x',
      tags: [{ key: 'a', value: '1' }],
    });
    expect(Object.keys(sent as object)).toEqual(['tags', 'name']);
    expect(sent).toEqual({ name: 'x', tags: [MINE, { key: 'a', value: '1' }] });
  });

  it('tags a new run, once its experiment is known to be the tenant’s', async () => {
    const run = { experiment_id: '101', tags: [MINE] };
    const first = await send('POST /api/2.0/mlflow/runs/create', run);
    expect(first.sent).toEqual({ experiment_id: '101', tags: [MINE] });
    expect(first.asked).toEqual(['/api/2.0/mlflow/experiments/get?experiment_id=101']);
    expect((await send('POST /api/2.0/mlflow/runs/create', run)).asked).toEqual([]);
  });

  it('adds the tenant’s clause to searches, in the body and in the query', async () => {
    const runs = await send('POST /api/2.0/mlflow/runs/search', {
      experiment_ids: ['0'],
      filter: 'metrics.m > 1',
    });
    expect(runs).toMatchObject({ asked: [], sent: { filter: "tags.tenant = 'team-a' AND metrics.m > 1" } });
    const versions = await send('GET /api/2.0/mlflow/model-versions/search?max_results=5');
    expect(versions.sent).toBe(
      `/api/2.0/mlflow/model-versions/search?max_results=5&filter=${encodeURIComponent("tags.tenant = 'team-a'")}`,
    );
  });

  it.each([
    ['POST /api/2.0/mlflow/runs/set-tag', { run_id: 'r1', key: 'tenant', value: 'team-b' }, 'tenant_tag'],
    ['POST /api/2.0/mlflow/runs/set-tag', { run_id: 'r1', key: 'Tenant', value: 'x' }, 'tenant_tag'],
    ['POST /api/2.0/mlflow/runs/delete-tag', { run_id: 'r1', key: 'tenant' }, 'tenant_tag'],
    [
      'POST /api/2.0/mlflow/runs/log-batch',
      { run_id: 'r1', tags: [MINE, { ...MINE, value: 'team-b' }] },
      'tenant_tag',
    ],
    [
      'POST /api/2.0/mlflow/experiments/set-experiment-tag',
      { experiment_id: '1', key: 'tenant', value: 'b' },
      'tenant_tag',
    ],
    [
      'POST /api/2.0/mlflow/experiments/create',
      { name: 'x', tags: [{ key: 'tenant', value: 'b' }] },
      'tenant_tag',
    ],
    ['DELETE /api/2.0/mlflow/registered-models/delete-tag', { name: 'm', key: 'tenant' }, 'tenant_tag'],
    [
      'POST /api/2.0/mlflow/experiments/create',
      { name: 'x', artifact_location: 's3://b/x' },
      'storage_uri_refused',
    ],
    [
      'POST /api/2.0/mlflow/experiments/create',
      { name: 'x', artifact_location: 'mlartifacts' },
      'storage_uri_refused',
    ],
    [
      'POST /api/2.0/mlflow/experiments/create',
      { name: 'x', artifact_location: 'prompt-template' },
      'storage_uri_refused',
    ],
    [
      'POST /api/2.0/mlflow/experiments/create',
      { name: 'x', artifact_location: 'models:/m/1' },
      'storage_uri_refused',
    ],
    [
      'POST /api/2.0/mlflow/experiments/create',
      { name: 'x', artifact_location: 'runs:/r1/x' },
      'storage_uri_refused',
    ],
    ['POST /api/2.0/mlflow/experiments/update', { experiment_id: '0', new_name: 'x' }, 'platform_admin_only'],
    ['POST /api/2.0/mlflow/experiments/delete', { experiment_id: '0' }, 'platform_admin_only'],
    ['POST /api/2.0/mlflow/runs/create', {}, 'invalid_field'],
    ['POST /api/2.0/mlflow/runs/create', { experiment_id: '' }, 'invalid_field'],
    ['GET /api/2.0/mlflow-artifacts/artifacts', undefined, 'invalid_field'],
    ['GET /api/2.0/mlflow-artifacts/artifacts?path=', undefined, 'invalid_field'],
    ['POST /api/3.0/mlflow/workspaces', { name: 'team-x' }, 'platform_admin_only'],
    ['GET /ajax-api/3.0/mlflow/assistant/config', undefined, 'server_feature_disabled'],
  ])('%s with %j is refused: %s', async (line, body, reason) => {
    const outcome = await send(line, body);
    expect(outcome).toMatchObject({ reason, sent: undefined });
  });

  // MLflow keeps one dataset of a name and digest in an experiment, and answers with its first description.
  it('refuses datasets in a shared experiment', async () => {
    const { upstream } = gateway;
    const log = (run_id: string, datasets: object[]): Promise<Outcome> =>
      send('POST /api/2.0/mlflow/runs/log-inputs', { run_id, datasets });
    const datasets = [{ dataset: { name: 'n', digest: 'd', source_type: 't', source: 's' } }];
    upstream.container = '0';
    try {
      expect(await log('r501', datasets)).toMatchObject({ reason: 'shared_experiment', sent: undefined });
      expect((await log('r501', [])).status).toBe(200);
    } finally {
      upstream.container = '1';
    }
    expect((await log('r502', datasets)).status).toBe(200);
  });

  it('refuses another tenant’s resource like a missing one', async () => {
    const theirs = await send('GET /api/2.0/mlflow/runs/get?run_id=r77', undefined, 'team-b');
    expect(theirs).toEqual({
      status: 404,
      reason: 'resource_not_found',
      asked: ['/api/2.0/mlflow/runs/get?run_id=r77'],
      sent: undefined,
    });
  });

  it('searches in the tenant’s experiments only, and in none if the tenant has none', async () => {
    const search = (experiment_ids: string[], owner: string): Promise<Outcome> =>
      send('POST /api/2.0/mlflow/runs/search', { experiment_ids }, owner);
    expect((await search(['301'], 'team-a')).sent).toMatchObject({ experiment_ids: ['301'] });
    // 301 is known to be the tenant's, 302 is asked for.
    expect((await search(['302', '301', '0'], 'team-b')).sent).toEqual({
      experiment_ids: ['301', '0'],
      filter: "tags.tenant = 'team-a'",
    });
    expect((await search(['303'], 'team-b')).sent).toMatchObject({ experiment_ids: ['2147483647'] });
    expect((await search([], 'team-b')).sent).toMatchObject({ experiment_ids: [] });
  });

  it('looks up an experiment by its name', async () => {
    const get = 'GET /api/2.0/mlflow/experiments/get-by-name?experiment_name=x';
    expect((await send(get)).status).toBe(200);
    expect(await send(get, undefined, 'team-b')).toMatchObject({
      reason: 'resource_not_found',
      sent: undefined,
    });
  });

  it('looks up a name each time, before and after the request, and unlocks it afterwards', async () => {
    for (let i = 0; i < 2; i++) {
      const { asked, status } = await send('PATCH /api/2.0/mlflow/registered-models/update', {
        name: 'm',
        description: 'd',
      });
      const look = '/api/2.0/mlflow/registered-models/get?name=m';
      expect([asked, status]).toEqual([[look, look], 200]);
    }
    const renamed = await send('POST /api/2.0/mlflow/registered-models/rename', { name: 'm', new_name: 'n' });
    expect(renamed.status).toBe(200);
    expect((await send('POST /api/2.0/mlflow/registered-models/create', { name: 'm' })).status).toBe(200);
  });

  // Otherwise the owner could give the name up, and another tenant take it, between the lookup and the request that it allowed.
  it('lets no request take a name while a request that uses it is in flight', async () => {
    const { upstream } = gateway;
    const sent: string[] = [];
    const held: (() => void)[] = [];
    const forward = upstream.forward.bind(upstream);
    upstream.owner = 'team-a';
    upstream.forward = async (req, res, outgoing, ...rest) => {
      sent.push(outgoing.path);
      await new Promise<void>((resolve) => held.push(resolve));
      return forward(req, res, outgoing, ...rest);
    };
    try {
      const use = gateway.send('PATCH /api/2.0/mlflow/registered-models/update', [], '{"name":"m"}');
      await expect.poll(() => sent).toEqual(['/api/2.0/mlflow/registered-models/update']);
      const take = gateway.send('POST /api/2.0/mlflow/registered-models/create', [], '{"name":"M "}');
      const other = gateway.send('POST /api/2.0/mlflow/registered-models/create', [], '{"name":"n"}');
      // The other name's turn comes at once, so this one's would have come by then.
      await expect.poll(() => sent).toHaveLength(2);
      for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve));
      expect(sent).toHaveLength(2);
      held[1]!();
      expect((await other).status).toBe(200);
      held[0]!();
      expect((await use).status).toBe(200);
      await expect.poll(() => sent).toHaveLength(3);
      held[2]!();
      expect((await take).status).toBe(200);
    } finally {
      upstream.forward = forward;
    }
  });

  it('checks the source of a version', async () => {
    const version = (source: string): Promise<Outcome> =>
      send('POST /api/2.0/mlflow/model-versions/create', { name: 'm', source });
    expect((await version('models:/other/1')).asked).toContain(
      '/api/2.0/mlflow/registered-models/get?name=other',
    );
    expect((await version('runs:/r5/model')).asked).toContain('/api/2.0/mlflow/runs/get?run_id=r5');
    expect((await version('prompt-template')).status).toBe(200);
    for (const source of [
      'mlartifacts',
      's3://bucket/x',
      'file:///etc',
      '/etc',
      `models:/m-${'0'.repeat(32)}/1`,
    ])
      expect((await version(source)).reason, source).toBe('storage_uri_refused');
  });
});

describe('traces', () => {
  const info = (experiment_id: string, more: object = {}) => ({
    trace: {
      trace_info: {
        trace_id: 'tr-1',
        trace_location: { type: 'MLFLOW_EXPERIMENT', mlflow_experiment: { experiment_id } },
        ...more,
      },
    },
  });
  const searched = (filter: string | undefined, ...ids: string[]) => ({
    locations: ids.map((experiment_id) => ({ mlflow_experiment: { experiment_id } })),
    ...(filter === undefined ? {} : { filter }),
  });

  it('tags a new trace where its tags are, and looks up its id first', async () => {
    const made = await send('POST /api/3.0/mlflow/traces', info('7301', { tags: { a: '1' } }));
    expect(made.asked.toSorted()).toEqual([
      '/api/2.0/mlflow/experiments/get?experiment_id=7301',
      '/api/2.0/mlflow/traces/tr-1/info',
    ]);
    expect(made.sent).toMatchObject({ trace: { trace_info: { tags: { tenant: 'team-a', a: '1' } } } });
    const tags = { tenant: 'team-b' };
    expect((await send('POST /api/3.0/mlflow/traces', info('7301', { tags }))).reason).toBe('tenant_tag');
    expect((await send('POST /api/3.0/mlflow/traces', info('7301'), 'team-b')).reason).toBe(
      'resource_not_found',
    );
    // Under no id, or an empty one, would be every tenant's.
    const unnamed = { trace_location: { mlflow_experiment: { experiment_id: '7301' } } };
    for (const trace_id of [undefined, null, '', ' ', '-'])
      expect(
        (await send('POST /api/3.0/mlflow/traces', { trace: { trace_info: { ...unnamed, trace_id } } }))
          .reason,
      ).toBe('invalid_field');
    const nowhere = { trace: { trace_info: { trace_id: 'tr-1' } } };
    expect((await send('POST /api/3.0/mlflow/traces', nowhere)).reason).toBe('invalid_field');
  });

  it('filters by the tag only where other tenants have traces', async () => {
    const path = 'POST /api/3.0/mlflow/traces/search';
    expect((await send(path, searched(undefined, '7301'))).sent).toEqual(searched(undefined, '7301'));
    expect((await send(path, searched("name='x'", '7301'))).sent).toMatchObject({ filter: "name = 'x'" });
    const shared = await send(path, searched("name='x'", '7301', '0'));
    expect(shared.sent).toMatchObject({ filter: "tags.tenant = 'team-a' AND name = 'x'" });
    expect((await send(path, searched("feedback.x = 'y'", '0'))).reason).toBe('shared_experiment');
    expect((await send(path, searched("feedback.x = 'y'", '7301'))).status).toBe(200);
    expect((await send(path, {})).reason).toBe('invalid_field');
    expect((await send(path, searched("x'", '7301'))).reason).toBe('invalid_field');
  });

  it('removes other tenants’ resources from a search', async () => {
    const path = 'POST /api/3.0/mlflow/traces/search';
    const foreign = await send(path, searched(undefined, '7302', '7301'), 'team-b');
    expect(foreign.sent).toEqual(searched(undefined, '7301'));
    const none = await send(path, searched(undefined, '7302'), 'team-b');
    expect(none.sent).toEqual(searched(undefined, '2147483647'));
    const batch = 'GET /api/3.0/mlflow/traces/batchGet?trace_ids=tr-1&trace_ids=tr-2';
    expect((await send(batch, undefined, 'team-b')).sent).toBe('/api/3.0/mlflow/traces/batchGet?trace_ids=-');
    expect((await send(batch)).sent).toBe('/api/3.0/mlflow/traces/batchGet?trace_ids=tr-1&trace_ids=tr-2');
  });

  it('deletes only named traces in a shared experiment', async () => {
    const path = 'POST /api/3.0/mlflow/traces/delete-traces';
    expect((await send(path, { experiment_id: '0' })).reason).toBe('shared_experiment');
    expect((await send(path, { experiment_id: '0', request_ids: [] })).reason).toBe('shared_experiment');
    expect((await send(path, { experiment_id: '0', request_ids: ['tr-1'] })).status).toBe(200);
    expect((await send(path, { experiment_id: '7301' })).status).toBe(200);
  });

  it('looks up feedback by its trace', async () => {
    const read = await send('GET /api/3.0/mlflow/traces/tr-1/assessments/a-1');
    // A trace's id is its client's choice: after MLflow has answered it is asked for again.
    const look = '/api/2.0/mlflow/traces/tr-1/info';
    expect([read.status, read.asked]).toEqual([200, [look, look]]);
    const foreign = await send('GET /api/3.0/mlflow/traces/tr-1/assessments/a-1', undefined, 'team-b');
    expect(foreign.reason).toBe('resource_not_found');
  });

  it('looks up the issue that feedback names, and repeated references once', async () => {
    const assess = (assessment_name: string) =>
      send('POST /api/3.0/mlflow/traces/tr-1/assessments', { assessment: { assessment_name } });
    const issue = `iss-${'0'.repeat(31)}1`;
    expect((await assess('good')).asked).toHaveLength(1);
    expect((await assess('is-correct')).asked).toHaveLength(1);
    for (const chosen of ['iss-login', 'ISS-Login'])
      expect((await assess(chosen)).asked).toContain(`/api/3.0/mlflow/issues/${chosen}`);
    expect((await assess(issue)).asked).toContain(`/api/3.0/mlflow/issues/${issue}`);
    expect((await assess(issue.toUpperCase())).asked).toContain(
      `/api/3.0/mlflow/issues/${issue.toUpperCase()}`,
    );
    // From MLflow 3.18 on, a client may choose the id of an issue.
    expect((await assess('iss-Release_7')).asked).toContain('/api/3.0/mlflow/issues/iss-Release_7');
    expect((await assess('issue-7')).asked).toHaveLength(1);
    const link = (trace_ids: string[]) =>
      send('POST /api/2.0/mlflow/traces/link-to-run', { run_id: 'r1', trace_ids });
    const often = await link(Array.from({ length: 100 }, () => 'tr-1'));
    expect(often.asked.filter((path) => path.includes('/traces/'))).toHaveLength(1);
    expect((await link(Array.from({ length: 101 }, () => 'tr-1'))).reason).toBe('invalid_field');
  });

  it('measures only the tenant’s traces in shared experiments', async () => {
    const metrics = { view_type: 'TRACES', metric_name: 'trace_count', filters: ["trace.status='OK'"] };
    const path = 'POST /api/3.0/mlflow/traces/metrics';
    const own = await send(path, { ...metrics, experiment_ids: ['7301'] });
    expect(own.sent).toMatchObject({ filters: ["trace.status = 'OK'"] });
    const shared = await send(path, { ...metrics, experiment_ids: ['0'] });
    expect(shared.sent).toMatchObject({ filters: ["trace.tag.tenant = 'team-a'", "trace.status = 'OK'"] });
  });
});

describe('resources in experiments, and outside of them', () => {
  it('tags a dataset with its tags as JSON in a string', async () => {
    const path = 'POST /api/3.0/mlflow/datasets/create';
    const made = await send(path, { name: 'd', experiment_ids: ['7401'], tags: '{"a":"1"}' });
    expect(made.sent).toMatchObject({ tags: '{"tenant":"team-a","a":"1"}' });
    expect((await send(path, { name: 'd' })).sent).toMatchObject({ tags: '{"tenant":"team-a"}' });
    expect((await send(path, { name: 'd', tags: '{"tenant":"team-b"}' })).reason).toBe('tenant_tag');
    expect((await send(path, { name: 'd', tags: 'x' })).reason).toBe('invalid_field');
    const retag = (tags: string) => send('PATCH /api/3.0/mlflow/datasets/d-1/tags', { tags });
    expect((await retag('{"tenant":"team-b"}')).reason).toBe('tenant_tag');
    expect((await retag('{"tenant":"team-a"}')).status).toBe(200);
    expect((await retag('{"a":"1"}')).status).toBe(200);
    const search = await send('POST /api/3.0/mlflow/datasets/search', { filter_string: "name = 'd'" });
    expect(search.sent).toMatchObject({ filter_string: "tags.tenant = 'team-a' AND name = 'd'" });
  });

  it.each([
    ['POST /api/2.0/mlflow/runs/set-tag', { run_id: 'r1', ...MINE }],
    ['POST /api/2.0/mlflow/runs/log-batch', { run_id: 'r1', tags: [MINE] }],
    ['POST /api/2.0/mlflow/experiments/set-experiment-tag', { experiment_id: '1', ...MINE }],
  ])('forwards the tenant tag with the value that it has: %s', async (line, body) => {
    const answer = await send(line, body);
    expect(answer.status, String(answer.reason)).toBe(200);
    expect(answer.sent).toEqual(body);
  });

  it('refuses the tenant tag on a shared experiment, and in another spelling', async () => {
    const path = 'POST /api/2.0/mlflow/experiments/set-experiment-tag';
    expect((await send(path, { experiment_id: '0', ...MINE })).reason).toBe('tenant_tag');
    const spelled = { experiment_id: '1', key: 'Tenant', value: 'team-a' };
    expect((await send(path, spelled)).reason).toBe('tenant_tag');
  });

  it('finds the owner of a resource by its experiment', async () => {
    gateway.upstream.container = '7402';
    const issue = await send('GET /api/3.0/mlflow/issues/iss-1');
    expect(issue.asked).toEqual([
      '/api/3.0/mlflow/issues/iss-1',
      '/api/2.0/mlflow/experiments/get?experiment_id=7402',
    ]);
    expect((await send('GET /ajax-api/3.0/jobs/job-1')).status).toBe(200);
    gateway.upstream.container = '7404';
    for (const line of ['GET /api/3.0/mlflow/issues/iss-2', 'GET /ajax-api/3.0/jobs/job-2'])
      expect((await send(line, undefined, 'team-b')).reason, line).toBe('resource_not_found');
    gateway.upstream.container = '1';
  });

  it('creates nothing without a tag in a shared experiment', async () => {
    for (const [line, body] of [
      ['POST /api/3.0/mlflow/scorers/register', { name: 's', serialized_scorer: '{}' }],
      ['POST /api/3.0/mlflow/issues', { name: 'i', description: 'd' }],
      ['POST /api/3.0/mlflow/issues/search', {}],
      ['POST /api/3.0/mlflow/label-schemas/create', { name: 'l' }],
      ['POST /api/3.0/mlflow/review-queues/create', { name: 'q' }],
    ] as const)
      expect((await send(line, { ...body, experiment_id: '0' })).reason, line).toBe('shared_experiment');
    expect((await send('POST /api/3.0/mlflow/issues/search', {})).reason).toBe('invalid_field');
  });

  it('reserves the AI gateway for platform admins, in scorers too', async () => {
    const scorer = { experiment_id: '7403', name: 's', serialized_scorer: '{"model":"gateway:/gpt"}' };
    const path = 'POST /api/3.0/mlflow/scorers/register';
    expect((await send(path, scorer)).reason).toBe('platform_admin_only');
    expect((await send(path, { ...scorer, serialized_scorer: '{"model":"openai:/gpt"}' })).status).toBe(200);
  });

  it('looks up the prompt of a job', async () => {
    const job = (source_prompt_uri: string) =>
      send('POST /api/3.0/mlflow/prompt-optimization/jobs', { experiment_id: '7403', source_prompt_uri });
    expect((await job('prompts:/qa/1')).asked).toContain('/api/2.0/mlflow/registered-models/get?name=qa');
    expect((await job('qa')).reason).toBe('invalid_field');
  });

  it('searches the endpoints of the tenant’s own servers, by their names', async () => {
    const all = await send(
      `GET /api/3.0/mlflow/mcp-servers/endpoints?filter_string=${encodeURIComponent("status='active'")}`,
    );
    const [path] = all.asked;
    expect(decodeURIComponent(path!)).toContain("filter_string=tags.tenant = 'team-a'");
    expect(decodeURIComponent(String(all.sent))).toContain("server_name IN ('-') AND status = 'active'");
  });

  it('tags a resource that MLflow creates without tags before it responds, or refuses', async () => {
    const { upstream } = gateway;
    const { forward, ask } = upstream;
    let tagged = 0;
    upstream.forward = async (_req, res, _outgoing, _headers, options) => {
      const body = Buffer.from('{"run":{"info":{"run_id":"r77"}}}');
      const answer = await options!.transform!({ status: 200, headers: {}, body });
      tagged++;
      res.writeHead(200, { 'content-type': 'application/json' }).end(answer);
      return { status: 200, bytesIn: 0, bytesOut: answer.length, aborted: false };
    };
    const line = 'POST /ajax-api/2.0/mlflow/runs/create-promptlab-run';
    try {
      expect((await send(line, { experiment_id: '7405' })).status).toBe(200);
      expect(upstream.requests.at(-1)).toMatchObject({
        path: '/api/2.0/mlflow/runs/set-tag',
        body: { run_id: 'r77', key: 'tenant', value: 'team-a' },
      });
      upstream.ask = async (outgoing) =>
        outgoing.path.endsWith('/set-tag')
          ? { status: 500, headers: {}, body: Buffer.from('{}') }
          : ask.call(upstream, outgoing);
      expect((await send(line, { experiment_id: '7405' })).reason).toBe('upstream_invalid');
      expect(tagged).toBe(1);
    } finally {
      upstream.forward = forward;
      upstream.ask = ask;
    }
  });
});
