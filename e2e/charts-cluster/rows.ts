import { expect } from 'vitest';
import { mergeAll } from '../../chart/tests/trees.ts';
import { ask, CALLERS, onNode } from '../cluster/support/caller.ts';
import { eventually } from '../cluster/support/eventually.ts';
import { apply, kubectl, list, remove } from '../cluster/support/kubectl.ts';
import { beside, INJECT } from '../cluster/support/mlflow.ts';
import { CONTAINER_SECURITY, POD_SECURITY } from '../cluster/support/namespace.ts';

import type { Chart } from './support/charts.ts';
import { injectedPods } from './support/closed.ts';
import { emptyDatabase } from './support/database.ts';
import { MLFLOW } from './support/release.ts';
import type { Group, Row, Site } from './support/rows.ts';
import { chartSettings } from './support/settings.ts';
import {
  annotations,
  base,
  databaseUri,
  ingress,
  options,
  postgres,
  type Values,
  workspaces,
} from './support/values.ts';

const BOTH = ['official', 'community'] as const;
const EXPORTER_PORT = 9090;
const METRICS_PORT = 9464;
const PREFIX = '/mlflow';
const SHARED = 'shared';
const MIGRATION = 'migrate';

/** The values of both charts' recipes for an Ingress: MLflow takes the public host name and no other. */
const ingressRecipe = (chart: Chart): Row => ({
  chart,
  title: 'Ingress, its host the only one that MLflow allows',
  ownIngress: true,
  // The other chart writes the variable itself, into a ConfigMap.
  values: (host) =>
    mergeAll(ingress(chart, host), chart === 'official' ? options(chart, { allowed_hosts: host }) : {}),
});

const ingressByVariable = (): Row => ({
  chart: 'official',
  title: 'Ingress, its host allowed by a variable',
  ownIngress: true,
  values: (host) =>
    mergeAll(ingress('official', host), {
      env: [...(base('official').env as object[]), { name: 'MLFLOW_SERVER_ALLOWED_HOSTS', value: host }],
    }),
});

/** MLflow's own chart with its four workers; the other with its defaults, except SQLite in memory, which no server can use. */
const byDefault = (chart: Chart): Row => ({
  chart,
  title: chart === 'official' ? 'default, four workers' : 'default, SQLite in a file',
  artifacts: chart === 'official',
  values: () =>
    chart === 'official'
      ? options(chart, { workers: 4 })
      : { artifactRoot: { proxiedArtifactStorage: false } },
});

const withWorkspaces = (chart: Chart): Row => ({
  chart,
  title: 'workspaces',
  values: () => workspaces(chart),
});

const belowPath = (chart: Chart): Row => ({
  chart,
  title: 'static prefix, Ingress below it',
  ownIngress: true,
  path: PREFIX,
  values: (host) =>
    mergeAll(
      ingress(chart, host, PREFIX),
      chart === 'official'
        ? { server: { staticPrefix: PREFIX, value_options: { allowed_hosts: host } } }
        : options(chart, { static_prefix: PREFIX }),
    ),
});

/**
 * A Job with MLflow's labels and ours, like the one of MLflow's own chart: it must stay unchanged, and end. The chart's own Job
 * fails with and without a gateway: it gives `mlflow db upgrade` an option that does not exist.
 */
async function migrate(namespace: string, database: string): Promise<void> {
  await emptyDatabase(database);
  const labels = { 'app.kubernetes.io/name': 'mlflow', 'app.kubernetes.io/instance': MLFLOW, ...INJECT };
  const image = chartSettings().mlflowImage;
  const command = ['mlflow', 'db', 'upgrade', databaseUri(database)];
  const variables = [{ name: 'HOME', value: '/tmp' }];
  await remove(namespace, 'job', MIGRATION);
  await apply(namespace, {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name: MIGRATION },
    spec: {
      backoffLimit: 1,
      template: {
        metadata: { labels },
        spec: {
          restartPolicy: 'Never',
          securityContext: POD_SECURITY,
          containers: [
            { name: 'migrate', image, command, env: variables, securityContext: CONTAINER_SECURITY },
          ],
        },
      },
    },
  });
  const wait = ['wait', '--for=condition=Complete', `job/${MIGRATION}`, '--timeout=150s'];
  await kubectl(['-n', namespace, ...wait], { timeoutMs: 170_000 });
  const [pod] = await list(namespace, 'pods', `job-name=${MIGRATION}`);
  expect([...(pod!.spec.initContainers ?? []), ...pod!.spec.containers].map(({ name }) => name)).toEqual([
    'migrate',
  ]);
  await remove(namespace, 'job', MIGRATION);
}

const onPostgres = (chart: Chart): Row => ({
  chart,
  title: `PostgreSQL, migrated by ${chart === 'official' ? 'a Job with MLflow’s labels' : 'an init container'}`,
  before: (namespace) => (chart === 'official' ? migrate(namespace, chart) : emptyDatabase(chart)),
  values: () => postgres(chart, chart),
  look: async () => (chart === 'official' ? ['the Job’s pod got no gateway, and the Job is complete'] : []),
});

const metrics: Values = {
  metrics: {
    enabled: true,
    mlflow: { enabled: true },
    from: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': CALLERS } } }],
  },
};

const withMetrics = (chart: Chart): Row => ({
  chart,
  title: 'metrics of MLflow',
  gateway: metrics,
  values: () =>
    chart === 'official'
      ? { metrics: { enabled: true } }
      : {
          serviceMonitor: { enabled: true },
          extraVolumes: [{ name: 'metrics', emptyDir: {} }],
          extraVolumeMounts: [{ name: 'metrics', mountPath: '/mlflow' }],
        },
  look: async ({ pod, host }) => {
    const scrape = (path: string) => ask({ url: `http://${pod}:${METRICS_PORT}${path}` });
    expect(await scrape('/metrics')).toMatchObject({
      status: 200,
      text: expect.stringContaining('mlflow_gateway_requests_total'),
    });
    const own = await scrape('/mlflow/metrics');
    expect(own).toMatchObject({ status: 200, text: expect.stringMatching(/^mlflow_http_request/m) });
    const outside = await ask({
      url: `http://${process.env.E2E_INGRESS_ADDRESS}/metrics`,
      headers: { host },
    });
    expect(outside).toMatchObject({ status: 404, text: expect.not.stringContaining('mlflow_http_request') });
    const series = own.text!.split('\n').filter((line) => /^\w/.test(line)).length;
    return [
      `\`/metrics\` and \`/mlflow/metrics\` of port ${METRICS_PORT} (${series} series of MLflow’s); outside 404`,
    ];
  },
});

const otherPort = (): Row => ({
  chart: 'official',
  title: 'port 8080',
  port: 8080,
  gateway: { injection: { port: 8080 } },
  values: () => options('official', { port: 8080 }),
});

const sharedVolume = (): Row => ({
  chart: 'official',
  title: 'two replicas, a volume that both write',
  before: async (namespace) => {
    await migrate(namespace, SHARED);
    const directory = `/var/lib/e2e-${SHARED}`;
    await onNode(
      `fs.mkdirSync(root + '${directory}', { recursive: true }); fs.chmodSync(root + '${directory}', 0o777)`,
    );
    const access = { accessModes: ['ReadWriteMany'], storageClassName: SHARED };
    await apply(
      namespace,
      {
        apiVersion: 'v1',
        kind: 'PersistentVolume',
        metadata: { name: `${namespace}-${SHARED}` },
        spec: {
          ...access,
          capacity: { storage: '1Gi' },
          hostPath: { path: directory },
          persistentVolumeReclaimPolicy: 'Delete',
          claimRef: { namespace, name: SHARED },
        },
      },
      {
        apiVersion: 'v1',
        kind: 'PersistentVolumeClaim',
        metadata: { name: SHARED },
        spec: { ...access, resources: { requests: { storage: '1Gi' } } },
      },
    );
  },
  values: () =>
    mergeAll(postgres('official', SHARED), workspaces('official'), options('official', { workers: 2 }), {
      replicaCount: 2,
      mlflow: { artifactsDestination: '/mlflow/artifacts' },
      extraVolumes: [{ name: SHARED, persistentVolumeClaim: { claimName: SHARED } }],
      extraVolumeMounts: [{ name: SHARED, mountPath: '/mlflow' }],
    }),
  look: async ({ namespace }) => {
    expect(await injectedPods(namespace)).toHaveLength(2);
    return ['2 pods, each with its gateway'];
  },
});

const onGunicorn = (chart: Chart): Row => ({
  chart,
  title: 'gunicorn, on loopback',
  values: () =>
    mergeAll(
      options(chart, { gunicorn_opts: '--timeout 90' }),
      chart === 'official' ? options(chart, { host: '127.0.0.1' }) : { serverHost: '127.0.0.1' },
      annotations({ 'mlflow-gateway.io/upstream': 'loopback' }),
    ),
});

const exporter = beside(
  'exporter',
  `require('http').createServer((q, r) => r.end('exported')).listen(${EXPORTER_PORT})`,
  { ports: [{ name: 'exporter', containerPort: EXPORTER_PORT }] },
);

const reaches =
  (what: string, answer: object) =>
  async ({ pod }: Site) => {
    await eventually(what, async () =>
      expect(await ask({ url: `http://${pod}:${EXPORTER_PORT}/`, timeoutMs: 2_000 })).toMatchObject(answer),
    );
    return [what];
  };

const withExporter = (): Row => ({
  chart: 'official',
  title: 'a container with a port of its own, open to others by `networkPolicy.sidecarPorts`',
  gateway: { networkPolicy: { sidecarPorts: [EXPORTER_PORT] } },
  values: () => ({ extraContainers: [exporter] }),
  look: reaches(`port ${EXPORTER_PORT} answers`, { status: 200, text: 'exported' }),
});

const withAllowedExporter = (): Row => ({
  chart: 'community',
  title: 'a container with a port of its own, allowed by the annotation',
  values: () =>
    mergeAll(
      { extraContainers: [exporter] },
      annotations({ 'mlflow-gateway.io/allowed-ports': String(EXPORTER_PORT) }),
    ),
  look: reaches(`port ${EXPORTER_PORT} is closed by the NetworkPolicy`, { error: 'timeout' }),
});

const basicAuth = (refused: readonly RegExp[]): Row => ({
  chart: 'community',
  title: 'basic-auth',
  values: () => ({ auth: { enabled: true, adminUsername: 'admin', adminPassword: 'password1234' } }),
  refused,
});

const withProxy = (): Row => ({
  chart: 'community',
  title: 'oauth2-proxy beside MLflow, without its token',
  values: () => ({
    oauth2Proxy: {
      enabled: true,
      createSecret: true,
      cookieSecret: 'cookie-secret-16',
      provider: {
        name: 'oidc',
        issuerURL: 'https://idp.example.com',
        clientID: 'ui',
        clientSecret: 'secret',
      },
    },
  }),
  refused: [/--pass-authorization-header/],
});

const severalProblems = (): Row => ({
  chart: 'official',
  title: 'a container with a port that nothing allows, basic-auth and port 8080 at once',
  values: () =>
    mergeAll({ extraContainers: [exporter] }, options('official', { app_name: 'basic-auth', port: 8080 })),
  refused: [/MLflow requires its own credentials/, /allowed-ports/, /injection\.port=8080/],
});

const WEBHOOK: readonly Row[] = [
  ...BOTH.map(ingressRecipe),
  basicAuth([/MLflow requires its own credentials/, /auth\.enabled/]),
  withProxy(),
  severalProblems(),
  ...BOTH.map(belowPath),
  ...BOTH.map(withWorkspaces),
  ...BOTH.map(onPostgres),
  ...BOTH.map(onGunicorn),
  sharedVolume(),
  ...BOTH.map(byDefault),
  withAllowedExporter(),
  withExporter(),
  ...BOTH.map(withMetrics),
  otherPort(),
];

const POLICY: readonly Row[] = [
  basicAuth([/credentials/]),
  ingressByVariable(),
  ingressRecipe('community'),
  onPostgres('official'),
  withWorkspaces('official'),
];

const BY_HAND: readonly Row[] = [withWorkspaces('official'), byDefault('community')];

/** All rows, by the way in which the gateway comes into the pods. */
export const GROUPS: readonly Group[] = [
  { by: 'webhook', method: 'webhook', rows: WEBHOOK },
  { by: 'policy', method: 'admissionPolicy', rows: POLICY },
  { by: 'hand', method: 'none', rows: BY_HAND },
];
