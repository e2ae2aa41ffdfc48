/** The whole line, for a caller of two teams: viewer of one, admin of the other. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Principal } from '../identity/principal.ts';
import { writeTeamCookie } from '../tenancy/choice/team-cookie.ts';
import { type InProcessGateway, startInProcess } from '../testing/in-process.ts';

const grant = (tenant: string, role: string) => [tenant, { tenant, roles: [role] }] as const;
const ALICE: Principal = {
  subject: '<alice>',
  issuer: 'https://idp.example',
  grants: new Map([grant('team-a', 'viewer'), grant('team-b', 'admin')]),
  platformAdmin: false,
};
const SEARCH = 'POST /api/2.0/mlflow/experiments/search';
const DELETE = 'POST /api/2.0/mlflow/experiments/delete';
const PAGE = 'Accept: text/html,application/xhtml+xml';
const FORM = 'Content-Type: application/x-www-form-urlencoded';
const OWN = 'Origin: http://gateway';

const cookieOf = (tenant: string, caller: Pick<Principal, 'subject' | 'issuer'> = ALICE): string => {
  const [pair] = writeTeamCookie(caller, tenant, { prefix: '', secure: false }).split(';', 1);
  return `Cookie: ${pair}`;
};

describe.each(['workspaces', 'tags'])('a caller with two teams, strategy %s', (strategy) => {
  let gateway: InProcessGateway;
  beforeAll(async () => {
    // The sign-in page of mode `off` would come first.
    gateway = await startInProcess({ GW_TENANCY: strategy, GW_TRUSTED_PROXIES: '127.0.0.1' }, ALICE);
  });
  afterAll(() => gateway.stop());

  const raw = (line: string, headers: readonly string[] = [], body = ''): Promise<string> =>
    gateway.raw(
      [
        `${line} HTTP/1.1`,
        'Host: gateway',
        'X-Tenant: team-a',
        'Connection: close',
        `Content-Length: ${Buffer.byteLength(body)}`,
        ...headers,
        '',
        body,
      ].join('\r\n'),
    );
  const last = () => gateway.audited.at(-1);
  const choose = (
    team: string,
    headers: readonly string[] = [OWN],
    path = '/gateway/team',
  ): Promise<string> => raw(`POST ${path}`, [FORM, ...headers], `tenant=${team}`);

  it('is refused when none is chosen, before anything is sent', async () => {
    const before = gateway.upstream.forwarded;
    const { status, body } = await gateway.send(SEARCH, [], '{}');
    expect([status, body.reason]).toEqual([400, 'tenant_ambiguous']);
    expect(body.message).toContain('several tenants: team-a, team-b.');
    expect(gateway.upstream.forwarded).toBe(before);
    expect(last()).toMatchObject({ tenant: null, tenant_chosen_by: null, roles: [], decision: 'deny' });
  });

  it.each([
    ['the header', 'X-MLFLOW-WORKSPACE: team-b', 'header'],
    ['the cookie', cookieOf('team-b'), 'cookie'],
  ])('works in the team of %s, with its role there', async (_, choice, by) => {
    expect((await gateway.send(SEARCH, [choice], '{}')).status).toBe(200);
    expect(last()).toMatchObject({
      tenant: 'team-b',
      tenant_chosen_by: by,
      roles: ['admin'],
      team_cookie_ignored: null,
    });
    const sent = gateway.upstream.forwarded!;
    expect(Object.keys(sent.headers)).not.toContain('cookie');
    expect(sent.headers['x-mlflow-workspace']).toBe(strategy === 'workspaces' ? 'team-b' : undefined);
    if (strategy === 'tags') expect(sent.body).toMatchObject({ filter: "tags.tenant = 'team-b'" });
  });

  it('has in each team the role of that team alone', async () => {
    const body = '{"experiment_id":"1"}';
    for (const viewer of ['X-MLFLOW-WORKSPACE: team-a', cookieOf('team-a')])
      expect((await gateway.send(DELETE, [viewer], body)).body.reason).toBe('role_insufficient');
    gateway.upstream.owner = 'team-b';
    for (const admin of ['X-MLFLOW-WORKSPACE: team-b', cookieOf('team-b')])
      expect((await gateway.send(DELETE, [admin], body)).status).toBe(200);
    gateway.upstream.owner = 'team-a';
  });

  it('the header takes precedence over the cookie', async () => {
    await gateway.send(SEARCH, ['X-MLFLOW-WORKSPACE: team-a', cookieOf('team-b')], '{}');
    expect(last()).toMatchObject({ tenant: 'team-a', tenant_chosen_by: 'header' });
    const refused = await gateway.send(SEARCH, ['X-MLFLOW-WORKSPACE: team-c', cookieOf('team-b')], '{}');
    expect([refused.status, refused.body.reason]).toEqual([403, 'tenant_not_granted']);
  });

  it.each([
    ['malformed', 'Cookie: mlflow-gateway-team=team-b'],
    ['other_caller', cookieOf('team-b', { subject: 'bob', issuer: ALICE.issuer })],
    ['other_caller', cookieOf('team-b', { subject: ALICE.subject, issuer: 'https://other.example' })],
    ['not_granted', cookieOf('team-c')],
  ])('a cookie that is %s counts for nothing, and the response says so', async (ignored, cookie) => {
    const text = await raw(SEARCH, ['Content-Type: application/json', cookie], '{}');
    expect(text).toContain('HTTP/1.1 400');
    expect(text).toContain(`x-gateway-team-cookie: ignored; reason=${ignored}`);
    expect(last()).toMatchObject({ reason: 'tenant_ambiguous', team_cookie_ignored: ignored });
    const page = await raw('GET /gateway/team', [PAGE, cookie]);
    expect(page).toContain('HTTP/1.1 200');
    expect(page).toMatch(/role="status">[^<]+ ignored\./);
    expect(page).not.toContain('aria-current="true"');
  });

  it('a browser without a choice is asked, and comes back', async () => {
    const text = await raw('GET /get-artifact?path=a%20b&run_uuid=x', [PAGE]);
    expect(text).toContain('HTTP/1.1 303');
    expect(text).toContain('location: gateway/team?to=%2Fget-artifact%3Fpath%3Da%2520b%26run_uuid%3Dx\r\n');
    expect(text).toContain('cache-control: no-store');
    expect(last()).toMatchObject({ decision: 'deny', reason: 'tenant_ambiguous', status_code: 303 });
    const to = '/gateway/team?to=%2Fget-artifact%3Fpath%3Da%2520b%26run_uuid%3Dx';
    expect(await choose('team-b', [OWN], to)).toContain(
      'location: ../get-artifact?path=a%20b&run_uuid=x\r\n',
    );
  });

  it('only a browser that opens a page is redirected', async () => {
    for (const headers of [
      ['Accept: */*'],
      [PAGE, 'Sec-Fetch-Mode: cors'],
      [PAGE, 'Sec-Fetch-Mode: navigate', 'Sec-Fetch-Dest: iframe'],
    ])
      expect(await raw('GET /', headers)).toContain('HTTP/1.1 400');
    const visited = await raw('GET /', [PAGE, 'Sec-Fetch-Mode: navigate', 'Sec-Fetch-Dest: document']);
    expect(visited).toContain('location: gateway/team\r\n');
    expect(await raw('GET /', [PAGE, cookieOf('team-a')])).toContain('HTTP/1.1 200');
  });

  it('the page lists the caller’s teams and roles, escaped, without scripts', async () => {
    const text = await raw('GET /gateway/team', [PAGE, cookieOf('team-a')]);
    expect(text).toContain('HTTP/1.1 200');
    expect(text).toContain("form-action 'self'; frame-ancestors 'none'");
    expect(text).toContain('cache-control: no-store');
    expect(text).toContain('<b>&#60;alice&#62;</b>');
    expect(text).toContain('aria-current="true">team-a (viewer), current</button>');
    expect(text).toContain('value="team-b">team-b (admin)</button>');
    expect(text).toContain('<a href="../">Back to MLflow</a>');
    expect(text).not.toMatch(/<script|onclick|javascript:/i);
    expect(last()).toMatchObject({
      reason: 'choose_team',
      decision: 'allow',
      subject: '<alice>',
      tenant: null,
    });
  });

  it('a choice sets the cookie of the caller, Secure if a trusted proxy reports https', async () => {
    const text = await choose('team-b');
    expect(text).toContain('HTTP/1.1 303');
    expect(text).toContain('location: ../\r\n');
    const [, cookie] = /^set-cookie: (.*)\r$/m.exec(text)!;
    expect(cookie).toBe(writeTeamCookie(ALICE, 'team-b', { prefix: '', secure: false }));
    expect(last()).toMatchObject({ reason: 'choose_team', tenant: 'team-b', tenant_chosen_by: 'page' });
    const https = await choose('team-b', [OWN, 'X-Forwarded-For: 203.0.113.9', 'X-Forwarded-Proto: https']);
    expect(https).toMatch(/^set-cookie: .*; Secure\r$/m);
  });

  it.each([
    ['another site', 'team-b', ['Origin: https://evil.example'], 403, 'origin_refused'],
    ['a page without an origin', 'team-b', ['Origin: null'], 403, 'origin_refused'],
    ['a sibling', 'team-b', [OWN, 'Sec-Fetch-Site: same-site'], 403, 'origin_refused'],
    ['a program', 'team-b', [], 403, 'origin_refused'],
    ['the page, of a foreign team', 'team-c', [OWN], 403, 'tenant_not_granted'],
    ['the page, of two teams', 'team-a&tenant=team-b', [OWN], 400, 'invalid_field'],
    ['the page, of none', '', [OWN], 403, 'tenant_not_granted'],
    ['the page, with a long form', 'x'.repeat(5_000), [OWN], 413, 'body_too_large'],
  ])('a choice from %s is refused', async (_, team, headers, status, reason) => {
    const text = await choose(team, headers);
    expect(text).toContain(`HTTP/1.1 ${status}`);
    expect(text).toContain(reason);
    expect(text).not.toContain('set-cookie');
    expect(last()).toMatchObject({ decision: 'deny', reason, tenant: null });
  });

  it('refuses another method, and a way back to another host', async () => {
    expect(await raw('DELETE /gateway/team')).toContain('allow: GET, HEAD, POST');
    for (const to of ['//evil.example', 'https://evil.example', '/%5Cevil.example']) {
      expect(await raw(`GET /gateway/team?to=${to}`, [PAGE])).toContain('malformed_query');
      expect(await choose('team-b', [OWN], `/gateway/team?to=${to}`)).not.toContain('set-cookie');
    }
  });

  it('the page of a denial links to the choice', async () => {
    const refused = await raw('GET /api/2.0/mlflow/nothing/at/all', [PAGE]);
    expect(refused).not.toContain('Choose a team');
    const foreign = await raw('GET /get-artifact?path=a', [PAGE, 'X-MLFLOW-WORKSPACE: team-c']);
    expect(foreign).toContain('HTTP/1.1 403');
    expect(foreign).toContain('<a href="gateway/team">Choose a team</a>');
  });
});

describe('below a path', () => {
  it('page, redirects and cookie are below it', async () => {
    const gateway = await startInProcess({ GW_PATH_PREFIX: '/ml' }, ALICE);
    try {
      const ask = (line: string, headers: readonly string[], body = ''): Promise<string> =>
        gateway.raw(
          `${line} HTTP/1.1\r\nHost: gateway\r\nX-Tenant: a\r\nConnection: close\r\nContent-Length: ${body.length}\r\n${headers.join('\r\n')}\r\n\r\n${body}`,
        );
      expect(await ask('GET /ml/', [PAGE])).toContain('location: gateway/team\r\n');
      expect(await ask('GET /ml/gateway/team', [PAGE])).toContain('Which team?');
      expect(await ask('GET /gateway/team', [PAGE])).toContain('unknown_operation');
      const chosen = await ask('POST /ml/gateway/team', [FORM, OWN], 'tenant=team-a');
      expect(chosen).toContain('location: ../\r\n');
      expect(chosen).toMatch(/^set-cookie: .*; Path=\/ml\/; /m);
    } finally {
      await gateway.stop();
    }
  });
});

it('a caller with one team has nothing to choose, and a stale cookie counts for nothing', async () => {
  const alone = { ...ALICE, grants: new Map([grant('team-a', 'viewer')]) };
  const gateway = await startInProcess({}, alone);
  try {
    expect((await gateway.send(SEARCH, [cookieOf('team-b')], '{}')).status).toBe(200);
    expect(gateway.audited.at(-1)).toMatchObject({
      tenant: 'team-a',
      tenant_chosen_by: 'only',
      team_cookie_ignored: 'not_granted',
    });
    const page = await gateway.raw(
      'GET /gateway/team HTTP/1.1\r\nHost: gateway\r\nX-Tenant: team-a\r\nConnection: close\r\n\r\n',
    );
    expect(page).toContain('You belong to one team');
  } finally {
    await gateway.stop();
  }
});
