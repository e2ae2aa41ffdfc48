import { afterAll, beforeAll, expect, test } from 'vitest';
import { runCommand } from '../harness/gateway-command.ts';
import { versionsOr } from '../harness/mlflow-version.ts';
import { type Stack, startStack, unique } from '../harness/stack.ts';

let stack: Stack;
/** Another MLflow, without workspaces. */
let plain: Stack;
beforeAll(async () => {
  stack = await startStack({ auth: 'oidc', tenants: [unique('cli')] });
  plain = await startStack({ auth: 'off', workspaces: false });
});
afterAll(async () => {
  await stack?.stop();
  await plain?.stop();
});

const check = (mlflow: { address: string }, env: Record<string, string> = {}) =>
  runCommand(['check'], { GW_AUTH_MODE: 'off', GW_TARGET_BASE_URL: mlflow.address, ...env });

test('check: reports no problem for a suitable MLflow', async () => {
  const { code, stdout } = await check(stack.mlflow);
  expect(stdout).toContain(`ok    version: ${stack.mlflow.version}, surveyed`);
  expect(stdout).toContain('ok    tenancy: workspaces');
  expect(Number(/surface: (\d+) of \d+/.exec(stdout)?.[1])).toBeGreaterThan(400);
  expect(stdout).not.toContain('FAIL');
  expect(code).toBe(0);
});

test.each([
  ['auto', 0, 'ok    tenancy: tags'],
  ['tags', 0, 'ok    tenancy: tags'],
  ['workspaces', 1, 'FAIL  tenancy: GW_TENANCY=workspaces, but MLflow runs without workspaces'],
])('check: an MLflow without workspaces, GW_TENANCY=%s', async (tenancy, code, line) => {
  const outcome = await check(plain.mlflow, { GW_TENANCY: tenancy });
  expect(outcome.stdout).toContain(line);
  expect(outcome.code).toBe(code);
});

test.each(versionsOr(['2.22.5']))(
  'check: finds no operation of MLflow %s that the catalog lacks',
  async (version) => {
    const old = await startStack({ auth: 'off', workspaces: false, mlflow: { version } });
    try {
      const { code, stdout } = await check(old.mlflow);
      expect(stdout).toContain(`ok    version: ${version}, surveyed`);
      expect(stdout).not.toContain('MLflow also serves');
      expect(stdout).not.toContain('and this one does not');
      expect(Number(/surface: (\d+) of/.exec(stdout)?.[1])).toBeGreaterThan(100);
      expect(Number(/not seen: (\d+)/.exec(stdout)?.[1])).toBeLessThan(80);
      expect(code).toBe(0);
    } finally {
      await old.stop();
    }
  },
);

test('explain: verifies a real token by the provider’s keys and decides like the gateway', async () => {
  const env = {
    GW_OIDC_ISSUER: stack.idp.issuer,
    GW_OIDC_AUDIENCE: stack.idp.audience,
    GW_TARGET_BASE_URL: stack.mlflow.address,
  };
  const token = await stack.idp.token({ sub: 'ada', tenant_id: 'team-x', roles: ['viewer'] });
  const explain = (method: string, path: string, ...more: string[]) =>
    runCommand(['explain', method, path, '--token', '-', ...more], env, token);

  const allowed = await explain('GET', '/api/2.0/mlflow/experiments/search');
  expect(allowed.stdout).toMatch(/decision +allow/);
  expect(allowed.stdout).toContain('x-mlflow-workspace: team-x');
  expect(allowed.stdout).not.toContain(token);
  expect(allowed.code).toBe(0);

  const refused = await explain('POST', '/api/2.0/mlflow/experiments/create', '--body', '{"name":"x"}');
  expect(refused.stdout).toMatch(/decision +deny 403 role_insufficient/);
  expect(refused.code).toBe(3);

  const other = await runCommand(['explain', 'GET', '/version', '--token', `${token}x`], env);
  expect(other.stdout).toMatch(/decision +deny 401 token_invalid/);
  expect(other.code).toBe(3);
});
