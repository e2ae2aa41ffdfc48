import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Stack, startStack, unique } from '../harness/stack.ts';

const CREATE = '/api/2.0/mlflow/experiments/create';
const SEARCH = '/api/2.0/mlflow/experiments/search';

interface Refusal {
  readonly error_code: string;
  readonly message: string;
  readonly reason: string;
  readonly request_id: string;
}

/** A refusal is MLflow-shaped JSON with a reason, a request id, and exactly one audit line that agrees. */
async function refusal(stack: Stack, answer: Response): Promise<Refusal & { status: number }> {
  const body = (await answer.json()) as Refusal;
  expect(Object.keys(body)).toEqual(
    expect.arrayContaining(['error_code', 'message', 'reason', 'request_id']),
  );
  expect(answer.headers.get('content-type')).toMatch(/^application\/json/);
  expect(answer.headers.get('x-request-id')).toBe(body.request_id);
  expect(await stack.auditOf(answer)).toMatchObject({
    decision: 'deny',
    reason: body.reason,
    status_code: answer.status,
    upstream: null,
  });
  return { ...body, status: answer.status };
}

async function experimentNames(answer: Response): Promise<string[]> {
  const body = (await answer.json()) as { experiments?: { name: string }[] };
  expect(answer.status, JSON.stringify(body)).toBe(200);
  return (body.experiments ?? []).map(({ name }) => name).filter((name) => name !== 'Default');
}

describe('the guide, auth oidc', () => {
  const teamA = unique('team-a');
  const teamB = unique('team-b');
  let stack: Stack;
  beforeAll(async () => {
    stack = await startStack({ auth: 'oidc', tenants: [teamA, teamB] });
  });
  afterAll(() => stack?.stop());

  test('team A creates an experiment and finds it; team B finds nothing', async () => {
    const name = unique('churn');
    const made = await stack.as(teamA)(CREATE, { json: { name } });
    expect(made.status).toBe(200);
    const { experiment_id } = (await made.json()) as { experiment_id: string };
    expect(await stack.auditOf(made)).toMatchObject({
      decision: 'allow',
      tenant: teamA,
      subject: `${teamA}-contributor`,
      issuer: stack.idp.issuer,
      operation: 'createExperiment',
    });

    const search = { json: { max_results: 100 } };
    expect(await experimentNames(await stack.as(teamA, 'viewer')(SEARCH, search))).toEqual([name]);
    expect(await experimentNames(await stack.as(teamB)(SEARCH, search))).toEqual([]);

    const theirs = await stack.as(teamB)(`/api/2.0/mlflow/experiments/get?experiment_id=${experiment_id}`);
    expect(theirs.status).toBe(404);
    expect(await theirs.json()).toMatchObject({ error_code: 'RESOURCE_DOES_NOT_EXIST' });
  });

  test('without a token: 401 with WWW-Authenticate', async () => {
    const answer = await stack.anonymous(SEARCH, { json: { max_results: 1 } });
    expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer\b/);
    expect(await refusal(stack, answer)).toMatchObject({
      status: 401,
      error_code: 'UNAUTHENTICATED',
      reason: 'token_missing',
    });
  });

  test('with an expired token, and with nonsense: 401', async () => {
    const claims = { sub: 'late', tenant_id: teamA, roles: ['viewer'] };
    const expired = await stack.idp.token(claims, { expiresIn: -3_600 });
    const outcome = async (token: string) =>
      refusal(
        stack,
        await stack.anonymous(SEARCH, {
          json: { max_results: 1 },
          headers: { authorization: `Bearer ${token}` },
        }),
      );
    expect(await outcome(expired)).toMatchObject({ status: 401, reason: 'token_expired' });
    expect(await outcome('nonsense')).toMatchObject({ status: 401, reason: 'token_invalid' });
  });

  test.each([teamA, ''])('X-Tenant beside a token, even blank: 400 (%j)', async (value) => {
    const answer = await stack.as(teamA)(SEARCH, {
      json: { max_results: 1 },
      headers: { 'x-tenant': value },
    });
    expect(await refusal(stack, answer)).toMatchObject({ status: 400, reason: 'tenant_header_forbidden' });
  });

  test('a viewer cannot create: 403 that names both roles', async () => {
    const name = unique('forbidden');
    expect(await refusal(stack, await stack.as(teamA, 'viewer')(CREATE, { json: { name } }))).toMatchObject({
      status: 403,
      error_code: 'PERMISSION_DENIED',
      reason: 'role_insufficient',
      message: expect.stringContaining('Insufficient role: required contributor, got viewer'),
    });
    const direct = await stack.direct(teamA)(SEARCH, { json: { max_results: 1_000 } });
    expect(await experimentNames(direct)).not.toContain(name);
  });

  test('a token without roles, or with none the gateway knows: 403 that says so', async () => {
    const outcome = async (claims: Record<string, unknown>) => {
      const authorization = `Bearer ${await stack.idp.token({ sub: 'x', tenant_id: teamA, ...claims })}`;
      return refusal(
        stack,
        await stack.anonymous(SEARCH, { json: { max_results: 1 }, headers: { authorization } }),
      );
    };
    const missing = await outcome({});
    expect(missing).toMatchObject({ status: 403, reason: 'role_missing' });
    expect(missing.message).toContain('Missing role claim(s): roles');
    const unknown = await outcome({ roles: ['gardener'] });
    expect(unknown).toMatchObject({ status: 403, reason: 'role_unrecognized' });
    expect(unknown.message).toContain('No recognized roles found in claim(s): roles');
  });

  test('a path MLflow does not serve: 404', async () => {
    expect(
      await refusal(stack, await stack.as(teamA, 'admin')('/api/2.0/mlflow/nothing-here')),
    ).toMatchObject({
      status: 404,
      error_code: 'ENDPOINT_NOT_FOUND',
      reason: 'unknown_operation',
    });
  });

  test.each(['/healthz', '/readyz', '/health'])('%s needs no token', async (path) => {
    expect((await stack.anonymous(path)).status).toBe(200);
  });
});

describe('the guide, auth off', () => {
  const teamA = unique('team-a');
  const teamB = unique('team-b');
  let stack: Stack;
  beforeAll(async () => {
    stack = await startStack({ auth: 'off', tenants: [teamA, teamB] });
  });
  afterAll(() => stack?.stop());

  test('X-Tenant says who is calling; the other tenant finds nothing', async () => {
    const name = unique('churn');
    const made = await stack.anonymous(CREATE, { json: { name }, headers: { 'x-tenant': teamA } });
    expect(made.status).toBe(200);
    expect(await stack.auditOf(made)).toMatchObject({ tenant: teamA, issuer: 'off', decision: 'allow' });
    expect(await experimentNames(await stack.as(teamA)(SEARCH, { json: { max_results: 100 } }))).toEqual([
      name,
    ]);
    expect(await experimentNames(await stack.as(teamB)(SEARCH, { json: { max_results: 100 } }))).toEqual([]);
  });

  test.each<[string, Record<string, string>]>([
    ['missing', {}],
    ['blank', { 'x-tenant': ' ' }],
  ])('X-Tenant %s: 400', async (_, headers) => {
    const answer = await stack.anonymous(SEARCH, { json: { max_results: 1 }, headers });
    expect(await refusal(stack, answer)).toMatchObject({ status: 400, reason: 'tenant_header_missing' });
  });

  test('a token changes nothing', async () => {
    const headers = { 'x-tenant': teamB, authorization: 'Bearer whatever' };
    const answer = await stack.anonymous(SEARCH, { json: { max_results: 100 }, headers });
    expect(await experimentNames(answer)).toEqual([]);
  });

  test('a path MLflow does not serve: 404', async () => {
    expect(await refusal(stack, await stack.as(teamA)('/api/2.0/mlflow/nothing-here'))).toMatchObject({
      status: 404,
      reason: 'unknown_operation',
    });
  });
});

describe('the guide, auth off with GW_DEV_ROLE=viewer', () => {
  const team = unique('team');
  let stack: Stack;
  beforeAll(async () => {
    stack = await startStack({ auth: 'off', tenants: [team], env: { GW_DEV_ROLE: 'viewer' } });
  });
  afterAll(() => stack?.stop());

  test('creating an experiment: 403 that names both roles', async () => {
    expect(
      await refusal(stack, await stack.as(team)(CREATE, { json: { name: unique('no') } })),
    ).toMatchObject({
      status: 403,
      reason: 'role_insufficient',
      message: expect.stringContaining('Insufficient role: required contributor, got viewer'),
    });
    expect(await experimentNames(await stack.as(team)(SEARCH, { json: { max_results: 100 } }))).toEqual([]);
  });
});
