import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { CHART, helm, KUBERNETES, MLFLOW, REQUIRED } from './helm.ts';

let dir: string;

beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'parent-'));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

test('a chart with this one as a dependency can render the sidecar in its own pods', () => {
  const parent = join(dir, 'parent');
  mkdirSync(join(parent, 'templates'), { recursive: true });
  cpSync(CHART, join(parent, 'charts/mlflow-gateway'), { recursive: true });
  writeFileSync(join(parent, 'Chart.yaml'), 'apiVersion: v2\nname: parent\nversion: 1.0.0\n');
  writeFileSync(
    join(parent, 'templates/pod.yaml'),
    `{{- $gateway := index .Subcharts "mlflow-gateway" }}
initContainers:
  - {{- include "mlflow-gateway.sidecar" (dict "root" $gateway "port" 8080) | nindent 4 }}
volumes:
  {{- include "mlflow-gateway.sidecarVolumes" $gateway | fromJsonArray | toYaml | nindent 2 }}
`,
  );
  const values = { 'mlflow-gateway': { mode: 'sidecar', injection: { method: 'none' }, ...REQUIRED } };
  const args = ['template', 'x', parent, '--kube-version', KUBERNETES, '--show-only', 'templates/pod.yaml'];
  const { initContainers, volumes } = parse(helm(args, values));
  expect(initContainers).toMatchObject([
    {
      name: 'mlflow-gateway',
      restartPolicy: 'Always',
      env: expect.arrayContaining([{ name: 'GW_LISTEN_PORT', value: '8080' }]),
    },
  ]);
  expect(volumes).toEqual([{ name: 'mlflow-gateway-socket', emptyDir: {} }]);
});

describe('the values of a chart with this one as a dependency', () => {
  const own = { mode: 'standalone', ...REQUIRED, mlflow: MLFLOW };
  const template = (values: object): string =>
    helm(['template', 'x', withCondition, '--kube-version', KUBERNETES], values);
  let withCondition: string;

  beforeAll(() => {
    withCondition = join(dir, 'with-condition');
    cpSync(CHART, join(withCondition, 'charts/mlflow-gateway'), { recursive: true });
    writeFileSync(
      join(withCondition, 'Chart.yaml'),
      stringify({
        apiVersion: 'v2',
        name: 'with-condition',
        version: '1.0.0',
        dependencies: [{ name: 'mlflow-gateway', version: '0.1.0', condition: 'mlflow-gateway.enabled' }],
      }),
    );
  });

  test('enable and disable it by a condition', () => {
    expect(template({ 'mlflow-gateway': { enabled: true, ...own } })).toContain('kind: Deployment');
    expect(template({ 'mlflow-gateway': { enabled: false } })).not.toContain('kind: Deployment');
  });

  test('may be global values of other charts, of which the registry and secrets apply', () => {
    const global = { storageClass: 'fast', imageRegistry: 'mirror.example', imagePullSecrets: ['all'] };
    const objects = template({ global, 'mlflow-gateway': own });
    expect(objects).toContain('image: mirror.example/mlflow-gateway:');
    expect(objects).toContain('- name: all');
  });

  test('are also refused by name below the dependency’s name', () => {
    expect(() => template({ 'mlflow-gateway': { ...own, oauth2Proxy: { enabled: true } } })).toThrow(
      /- oauth2Proxy: write `sso`/,
    );
  });

  test('cannot disable it without a condition, which would leave it enabled', () => {
    writeFileSync(
      join(withCondition, 'Chart.yaml'),
      'apiVersion: v2\nname: with-condition\nversion: 1.0.0\n',
    );
    expect(() => template({ 'mlflow-gateway': { enabled: false, ...own } })).toThrow(
      /enabled: is false, and the chart that depends on this one names it in no condition/,
    );
  });
});

test('the package contains the chart without its tests', () => {
  helm(['package', CHART, '--destination', dir]);
  const archive = join(dir, 'mlflow-gateway-0.1.0.tgz');
  const files = execFileSync('tar', ['-tzf', archive], { encoding: 'utf8' }).trim().split('\n');
  expect(files).toContain('mlflow-gateway/templates/tests/connection.yaml');
  expect(files).toContain('mlflow-gateway/values.schema.json');
  expect(files).toContain('mlflow-gateway/names.json');
  expect(files.filter((file) => /\.ts$|\/ci\//.test(file))).toEqual([]);
});
