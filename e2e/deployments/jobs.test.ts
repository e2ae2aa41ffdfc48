import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { networkInterfaces } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Fetch, fetcher } from '../../dev/http.ts';
import { freePort } from '../../dev/ports.ts';
import { otlpJson } from '../harness/otlp.ts';
import { serializedScorer } from '../harness/scorer.ts';
import { type Stack, startStack, unique } from '../harness/stack.ts';

/**
 * MLflow's own jobs: a real job runner runs a judge, which asks MLflow's AI gateway over HTTP, through the gateway, with
 * MLflow itself on a Unix socket. Only the provider of the model is not real: there is none here, and its answer is made.
 */

const API = '/api/3.0/mlflow';
const JOB_WAIT_MS = 240_000;
// biome-ignore lint/suspicious/noExplicitAny: answers of MLflow's
type Json = any;

async function ok(as: Fetch, path: string, json?: object): Promise<Json> {
  const answer = await as(path, json === undefined ? {} : { json });
  const text = await answer.text();
  expect(answer.status, `${path} ${text}`).toBe(200);
  return JSON.parse(text);
}

/** What a provider of the OpenAI kind answers, and what it was asked. */
async function startProvider(): Promise<{ server: Server; url: string; asked: string[] }> {
  const asked: string[] = [];
  const server = createServer(async (req: IncomingMessage, res) => {
    const chunks: Buffer[] = [];
    for await (const chunk of req) chunks.push(chunk as Buffer);
    asked.push(Buffer.concat(chunks).toString());
    const content = JSON.stringify({ result: 'yes', rationale: 'the provider says so' });
    const choices = [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content } }];
    const usage = { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 };
    res.setHeader('content-type', 'application/json');
    res.end(JSON.stringify({ id: 'x', object: 'chat.completion', created: 1, model: 'm', choices, usage }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  return { server, url: `http://127.0.0.1:${port}`, asked };
}

describe.each(['workspaces', 'tags'] as const)('strategy %s', (strategy) => {
  const tenant = unique('team');
  const endpoint = unique('endpoint');
  let stack: Stack;
  let provider: Awaited<ReturnType<typeof startProvider>>;
  let jobsPort: number;
  let root: Fetch;
  let me: Fetch;
  let experiment_id: string;
  let trace_id: string;

  beforeAll(async () => {
    jobsPort = await freePort();
    provider = await startProvider();
    stack = await startStack({
      auth: 'oidc',
      workspaces: strategy === 'workspaces',
      tenants: [tenant],
      env: { GW_JOBS_PORT: String(jobsPort), GW_RBAC_PLATFORM_ADMIN_ALIASES: 'root' },
      mlflow: {
        env: {
          MLFLOW_SERVER_ENABLE_JOB_EXECUTION: 'true',
          MLFLOW_GATEWAY_URI: `http://127.0.0.1:${jobsPort}`,
          MLFLOW_CRYPTO_KEK_PASSPHRASE: 'a passphrase for a test',
          // MLflow asks no provider on a private address, or without TLS, unless it is told to.
          MLFLOW_GATEWAY_API_BASE_ALLOW_PRIVATE_IPS: 'true',
          MLFLOW_GATEWAY_API_BASE_ALLOWED_SCHEMES: 'http',
        },
      },
    });
    const token = await stack.idp.token({ sub: 'root', tenant_id: tenant, roles: ['admin', 'root'] });
    root = (path, init = {}) =>
      stack.anonymous(path, { ...init, headers: { authorization: `Bearer ${token}`, ...init.headers } });
    me = stack.as(tenant, 'contributor');
    ({ experiment_id } = await ok(me, '/api/2.0/mlflow/experiments/create', { name: unique('jobs') }));
    const trace = randomBytes(16).toString('hex');
    trace_id = `tr-${trace}`;
    const sent = await me('/v1/traces', {
      method: 'POST',
      // A judge reads what went in and what came out.
      body: otlpJson(trace, [
        ['mlflow.spanInputs', '"q"'],
        ['mlflow.spanOutputs', '"a"'],
      ]),
      headers: { 'content-type': 'application/json', 'x-mlflow-experiment-id': experiment_id },
    });
    expect(sent.status, await sent.text()).toBe(200);
    const { secret } = await ok(root, `${API}/gateway/secrets/create`, {
      secret_name: unique('secret'),
      secret_value: { api_key: 'sk-x' },
      provider: 'openai',
      auth_config: { api_base: `${provider.url}/v1` },
    });
    const { model_definition } = await ok(root, `${API}/gateway/model-definitions/create`, {
      name: unique('definition'),
      secret_id: secret.secret_id,
      provider: 'openai',
      model_name: 'm',
    });
    const { model_definition_id } = model_definition;
    const model_configs = [{ model_definition_id, linkage_type: 'PRIMARY', weight: 1 }];
    await ok(root, `${API}/gateway/endpoints/create`, { name: endpoint, model_configs, experiment_id });
  });
  afterAll(async () => {
    provider?.server.close();
    await stack?.stop();
  });

  test('a judge asks the AI gateway from a job, and its word is on the trace', {
    timeout: 300_000,
  }, async () => {
    const { jobs } = await ok(root, '/ajax-api/3.0/mlflow/scorer/invoke', {
      experiment_id,
      serialized_scorer: serializedScorer('right', `gateway:/${endpoint}`),
      trace_ids: [trace_id],
      log_assessments: true,
    });
    const { job_id } = jobs[0];
    let job: Json;
    for (const deadline = performance.now() + JOB_WAIT_MS; performance.now() < deadline; await sleep(500)) {
      job = await ok(root, `/ajax-api/3.0/jobs/${job_id}`);
      if (!['PENDING', 'RUNNING'].includes(job.status)) break;
    }
    expect(job, JSON.stringify(job)).toMatchObject({ status: 'SUCCEEDED' });
    expect(provider.asked.length).toBeGreaterThan(0);
    const { trace } = await ok(me, `${API}/traces/${trace_id}`);
    const { assessments } = trace.trace_info;
    expect(assessments.map((one: Json) => [one.assessment_name, one.feedback?.value])).toEqual([
      ['right', 'yes'],
    ]);
    const line = stack.audit().find(({ operation }) => operation === 'gatewayChatCompletions');
    expect(line).toMatchObject({
      subject: 'mlflow',
      issuer: 'mlflow-jobs',
      tenant: strategy === 'workspaces' ? tenant : null,
      decision: 'allow',
      status_code: 200,
    });
  });

  test('the port is on loopback, for what jobs call and nothing else', async () => {
    const jobs = fetcher(`http://127.0.0.1:${jobsPort}`);
    for (const path of [
      '/api/2.0/mlflow/experiments/search',
      `/gateway/${endpoint}/mlflow/invocations`,
      `/gateway/proxy/${endpoint}/v1/models`,
      '/graphql',
    ])
      expect([path, (await jobs(path, { json: {} })).status]).toEqual([path, 404]);
    const chat = { model: endpoint, messages: [{ role: 'user', content: 'x' }] };
    // The same at the port for callers takes a token.
    expect((await stack.anonymous('/gateway/mlflow/v1/chat/completions', { json: chat })).status).toBe(401);
    if (strategy === 'workspaces') {
      const nowhere = await jobs('/gateway/mlflow/v1/chat/completions', { json: chat });
      expect([nowhere.status, ((await nowhere.json()) as Json).reason]).toEqual([
        403,
        'tenant_name_unusable',
      ]);
    }
    for (const { address, family, internal } of Object.values(networkInterfaces()).flatMap(
      (list) => list ?? [],
    )) {
      if (internal || family !== 'IPv4') continue;
      await expect(fetcher(`http://${address}:${jobsPort}`)('/healthz')).rejects.toThrow('ECONNREFUSED');
    }
  });
});
