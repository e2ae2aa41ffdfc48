import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readSettings } from './settings.ts';
import { SettingsError } from './settings-error.ts';

const read = (json: unknown) => readSettings(JSON.stringify(json), 'gateway:1');

function problems(text: string): readonly string[] {
  try {
    readSettings(text, 'gateway:1');
  } catch (error) {
    expect(error).toBeInstanceOf(SettingsError);
    return (error as SettingsError).problems;
  }
  return [];
}

test('every setting is optional', () => {
  expect(read({})).toEqual({
    image: 'gateway:1',
    sidecar: 'native',
    container: 'mlflow',
    socket: { directory: '/run/mlflow', medium: '' },
    gateway: {
      args: ['serve'],
      env: [],
      envFrom: [],
      volumeMounts: [],
      resources: { requests: { cpu: '50m', memory: '128Mi' }, limits: { memory: '256Mi' } },
      securityContext: {},
      probes: { startup: {}, readiness: {}, liveness: {} },
    },
    mlflow: { preStop: { sleep: { seconds: 10 } } },
    volumes: [],
    imagePullSecrets: [],
    podAnnotations: {},
    openPorts: [],
  });
});

test('reports all problems at once, by the path of the setting', () => {
  const found = problems(
    JSON.stringify({
      sidecar: 'initContainer',
      contianer: 'mlflow',
      socket: { directory: 'run/mlflow' },
      gateway: {
        env: [
          { name: 'GW_LISTEN_PORT', value: '1' },
          { name: 'A B' },
          { name: 'GW_TLS_CERT_FILE', value: '/c' },
        ],
        probes: { readiness: { periodSeconds: 0 } },
      },
    }),
  );
  expect(found).toEqual([
    expect.stringMatching(/^sidecar: /),
    expect.stringMatching(/^socket\.directory: must be an absolute path/),
    'gateway.env[0].name: GW_LISTEN_PORT follows from the pod and cannot be set',
    'gateway.env[1].name: must be the name of a variable',
    "gateway.env[2].name: GW_TLS_CERT_FILE cannot be set: a sidecar serves HTTP, as the pod's probes and Services expect",
    expect.stringMatching(/^gateway\.probes\.readiness\.periodSeconds: /),
    'contianer: there is no such setting',
  ]);
});

describe('finds values with which no gateway would start', () => {
  test.each<[object, string]>([
    [
      { name: 'GW_OIDC_ISUER', value: 'x' },
      'gateway.env: GW_OIDC_ISUER is not a variable of this gateway. Did you mean GW_OIDC_ISSUER?',
    ],
    [
      { name: 'GW_AUTH_MODE', value: 'maybe' },
      'gateway.env: GW_AUTH_MODE is "maybe" but must be one of oidc, off.',
    ],
    [{ name: 'AUTH_MODE', value: 'maybe' }, 'gateway.env: AUTH_MODE is "maybe" but must be'],
    [{ name: 'GW_JWKS_JSON', value: '{"keys":[{"kty":"oct","k":"c2VjcmV0"}]}' }, 'gateway.env: GW_JWKS_JSON'],
  ])('%j', (variable, problem) => {
    const [found, ...more] = problems(JSON.stringify({ gateway: { env: [variable] } }));
    expect(found).toContain(problem);
    expect(found).not.toContain('c2VjcmV0');
    expect(more).toEqual([]);
  });

  test('except values from elsewhere and variables of other programs', () => {
    const env = [
      { name: 'GW_OIDC_ISSUER', valueFrom: { configMapKeyRef: { name: 'a', key: 'b' } } },
      { name: 'GW_AUTH_MODE', value: '' },
      { name: 'NODE_EXTRA_CA_CERTS', value: '/etc/ca.crt' },
    ];
    expect(read({ gateway: { env } }).gateway.env).toEqual(env);
  });
});

describe('requires unique names and paths', () => {
  test.each<[object, string]>([
    [{ gateway: { env: [{ name: 'A' }, { name: 'A' }] } }, 'gateway.env: A is there already'],
    [{ volumes: [{ name: 'mlflow-gateway-socket' }] }, 'volumes: mlflow-gateway-socket is there already'],
    [{ volumes: [{ name: 'a' }, { name: 'a' }] }, 'volumes: a is there already'],
    [
      { gateway: { volumeMounts: [{ name: 'a', mountPath: '/x' }] } },
      'gateway.volumeMounts: a is not among the volumes',
    ],
    [
      { volumes: [{ name: 'a' }], gateway: { volumeMounts: [{ name: 'a', mountPath: '/run/mlflow' }] } },
      'gateway.volumeMounts: /run/mlflow is there already',
    ],
  ])('%j', (json, problem) => expect(problems(JSON.stringify(json))).toEqual([problem]));
});

test.each([
  ['{"a"', /^is not JSON: /],
  ['[]', /expected object/],
  ['{"socket":{"directory":"/run/../etc"}}', /must not have \. or \.\./],
  [`{"socket":{"directory":"/${'a'.repeat(90)}"}}`, /^socket\.directory: /],
  ['{"container":"MLflow"}', /lower-case/],
  [
    '{"gateway":{"env":[{"name":"A","value":"1","valueFrom":{}}]}}',
    /^gateway\.env\[0\]: has value and valueFrom/,
  ],
  [
    '{"gateway":{"env":[{"name":"GW_PATH_PREFIX","valueFrom":{}}]}}',
    /^gateway\.env: GW_PATH_PREFIX is not a value\. Write it out/,
  ],
  [
    '{"gateway":{"env":[{"name":"GW_UPSTREAM_HOST","valueFrom":{}}]}}',
    /^gateway\.env: GW_UPSTREAM_HOST is not a value\. Write it out: MLflow's allowed hosts/,
  ],
  ['{"openPorts":[0]}', /^openPorts\[0\]: /],
])('%s cannot be used', (text, problem) => {
  expect(problems(text)).toEqual([expect.stringMatching(problem)]);
});

test('docs/injection.md lists every setting', () => {
  const page = readFileSync(join(import.meta.dirname, '../../docs/injection.md'), 'utf8');
  const { image: _, ...settings } = read({});
  const names = Object.entries(settings).flatMap(([name, value]) =>
    ['socket', 'gateway', 'mlflow'].includes(name)
      ? Object.keys(value).map((key) => `${name}.${key}`)
      : [name],
  );
  names.push('gateway.command', 'gateway.imagePullPolicy', 'gateway.lifecycle');
  expect(names.filter((name) => !page.includes(`| \`${name}\` |`))).toEqual([]);
});
