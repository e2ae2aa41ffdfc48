/**
 * What Helm finds out in a cluster while it installs the chart: MLflow's Service, its pods, who else opens them, and what is
 * left to do. On a real API server; pods are objects that nothing runs.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ApiServer, ASSETS, startApiServer } from './api-server.ts';
import { CHART, helm, REQUIRED } from './helm.ts';

/** A Service with a Deployment and its pods, as a chart labels and names them. */
interface Mlflow {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Its Service's; else those of `labels` that charts select by. */
  readonly selector?: Readonly<Record<string, string>> | null;
  readonly service?: object;
  readonly ports?: readonly object[];
  readonly portName?: string;
  readonly containerPort?: number;
  readonly args?: readonly string[];
  readonly env?: readonly object[];
  readonly envFrom?: readonly object[];
  readonly pods?: number;
  readonly spec?: object;
}

/** As MLflow's own chart, release `mlflow`, renders it. */
const official = (more: Partial<Mlflow> = {}): Mlflow => ({
  name: 'mlflow-mlflow',
  labels: {
    'helm.sh/chart': 'mlflow-0.1.0',
    'app.kubernetes.io/name': 'mlflow',
    'app.kubernetes.io/instance': 'mlflow',
    'app.kubernetes.io/managed-by': 'Helm',
  },
  ports: [{ name: 'http', port: 5000, targetPort: 'http' }],
  portName: 'http',
  ...more,
});

/** As community-charts/mlflow, release `mlflow`, renders it. */
const community = (more: Partial<Mlflow> = {}): Mlflow => ({
  name: 'mlflow',
  labels: {
    'helm.sh/chart': 'mlflow-1.11.5',
    app: 'mlflow',
    'app.kubernetes.io/name': 'mlflow',
    'app.kubernetes.io/instance': 'mlflow',
    'app.kubernetes.io/managed-by': 'Helm',
  },
  ports: [{ name: 'http', port: 80, targetPort: 'mlflow' }],
  portName: 'mlflow',
  ...more,
});

const OFFICIAL_SELECTOR = { 'app.kubernetes.io/name': 'mlflow', 'app.kubernetes.io/instance': 'mlflow' };
const COMMUNITY_SELECTOR = { app: 'mlflow', ...OFFICIAL_SELECTOR };

function objects(mlflow: Mlflow): object[] {
  const { name, labels, ports = [], portName = 'http', containerPort = 5000, args = [], pods = 1 } = mlflow;
  const { 'helm.sh/chart': _, 'app.kubernetes.io/managed-by': __, ...own } = labels;
  const selector = mlflow.selector === undefined ? own : mlflow.selector;
  const container = {
    name: 'mlflow',
    image: 'mlflow',
    args: ['mlflow', 'server', ...args],
    env: mlflow.env ?? [],
    envFrom: mlflow.envFrom ?? [],
    ports: [{ name: portName, containerPort }],
  };
  const spec = { containers: [container], ...mlflow.spec };
  const annotations = { 'meta.helm.sh/release-name': 'mlflow' };
  return [
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name, labels },
      spec: { ports, ...(selector === null ? {} : { selector }), ...mlflow.service },
    },
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name, labels, annotations },
      spec: { selector: { matchLabels: own }, template: { metadata: { labels: own }, spec } },
    },
    ...Array.from({ length: pods }, (_pod, index) => pod(`${name}-${index}`, own, spec)),
  ];
}

const pod = (name: string, labels: object, spec: object = { containers: [{ name: 'x', image: 'x' }] }) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, labels: { ...labels, 'pod-template-hash': '5d4f' } },
  spec,
});

const networkPolicy = (name: string, spec: object, labels: object = {}) => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  metadata: { name, labels },
  spec,
});

describe.skipIf(ASSETS === undefined)('with a cluster (skipped unless KUBEBUILDER_ASSETS is set)', () => {
  let dir: string;
  let server: ApiServer;
  let count = 0;

  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), 'lookup-'));
    server = await startApiServer(dir);
  });
  afterAll(async () => {
    await server?.stop();
    rmSync(dir, { recursive: true, force: true });
  });

  /** A namespace of its own with these objects. */
  function namespace(...items: object[]): string {
    const name = `ns-${++count}`;
    server.kubectl(['create', 'namespace', name]);
    if (items.length > 0) server.kubectl(['create', '-n', name, '-f', '-'], items);
    return name;
  }
  const access = () => ['--kubeconfig', server.kubeconfig];
  const run = (args: readonly string[], ns: string, values: object = {}) =>
    helm([...args, CHART, '--namespace', ns, ...access()], values);
  const install = (ns: string, values: object = REQUIRED) => run(['upgrade', '--install', 'gw'], ns, values);
  /** What helm would install, with the notes. */
  const dry = (ns: string, values: object = REQUIRED) =>
    run(['install', 'gw', '--dry-run=server'], ns, values);
  function refused(act: () => unknown): string {
    try {
      act();
    } catch (error) {
      return (error as Error).message;
    }
    throw new Error('was not refused');
  }
  const get = (ns: string, kind: string, name: string) =>
    JSON.parse(server.kubectl(['get', kind, name, '-n', ns, '-o', 'json']));
  const lock = (ns: string) => get(ns, 'networkpolicy', 'gw-mlflow-gateway-mlflow').spec;
  const target = (ns: string) => get(ns, 'configmap', 'gw-mlflow-gateway').data.GW_TARGET_BASE_URL;

  describe('MLflow’s Service is found', () => {
    test.each<[string, Mlflow, string, object]>([
      ['of MLflow’s own chart', official(), 'mlflow-mlflow.NS.svc:5000', OFFICIAL_SELECTOR],
      ['of the community chart', community(), 'mlflow.NS.svc:80', COMMUNITY_SELECTOR],
      [
        'of the community chart with an oauth2-proxy',
        community({
          ports: [
            { name: 'http', port: 80, targetPort: 'mlflow' },
            { name: 'oauth2-proxy', port: 4180, targetPort: 4180 },
          ],
        }),
        'mlflow.NS.svc:80',
        COMMUNITY_SELECTOR,
      ],
      [
        'of the community chart under another name',
        community({
          name: 'tracking',
          labels: { 'helm.sh/chart': 'mlflow-1.11.5', app: 'tracking', 'app.kubernetes.io/name': 'tracking' },
        }),
        'tracking.NS.svc:80',
        { app: 'tracking', 'app.kubernetes.io/name': 'tracking' },
      ],
      [
        'written by hand, at another port, without pods yet',
        { name: 'team-mlflow', labels: { tier: 'ml' }, ports: [{ port: 8080, targetPort: 5000 }], pods: 0 },
        'team-mlflow.NS.svc:8080',
        { tier: 'ml' },
      ],
    ])('%s: with its port, that of its pods, and its selector', (_what, mlflow, url, selector) => {
      const ns = namespace(
        ...objects(mlflow),
        ...objects({
          name: 'mlflow-postgresql',
          labels: { 'app.kubernetes.io/name': 'postgresql' },
          ports: [{ port: 5432 }],
        }),
      );
      const notes = install(ns);
      expect(target(ns)).toBe(`http://${url.replace('NS', ns)}`);
      expect(lock(ns).podSelector).toEqual({ matchLabels: selector });
      expect(lock(ns).ingress[0].ports).toEqual([{ protocol: 'TCP', port: 5000 }]);
      expect(get(ns, 'configmap', 'gw-mlflow-gateway').data.GW_UPSTREAM_HOST).toBe('localhost');
      expect(notes).toContain(`Locked by the NetworkPolicy ${ns}/gw-mlflow-gateway-mlflow`);
      expect(notes).toContain(mlflow.pods === 0 ? 'There are none yet' : `Now 1: ${mlflow.name}-0.`);
    });
  });
});
