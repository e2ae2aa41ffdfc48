import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { loadAll } from './load.ts';

const directory = mkdtempSync(join(tmpdir(), 'gateway-identity-'));
afterAll(() => rmSync(directory, { recursive: true }));

function file(name: string, contents: string): string {
  const path = join(directory, name);
  writeFileSync(path, contents);
  return path;
}

const target = { GW_TARGET_BASE_URL: 'http://127.0.0.1:5000' };

const identity = (role: string): string =>
  file(
    'identity.yaml',
    `issuers:\n  - issuer: https://idp.example.com\n    audience: [mlflow]\n    grants: [{ groups: groups, pattern: "ml-{tenant}", role: ${role} }]\n`,
  );

test('the issuers of the identity file are those of the configuration', () => {
  const { config } = loadAll({ ...target, GW_IDENTITY_FILE: identity('viewer') });
  expect(config.auth).toMatchObject({
    mode: 'oidc',
    issuers: [{ issuer: 'https://idp.example.com', grants: [{ kind: 'group-pattern' }] }],
  });
});

test('roles of the roles file and aliases are roles of the identity file', () => {
  const policy = file('policy.json', '{"roles":{"data-steward":{"extends":"viewer"}}}');
  const env = { ...target, GW_RBAC_POLICY_FILE: policy, GW_RBAC_VIEWER_ALIASES: 'readers' };
  for (const role of ['data-steward', 'readers'])
    expect(loadAll({ ...env, GW_IDENTITY_FILE: identity(role) }).config.auth).toHaveProperty('issuers');
  expect(() => loadAll({ ...target, GW_IDENTITY_FILE: identity('data-steward') })).toThrow(
    /issuers\[0\]\.grants\[0\]\.role: "data-steward" is no role/,
  );
});

test('problems of the identity file are listed with all others', () => {
  const wrong = file('wrong.yaml', 'issuers:\n  - issuer: https://idp.example.com\n    audience: x\n');
  const policy = file('wrong.json', '{"roles":{"admin":{}}}');
  const env = { GW_LISTEN_PORT: '80a', GW_RBAC_POLICY_FILE: policy, GW_IDENTITY_FILE: wrong };
  const text = message(() => loadAll(env));
  expect(text).toMatch(/^The configuration cannot be used: 5 problems\./);
  for (const part of [
    'GW_LISTEN_PORT',
    'GW_TARGET_BASE_URL',
    'roles.admin',
    'issuers[0].audience: must be a list',
    'issuers[0].grants: is required',
  ])
    expect(text).toContain(part);
});

test('a wrong roles file does not make roles of the identity file unknown', () => {
  const policy = file('wrong.json', '{"roles":{"admin":{},"data-steward":{}}}');
  const text = message(() =>
    loadAll({ ...target, GW_RBAC_POLICY_FILE: policy, GW_IDENTITY_FILE: identity('data-steward') }),
  );
  expect(text).toContain('roles.admin');
  expect(text).not.toContain('is no role');
});

test('a table file is read from the folder of the identity file', () => {
  file('groups.json', '{"0b1c":{"tenant":"vision","role":"viewer"}}');
  const path = file(
    'tables.json',
    JSON.stringify({
      issuers: [
        {
          issuer: 'https://idp.example.com',
          audience: ['mlflow'],
          grants: [{ groups: 'groups', tableFile: 'groups.json' }],
        },
      ],
    }),
  );
  expect(loadAll({ ...target, GW_IDENTITY_FILE: path }).config.auth).toMatchObject({
    issuers: [{ grants: [{ table: new Map([['0b1c', [{ tenant: 'vision', role: 'viewer' }]]]) }] }],
  });
  rmSync(join(directory, 'groups.json'));
  expect(message(() => loadAll({ ...target, GW_IDENTITY_FILE: path }))).toContain('there is no such file');
});

function message(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error('the configuration was accepted');
}
