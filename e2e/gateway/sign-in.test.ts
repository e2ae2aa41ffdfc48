/** Mode `off`: a browser says whose MLflow it wants on a page of the gateway. In mode `oidc` there is no such page. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Stack, startStack, unique } from '../harness/stack.ts';

const BROWSER = { accept: 'text/html,application/xhtml+xml' };
const FORM = { 'content-type': 'application/x-www-form-urlencoded' };
const [TEAM_A, TEAM_B] = [unique('ui-a'), unique('ui-b')];
const SEARCH = '/ajax-api/2.0/mlflow/experiments/search';

describe('mode off', () => {
  let stack: Stack;
  beforeAll(async () => {
    stack = await startStack({ auth: 'off', tenants: [TEAM_A, TEAM_B] });
  });
  afterAll(() => stack?.stop());

  const post = (body: string, headers: Record<string, string> = FORM): Promise<Response> =>
    stack.anonymous('/gateway/sign-in', { method: 'POST', body, headers });
  const cookieOf = (answer: Response): string => answer.headers.get('set-cookie')!.split(';', 1)[0]!;
  const signIn = async (tenant: string, subject = ''): Promise<string> => {
    const answer = await post(new URLSearchParams({ tenant, subject }).toString());
    expect([answer.status, answer.headers.get('location')]).toEqual([303, '/']);
    return cookieOf(answer);
  };

  test('leads a browser to the page, and from there to MLflow’s', async () => {
    const first = await stack.anonymous('/', { headers: BROWSER });
    expect([first.status, first.headers.get('location')]).toEqual([303, '/gateway/sign-in']);
    expect(await stack.auditOf(first)).toMatchObject({ decision: 'allow', reason: 'sign_in' });
    const page = await stack.anonymous('/gateway/sign-in', { headers: BROWSER });
    expect(page.status).toBe(200);
    expect(page.headers.get('content-security-policy')).toContain("form-action 'self'");
    expect(await page.text()).toContain('name="tenant"');
    const cookie = await signIn(TEAM_A, 'alice');
    const mlflow = await stack.anonymous('/', { headers: { ...BROWSER, cookie } });
    expect(mlflow.status).toBe(200);
    expect(await mlflow.text()).toContain('<title>MLflow</title>');
  });

  test('shows each team its own data, by the name that was given', async () => {
    const [a, b] = [await signIn(TEAM_A, 'alice'), await signIn(TEAM_B)];
    const name = unique('seen');
    const create = { json: { name }, headers: { cookie: a } };
    const made = await stack.anonymous('/ajax-api/2.0/mlflow/experiments/create', create);
    expect(made.status).toBe(200);
    expect(await stack.auditOf(made)).toMatchObject({ tenant: TEAM_A, subject: 'alice' });
    const search = async (cookie: string): Promise<string> =>
      (await stack.anonymous(SEARCH, { json: { max_results: 100 }, headers: { cookie } })).text();
    expect(await search(a)).toContain(name);
    expect(await search(b)).not.toContain(name);
  });

  test('the header wins, for programs', async () => {
    const cookie = await signIn(TEAM_A);
    const answer = await stack.as(TEAM_B)(SEARCH, { json: { max_results: 1 }, headers: { cookie } });
    expect(await stack.auditOf(answer)).toMatchObject({ tenant: TEAM_B, status_code: 200 });
  });

  test('signs out', async () => {
    const out = await stack.anonymous('/gateway/sign-out', { method: 'POST' });
    expect(out.headers.get('set-cookie')).toMatch(
      /^mlflow-gateway-dev=; Path=\/; Max-Age=0; HttpOnly; SameSite=Strict$/,
    );
  });

  test.each([
    ['a cookie of somebody’s own making', { cookie: `mlflow-gateway-dev=${btoa('{"tenant":"a"}')}.AAAA` }],
    ['a cookie of another name', { cookie: 'tenant=team-a' }],
    ['nothing', {}],
  ])('%s is nobody', async (_, headers) => {
    const answer = await stack.anonymous(SEARCH, { json: { max_results: 1 }, headers });
    expect(await answer.json()).toMatchObject({ reason: 'tenant_header_missing' });
  });

  test.each([
    ['tenant=..%2Fx', FORM, 400, 'A team is'],
    ['tenant=<script>', FORM, 400, '&#60;script&#62;'],
    ['tenant=a&subject=%00', FORM, 400, 'A name is'],
    [`tenant=${'a'.repeat(5_000)}`, FORM, 413, 'body_too_large'],
    ['{}', { 'content-type': 'application/json' }, 415, 'unsupported_media_type'],
    ['tenant=a', { ...FORM, 'sec-fetch-site': 'cross-site' }, 403, 'origin_refused'],
    ['tenant=a', { ...FORM, origin: 'https://evil.example' }, 403, 'origin_refused'],
  ])('refuses %s with %o', async (body, headers, status, said) => {
    const answer = await post(body, headers as Record<string, string>);
    expect(answer.status).toBe(status);
    expect(answer.headers.get('set-cookie')).toBeNull();
    expect(await answer.text()).toContain(said);
  });

  test('serves no other method there', async () => {
    const answer = await stack.anonymous('/gateway/sign-in', { method: 'DELETE' });
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'GET, HEAD, POST']);
  });
});

describe('mode oidc', () => {
  let stack: Stack;
  beforeAll(async () => {
    stack = await startStack({ auth: 'oidc' });
  });
  afterAll(() => stack?.stop());

  test('has no such page, and reads no cookie', async () => {
    for (const method of ['GET', 'POST'])
      expect((await stack.anonymous('/gateway/sign-in', { method })).status).toBe(404);
    const headers = { cookie: 'mlflow-gateway-dev=x.y', accept: 'text/html' };
    expect((await stack.anonymous('/', { headers })).status).toBe(401);
  });
});
