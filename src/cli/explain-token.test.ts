import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { CHILD_ENV } from '../../dev/child-env.ts';
import type { GrantRule } from '../identity/grants/grant-rule.ts';
import { createSigner, type Signer, sign, startProvider } from '../identity/testing/provider.ts';

import { explainToken, tokenLines } from './explain-token.ts';
import { loadAll } from './load.ts';

const MAIN = join(import.meta.dirname, '../main.ts');
const ISSUER = 'https://idp.example/realms/ml';

let signer: Signer;
let env: Record<string, string>;

beforeAll(async () => {
  signer = await createSigner('k1');
  env = {
    GW_TARGET_BASE_URL: 'http://127.0.0.1:5000',
    GW_OIDC_ISSUER: ISSUER,
    GW_OIDC_AUDIENCE: 'mlflow',
    GW_JWKS_JSON: JSON.stringify({ keys: [signer.jwk] }),
  };
});

function token(claims: Readonly<Record<string, unknown>>, by = signer): Promise<string> {
  const now = Math.floor(Date.now() / 1000);
  return sign(by, { iss: ISSUER, aud: 'mlflow', sub: 'ada', iat: now, exp: now + 600, ...claims });
}

/** Runs the command with a text on standard input. */
async function cli(args: readonly string[], input = '', more: Record<string, string> = {}) {
  const child = spawn(process.execPath, [MAIN, 'explain', ...args], {
    env: { ...CHILD_ENV, ...env, ...more },
  });
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return { code: await ended, stdout, stderr };
}

describe('explain with a token and without a request', () => {
  it('prints subject, issuer and grants of the token on standard input, and the effect of each value', async () => {
    const { code, stdout } = await cli(
      ['--token', '-'],
      `${await token({ tenant_id: 'vision', roles: ['viewer', 'staff'] })}\n`,
    );
    expect(stdout).toBe(
      [
        'issuer      https://idp.example/realms/ml',
        'subject     ada',
        'grants      tenant_id "vision": vision as viewer (grants[0])',
        'grants      roles "viewer": vision as viewer (grants[0])',
        'no grant    roles "staff": it is no role and no alias of one (grants[0])',
        'result      vision as viewer',
        'token       accepted',
        '',
      ].join('\n'),
    );
    expect(code).toBe(0);
  });

  it('reads a file, and prints JSON', async () => {
    const file = join(mkdtempSync(join(tmpdir(), 'explain-')), 'token');
    writeFileSync(file, `${await token({ tenant_id: 'vision', roles: 'root' })}\n`);
    const platform = { GW_RBAC_PLATFORM_ADMIN_ALIASES: 'root' };
    const { code, stdout } = await cli(['--token-file', file, '--json'], '', platform);
    expect(JSON.parse(stdout)).toEqual({
      decision: 'allow',
      reason: null,
      status: null,
      issuer: ISSUER,
      subject: 'ada',
      platformAdmin: true,
      grants: [{ tenant: 'vision', roles: [] }],
      values: [
        {
          claim: 'tenant_id',
          value: 'vision',
          rules: [{ rule: 'grants[0]', grants: [{ tenant: 'vision', roles: [] }] }],
        },
        {
          claim: 'roles',
          value: 'root',
          rules: [
            { rule: 'grants[0]', grants: [], why: 'it is no role and no alias of one' },
            { rule: 'platformAdmins', grants: [], platformAdmin: true },
          ],
        },
      ],
    });
    expect(code).toBe(0);
  });

  it('names the value that makes a platform-admin', async () => {
    const platform = { GW_RBAC_PLATFORM_ADMIN_ALIASES: 'root' };
    const input = await token({ tenant_id: 'vision', roles: ['root', 'staff'] });
    const { stdout } = await cli(['--token', '-'], input, platform);
    expect(stdout.split('\n').slice(2)).toEqual([
      'grants      tenant_id "vision": vision as a caller without a role (grants[0])',
      'grants      roles "root": platform-admin in every tenant (platformAdmins)',
      'no grant    roles "staff": it is no role and no alias of one (grants[0])',
      'result      vision as a caller without a role',
      'result      platform-admin in every tenant',
      'token       accepted',
      '',
    ]);
  });

  it('exits with 3 for a refused token, with the reason', async () => {
    const { code, stdout } = await cli(['--token', '-'], await token({ roles: ['viewer'] }));
    expect(stdout).toContain('subject     ada\n');
    expect(stdout).toContain(
      'no grant    tenant_id: the token has no such claim, or it is blank (grants[0])',
    );
    expect(stdout).toContain('token       refused 401 tenant_claim_missing');
    expect(stdout).toContain('because     Missing tenant claim: tenant_id');
    expect(code).toBe(3);
  });

  it('explains no claim of a token that cannot be verified', async () => {
    const other = await createSigner('k1');
    const { code, stdout } = await cli(
      ['--token', '-', '--json'],
      await token({ tenant_id: 'vision' }, other),
    );
    expect(JSON.parse(stdout)).toMatchObject({
      decision: 'deny',
      reason: 'token_invalid',
      status: 401,
      issuer: null,
      subject: null,
      values: [],
    });
    expect(code).toBe(3);
  });

  it.each([
    [['--token', '-', '--tenant', 'a'], 'needs either --token or --tenant'],
    [['--token', 'x', '--token-file', 'y'], 'needs either --token or --tenant'],
    [[], 'needs either --token or --tenant'],
    [['--tenant', 'a'], '--tenant needs METHOD and PATH'],
    [['--token', 'x', '--body', '{}'], '--body needs METHOD and PATH'],
    [['--token', 'x', '--role', 'admin'], '--role needs METHOD and PATH'],
    [['GET', '--token', 'x'], 'explain takes METHOD and PATH, or neither and a token'],
    [['--token', '-'], 'Standard input has no token'],
  ])('%j is bad usage', async (args, message) => {
    const { code, stderr } = await cli(args);
    expect(stderr).toContain(message);
    expect(code).toBe(2);
  });

  it('names a file that cannot be read', async () => {
    const { code, stderr } = await cli(['--token-file', '/nonexistent/token']);
    expect(stderr).toContain('The token cannot be read: ENOENT');
    expect(code).toBe(1);
  });

  it('is of no use in mode off', async () => {
    const off = { GW_AUTH_MODE: 'off', GW_OIDC_ISSUER: '', GW_OIDC_AUDIENCE: '', GW_JWKS_JSON: '' };
    const { code, stderr } = await cli(['--token', 'x'], '', off);
    expect(stderr).toContain('reads no token in mode off');
    expect(code).toBe(2);
  });
});

describe('explain with a token and a request', () => {
  it('adds the effect of each value to the decision', async () => {
    const request = ['GET', '/api/2.0/mlflow/runs/get?run_id=r1', '--token', '-'];
    const input = await token({ tenant_id: 'vision', roles: ['viewer', 'staff'] });
    const printed = await cli(request, input);
    expect(printed.stdout).toContain(
      'no grant    roles "staff": it is no role and no alias of one (grants[0])',
    );
    expect(printed.stdout).toContain('tenant      vision (the only one that the token grants)\n');
    expect(printed.stdout).toContain('decision    allow');
    const json = JSON.parse((await cli([...request, '--json'], input)).stdout);
    expect(json).toMatchObject({ decision: 'allow', tenant: 'vision', subject: 'ada', values: [{}, {}, {}] });
  });
});

describe('explain with a token of several tenants and a request', () => {
  let several: Record<string, string>;
  beforeAll(() => {
    const file = join(mkdtempSync(join(tmpdir(), 'explain-')), 'identity.json');
    const issuer = {
      issuer: ISSUER,
      audience: ['mlflow'],
      keys: { jwks: { keys: [signer.jwk] } },
      grants: [{ groups: 'groups', pattern: 'mlflow-{tenant}-{role}' }],
    };
    writeFileSync(file, JSON.stringify({ issuers: [issuer] }));
    several = { GW_OIDC_ISSUER: '', GW_OIDC_AUDIENCE: '', GW_JWKS_JSON: '', GW_IDENTITY_FILE: file };
  });
  const request = ['GET', '/api/2.0/mlflow/runs/get?run_id=r1', '--token', '-'];
  const both = (): Promise<string> => token({ groups: ['mlflow-vision-viewer', 'mlflow-speech-admin'] });

  it('prints the tenant that the header chose', async () => {
    const chosen = [...request, '--workspace', 'speech'];
    const { stdout } = await cli(chosen, await both(), several);
    expect(stdout).toContain('tenant      speech (chosen by X-MLFLOW-WORKSPACE)\n');
    const json = JSON.parse((await cli([...chosen, '--json'], await both(), several)).stdout);
    expect(json).toMatchObject({ tenant: 'speech', tenant_chosen_by: 'header', roles: ['admin'] });
  });

  it('prints that a choice is missing', async () => {
    const { code, stdout } = await cli(request, await both(), several);
    expect(stdout).toContain('tenant      none\n');
    expect(stdout).toContain('deny 400 tenant_ambiguous');
    expect(code).toBe(3);
  });
});

describe('explain with an opaque token', () => {
  it.each([
    [true, 0, 'accepted'],
    [false, 3, 'refused 401 token_inactive'],
  ])('asks the introspection endpoint, which says active: %s', async (active, exitCode, verdict) => {
    const asked: unknown[] = [];
    const endpoint = createServer(async (req, res) => {
      asked.push([req.headers.authorization, (await text(req)).includes('token=opaque-ada')]);
      const claims = { iss: ISSUER, aud: 'mlflow', sub: 'ada', tenant_id: 'vision', roles: ['viewer'] };
      res.setHeader('content-type', 'application/json');
      res.end(JSON.stringify(active ? { active, ...claims } : { active }));
    });
    endpoint.listen(0, '127.0.0.1');
    await once(endpoint, 'listening');
    onTestFinished(() => void endpoint.close());
    const dir = mkdtempSync(join(tmpdir(), 'explain-'));
    const uri = `http://127.0.0.1:${(endpoint.address() as AddressInfo).port}/introspect`;
    writeFileSync(join(dir, 'secret'), 'demo-secret');
    const issuer = {
      issuer: ISSUER,
      audience: ['mlflow'],
      keys: 'none',
      introspection: { uri, clientId: 'gateway', clientSecretFile: 'secret' },
      grants: [{ tenantClaim: 'tenant_id', roleClaims: ['roles'] }],
    };
    writeFileSync(join(dir, 'identity.json'), JSON.stringify({ issuers: [issuer] }));
    const identity = { GW_IDENTITY_FILE: join(dir, 'identity.json') };
    const none = { GW_OIDC_ISSUER: '', GW_OIDC_AUDIENCE: '', GW_JWKS_JSON: '' };
    const { code, stdout } = await cli(['--token', '-'], 'opaque-ada', { ...none, ...identity });
    expect(stdout).toContain(`token       ${verdict}\n`);
    expect(stdout.includes('tenant_id "vision": vision as viewer')).toBe(active);
    expect(code).toBe(exitCode);
    expect(asked).toEqual([[`Basic ${btoa('gateway:demo-secret')}`, true]]);
  });
});

describe('explainToken', () => {
  const GROUPS: readonly GrantRule[] = [
    { kind: 'group-pattern', claim: 'groups', pattern: 'mlflow-{tenant}-{role}' },
    {
      kind: 'group-table',
      claim: 'groups',
      table: new Map([['0b1c', [{ tenant: 'speech', role: 'contributor' }]]]),
    },
  ];

  async function explained(claims: Readonly<Record<string, unknown>>, by: Record<string, string> = env) {
    const { config, files } = loadAll(by);
    if (config.auth.mode === 'off') throw new Error('the configuration has no issuer');
    const issuers = config.auth.issuers.map((issuer) => ({ ...issuer, grants: GROUPS }));
    const iss = issuers[0]?.issuer;
    return explainToken(
      { config: { ...config, auth: { ...config.auth, issuers } }, files },
      await token({ ...claims, iss }),
    );
  }

  it('names the group of each grant, and why other groups gave none', async () => {
    const groups = [
      'mlflow-vision-viewer',
      'mlflow-vision-admin',
      '0b1c',
      'mlflow-vision-owner',
      'evil\u202e\u001b[2J',
    ];
    const found = await explained({ groups });
    expect(found.grants).toEqual([
      { tenant: 'vision', roles: ['admin', 'viewer'] },
      { tenant: 'speech', roles: ['contributor'] },
    ]);
    expect(tokenLines(found)).toEqual([
      ['issuer', ISSUER],
      ['subject', 'ada'],
      ['grants', 'groups "mlflow-vision-viewer": vision as viewer (grants[0])'],
      ['grants', 'groups "mlflow-vision-admin": vision as admin (grants[0])'],
      ['grants', 'groups "0b1c": speech as contributor (grants[1])'],
      [
        'no grant',
        'groups "mlflow-vision-owner": the table does not have it (grants[1]); ' +
          'it does not have the form mlflow-{tenant}-{role} with a role or an alias of one (grants[0])',
      ],
      [
        'no grant',
        'groups "evil\\u{202e}\\u001b[2J": the table does not have it (grants[1]); ' +
          'it does not have the form mlflow-{tenant}-{role} (grants[0])',
      ],
      ['result', 'vision as admin, viewer'],
      ['result', 'speech as contributor'],
      ['token', 'accepted'],
    ]);
  });

  it('names the remedy for groups that Entra ID left out', async () => {
    const found = await explained({ hasgroups: true });
    expect(found).toMatchObject({ decision: 'deny', status: 401, reason: 'groups_overage', grants: [] });
    expect(tokenLines(found).at(-1)?.[1]).toContain('Groups assigned to the application');
  });

  it('waits for the keys of the provider', async () => {
    const provider = await startProvider([signer.jwk]);
    try {
      const { GW_JWKS_JSON: _inline, ...rest } = env;
      const found = await explained({ groups: ['0b1c'] }, { ...rest, GW_OIDC_ISSUER: provider.issuer });
      expect(found).toMatchObject({ decision: 'allow', issuer: provider.issuer });
    } finally {
      await provider.stop();
    }
  });
});
