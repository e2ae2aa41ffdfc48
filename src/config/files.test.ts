import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';
import { afterAll, expect, test } from 'vitest';
import { createRoles } from '../rbac/roles.ts';
import { readConfigFiles } from './files.ts';

const directory = mkdtempSync(join(tmpdir(), 'gateway-config-'));
afterAll(() => rmSync(directory, { recursive: true }));

function file(name: string, contents: string): string {
  const path = join(directory, name);
  writeFileSync(path, contents);
  return path;
}

const checks = { policy: (text: string) => createRoles({ policyFile: text }) };

test('reads no file unless one is named', () => {
  expect(readConfigFiles({})).toEqual({
    files: { ca: undefined, policy: undefined, denyList: undefined },
    errors: [],
    warnings: [],
  });
});

test('reads certificates and the roles file', () => {
  const pem = rootCertificates.slice(0, 2).join('\n');
  const policy = '{"roles":{"data-steward":{"extends":"viewer"}}}';
  const env = { GW_TARGET_CA_FILE: file('ca.pem', pem), GW_RBAC_POLICY_FILE: file('policy.json', policy) };
  expect(readConfigFiles(env, checks)).toEqual({
    files: { ca: pem, policy, denyList: undefined },
    errors: [],
    warnings: [],
  });
});

test('reports every problem of every file', () => {
  const policy = '{"roles":{"admin":{},"x":{"extends":"nobody"}}}';
  const env = { GW_TARGET_CA_FILE: join(directory, 'none'), GW_RBAC_POLICY_FILE: file('bad.json', policy) };
  const { files, errors } = readConfigFiles(env, checks);
  expect(files).toEqual({ ca: undefined, policy: undefined, denyList: undefined });
  expect(errors.map((error) => error.variable)).toEqual([
    'GW_TARGET_CA_FILE',
    'GW_RBAC_POLICY_FILE',
    'GW_RBAC_POLICY_FILE',
  ]);
  expect(errors[0]!.problem).toContain('there is no such file');
});

test.each([
  ['no certificate', () => file('a.pem', 'hello'), 'no PEM certificate'],
  [
    'a broken one',
    () => file('b.pem', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----'),
    'certificate 1',
  ],
  [
    'a private key',
    () => file('c.pem', `${rootCertificates[0]}\n-----BEGIN PRIVATE KEY-----\n`),
    'private key',
  ],
  ['a directory', () => directory, 'it is a directory'],
  ['a device', () => '/dev/zero', 'not a regular file'],
  ['too much', () => file('d.pem', 'x'.repeat(5 * 1024 * 1024)), 'larger than'],
])('a CA file with %s is an error', (_, path, why) => {
  const { errors } = readConfigFiles({ GW_TARGET_CA_FILE: path() });
  expect(errors).toHaveLength(1);
  expect(errors[0]!.problem).toContain(why);
});
