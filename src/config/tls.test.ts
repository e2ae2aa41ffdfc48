import { expect, test } from 'vitest';
import { makeAuthority } from '../tls/testing/certificates.ts';
import { readConfigFiles } from './files.ts';
import { loadConfig } from './load.ts';

const BASE = { GW_AUTH_MODE: 'off', GW_TARGET_BASE_URL: 'https://mlflow.example' };
const errorsOf = (env: Record<string, string>): readonly string[] => {
  const loaded = loadConfig({ ...BASE, ...env }, { serverFeatures: [] });
  return 'errors' in loaded ? loaded.errors.map(({ variable, problem }) => `${variable} ${problem}`) : [];
};

test.each([
  ['GW_TLS_CERT_FILE', 'GW_TLS_KEY_FILE'],
  ['GW_TARGET_CERT_FILE', 'GW_TARGET_KEY_FILE'],
])('%s and %s are set together', (cert, key) => {
  expect(errorsOf({ [cert]: '/c', [key]: '/k' })).toEqual([]);
  expect(errorsOf({ [cert]: '/c' })).toEqual([`${key} is not set, and ${cert} needs it`]);
  expect(errorsOf({ [key]: '/k' })).toEqual([`${cert} is not set, and ${key} needs it`]);
});

test('reports all settings without effect without TLS together', () => {
  const errors = errorsOf({
    GW_TARGET_BASE_URL: 'http://mlflow.example',
    GW_TARGET_CERT_FILE: '/c',
    GW_TARGET_KEY_FILE: '/k',
    GW_TLS_CLIENT_CA_FILE: '/ca',
    GW_TLS_CLIENT_NAMES: 'proxy.example,*.example',
  });
  expect(errors.map((error) => error.split(' ', 1)[0]).sort()).toEqual([
    'GW_TARGET_CERT_FILE',
    'GW_TARGET_KEY_FILE',
    'GW_TLS_CLIENT_CA_FILE',
    'GW_TLS_CLIENT_NAMES',
  ]);
});

test.each([
  ['*.example.com', 'wildcard'],
  ['proxy example', 'DNS name'],
  ['spiffe:/x', 'DNS name, or a URI'],
])('%s is no name of a client certificate', (name, why) => {
  const [error] = errorsOf({
    GW_TLS_CERT_FILE: '/c',
    GW_TLS_KEY_FILE: '/k',
    GW_TLS_CLIENT_CA_FILE: '/ca',
    GW_TLS_CLIENT_NAMES: name,
  });
  expect(error).toMatch(/^GW_TLS_CLIENT_NAMES/);
  expect(error).toContain(why);
});

test('a pair must match, and a key that everyone can read is a warning', () => {
  const one = makeAuthority('one');
  const other = makeAuthority('other');
  const contents: Record<string, string> = {
    '/c': one.cert,
    '/k': one.key,
    '/other': other.key,
    '/bad': 'x',
  };
  const read = (path: string): string => contents[path]!;
  const names = { GW_TLS_CERT_FILE: '/c', GW_TLS_KEY_FILE: '/k' };
  expect(readConfigFiles(names, { read, mode: () => 0o100_640 })).toEqual({
    files: { tls: { cert: one.cert, key: one.key } },
    errors: [],
    warnings: [],
  });
  expect(readConfigFiles(names, { read, mode: () => 0o100_644 }).warnings).toEqual([
    'GW_TLS_KEY_FILE: every user of this machine can read /k. Remove the right (chmod o-r).',
  ]);
  const problemsOf = (key: string) =>
    readConfigFiles({ ...names, GW_TLS_KEY_FILE: key }, { read, mode: () => 0 }).errors;
  expect(problemsOf('/other')).toEqual([
    expect.objectContaining({
      variable: 'GW_TLS_KEY_FILE',
      problem: expect.stringContaining('it is not the key of the first certificate'),
    }),
  ]);
  expect(problemsOf('/bad')).toEqual([
    expect.objectContaining({ problem: expect.stringContaining('no PEM private key without a passphrase') }),
  ]);
});
