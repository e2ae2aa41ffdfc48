import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type InProcessGateway, startInProcess } from '../../testing/in-process.ts';

/** The whole line, before an MLflow in which a name changes hands while a request is at it. */
let gateway: InProcessGateway;
let several: InProcessGateway;
beforeAll(async () => {
  gateway = await startInProcess({ GW_TENANCY: 'tags' });
  several = await startInProcess({ GW_TENANCY: 'tags', GW_REPLICAS: '2' });
});
afterAll(async () => {
  await gateway.stop();
  await several.stop();
});

const RM = '/api/2.0/mlflow/registered-models';
const MCP = '/api/3.0/mlflow/mcp-servers';
const VERSION = JSON.stringify({ server_json: { name: 'x/s', version: '1.0.0' } });

interface Change {
  /** The owner of every resource when MLflow handles the request. */
  readonly next: string;
  /** Whether MLflow shows no tags then. */
  readonly untagged?: boolean;
  /** MLflow's response. The gateway rewrites the responses that it reads. */
  readonly answer?: object;
}

/** Sends a request of team-a, the owner when it is looked up, and not any more when MLflow answers. */
async function raced(line: string, body: string, { next, answer = {}, untagged = false }: Change) {
  const { upstream } = gateway;
  const { forward, ask } = upstream;
  upstream.owner = 'team-a';
  upstream.requests.length = 0;
  upstream.forwarded = undefined;
  upstream.forward = async (req, res, outgoing, headers, options) => {
    upstream.owner = next;
    upstream.requests.length = 0;
    if (untagged)
      upstream.ask = async (call) => ({ ...(await ask.call(upstream, call)), body: Buffer.from('{}') });
    await options?.transform?.({ status: 200, headers: {}, body: Buffer.from(JSON.stringify(answer)) });
    return forward.call(upstream, req, res, outgoing, headers, options);
  };
  try {
    const { status, body: got } = await gateway.send(line, [], body);
    return { status, reason: got.reason, asked: upstream.requests.map(({ path }) => path) };
  } finally {
    upstream.forward = forward;
    upstream.ask = ask;
  }
}

const tagged = (owner: string) => [{ key: 'tenant', value: owner }];

describe('a name that changes hands between lookup and response', () => {
  it.each([
    [`POST ${RM}/get-latest-versions`, '{"name":"m"}'],
    ['GET /api/2.0/mlflow/model-versions/get?name=m&version=1', ''],
    [`GET ${RM}/alias?name=m&alias=a`, ''],
    [`PATCH ${RM}/update`, '{"name":"m","description":"d"}'],
    [`GET ${MCP}/x/s/versions`, ''],
    [`GET ${MCP}/x/s/versions/1.0.0`, ''],
    ['GET /api/3.0/mlflow/traces/tr-1/assessments/a-1', ''],
  ])('gives the caller nothing of the response to %s', async (line, body) => {
    expect(await raced(line, body, { next: 'team-b' })).toMatchObject({
      status: 404,
      reason: 'resource_not_found',
    });
    expect((await raced(line, body, { next: 'team-a' })).status).toBe(200);
  });

  it.each([
    [`GET ${RM}/get?name=m`, (owner: string) => ({ registered_model: { tags: tagged(owner) } })],
    [
      'GET /api/2.0/mlflow/experiments/get-by-name?experiment_name=e',
      (owner: string) => ({ experiment: { experiment_id: '9', tags: tagged(owner) } }),
    ],
    [`GET ${MCP}/x/s`, (owner: string) => ({ tags: { tenant: owner } })],
  ])('is seen in the response to %s itself, without a second lookup', async (line, answer) => {
    expect(await raced(line, '', { next: 'team-b', answer: answer('team-b') })).toEqual({
      status: 404,
      reason: 'resource_not_found',
      asked: [],
    });
    const own = await raced(line, '', { next: 'team-a', answer: answer('team-a') });
    expect([own.status, own.asked]).toEqual([200, []]);
  });

  it('is not tagged if another tenant created it first', async () => {
    const { status, asked } = await raced(`POST ${MCP}/x/s/versions`, VERSION, { next: 'team-b' });
    expect([status, asked]).toEqual([404, [`${MCP}/x/s`]]);
  });

  it('is tagged if it is unowned, and left alone if it has the tag', async () => {
    const fresh = await raced(`POST ${MCP}/x/s/versions`, VERSION, { next: '', untagged: true });
    expect([fresh.status, fresh.asked]).toEqual([200, [`${MCP}/x/s`, `${MCP}/x/s/tags`]]);
    const own = await raced(`POST ${MCP}/x/s/versions`, VERSION, { next: 'team-a' });
    expect([own.status, own.asked]).toEqual([200, [`${MCP}/x/s`]]);
  });
});

describe('with several replicas', () => {
  const send = async (line: string, body = '', owner = 'team-a') => {
    several.upstream.owner = owner;
    several.upstream.forwarded = undefined;
    const { status, body: got } = await several.send(line, [], body);
    return [status, got.reason, several.upstream.forwarded === undefined];
  };

  it.each([
    [`DELETE ${RM}/delete`, '{"name":"m"}'],
    [`POST ${RM}/rename`, '{"name":"m","new_name":"n"}'],
    [`DELETE ${MCP}/x/s`, ''],
  ])('%s does not give up a name', async (line, body) => {
    expect(await send(line, body)).toEqual([403, 'several_replicas', true]);
  });

  it('names are created and used as with one replica', async () => {
    expect(await send(`POST ${RM}/create`, '{"name":"m"}')).toEqual([200, undefined, false]);
    expect(await send(`PATCH ${RM}/update`, '{"name":"m"}')).toEqual([200, undefined, false]);
    expect(await send(`POST ${MCP}/x/s/versions`, VERSION)).toEqual([200, undefined, false]);
  });

  it('a version of a missing server creates the server first, which MLflow lets one caller do', async () => {
    const { upstream } = several;
    const { ask } = upstream;
    const made = async (status: number) => {
      upstream.requests.length = 0;
      upstream.ask = async (call) => {
        const answer = await ask.call(upstream, call);
        return { ...answer, status: call.method === 'GET' ? 404 : call.path === MCP ? status : 200 };
      };
      const outcome = await send(`POST ${MCP}/x/s/versions`, VERSION);
      return [...outcome, ...upstream.requests.slice(1).map(({ path }) => path)];
    };
    try {
      expect(await made(409)).toEqual([404, 'resource_not_found', true, MCP]);
      expect(await made(500)).toEqual([502, 'upstream_invalid', true, MCP]);
      // The lookup of the references comes after it.
      expect((await made(200)).slice(3, 5)).toEqual([MCP, `${MCP}/x/s/tags`]);
    } finally {
      upstream.ask = ask;
    }
    expect(await send(`POST ${MCP}/x/s/versions`, VERSION, 'team-b')).toEqual([
      404,
      'resource_not_found',
      true,
    ]);
  });
});
