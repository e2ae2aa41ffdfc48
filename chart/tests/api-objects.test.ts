/** Applies every object of the chart to a real API server, and tests upgrades there. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Cluster, startCluster } from './admission.ts';
import { ASSETS } from './api-server.ts';
import { CHART, helm, render } from './helm.ts';

/** Kinds of add-ons that a bare API server does not know. */
const ADDONS = [
  'Certificate',
  'Issuer',
  'HTTPRoute',
  'Route',
  'ScaledObject',
  'ServiceMonitor',
  'PodMonitor',
  'PrometheusRule',
];

describe.skipIf(ASSETS === undefined)('on an API server (skipped unless KUBEBUILDER_ASSETS is set)', () => {
  let server: Cluster;

  beforeAll(async () => {
    server = await startCluster();
    for (const name of ['ml', 'ml-staging', 'mlops']) server.namespace(name);
  });
  afterAll(() => server?.stop());

  test.each([
    'minimal',
    'standalone',
    'sidecar-webhook',
    'sidecar-policy',
    'sidecar-certmanager',
    'sidecar-metrics',
    'sidecar-by-hand',
    'openshift',
    'ingress-sso',
    'other-names',
  ])('Kubernetes accepts every object of %s with all its fields', (name) => {
    const objects = render(name).filter(({ kind }) => !ADDONS.includes(kind));
    const said = server.kubectl(
      ['apply', '--dry-run=server', '--validate=strict', '-f', '-'],
      objects as unknown as object[],
    );
    expect(said.trim().split('\n')).toHaveLength(objects.length);
  });

  test.each(['minimal', 'sidecar-webhook', 'ingress-sso', 'openshift'])(
    'pods of %s pass Pod Security "restricted"',
    (name) => {
      const deployments = render(name).filter(({ kind }) => kind === 'Deployment');
      expect(deployments.length).toBeGreaterThan(0);
      for (const { spec, metadata } of deployments) {
        const pod = { apiVersion: 'v1', kind: 'Pod', ...spec.template };
        pod.metadata = { ...pod.metadata, name: metadata.name };
        expect(server.admit(pod, 'ml').spec.containers).toHaveLength(1);
      }
    },
  );

  test('the webhook’s certificate survives upgrades, and clients trust a new one together with the last', () => {
    const upgrade = () =>
      helm(['upgrade', '--install', 'gw', CHART, '--namespace', 'ml', ...server.access], 'sidecar-webhook');
    const secret = () =>
      JSON.parse(server.kubectl(['get', 'secret', 'gw-mlflow-gateway-inject-tls', '-n', 'ml', '-o', 'json']));
    const trusted = () =>
      JSON.parse(
        server.kubectl(['get', 'mutatingwebhookconfiguration', 'gw-mlflow-gateway.ml', '-o', 'json']),
      ).webhooks[0].clientConfig.caBundle;
    upgrade();
    const first = secret();
    expect(trusted()).toBe(first.data['ca.crt']);
    upgrade();
    expect(secret().data).toEqual(first.data);
    expect(trusted()).toBe(first.data['ca.crt']);

    const soon = Math.floor(Date.now() / 1000) + 59 * 86_400;
    server.kubectl([
      'annotate',
      'secret',
      'gw-mlflow-gateway-inject-tls',
      '-n',
      'ml',
      '--overwrite',
      `mlflow-gateway.io/expires=${soon}`,
    ]);
    upgrade();
    const second = secret();
    expect(second.data['tls.crt']).not.toBe(first.data['tls.crt']);
    const pem = (text: string) => Buffer.from(text, 'base64').toString();
    expect(pem(trusted())).toBe(pem(second.data['ca.crt']) + pem(first.data['ca.crt']));
    expect(Number(second.metadata.annotations['mlflow-gateway.io/expires'])).toBeGreaterThan(soon);
    helm(['uninstall', 'gw', '--namespace', 'ml', ...server.access]);
  });
});
