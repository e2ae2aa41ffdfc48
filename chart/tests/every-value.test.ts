import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { chartValues } from '../../codegen/chart/readme.ts';
import { CHART, helm, KUBERNETES, MLFLOW } from './helm.ts';
import { at, merge, nested } from './trees.ts';

/**
 * No value is accepted and ignored: a change of each value of values.yaml changes the rendered objects or is refused by name, in each
 * kind of installation. All optional features are enabled here.
 */

const everything = {
  config: { GW_OIDC_ISSUER: 'https://idp.example.com/realms/ml', GW_OIDC_AUDIENCE: 'mlflow,ui' },
  ingress: { enabled: true, hosts: ['mlflow.example.com'] },
  httpRoute: { enabled: true, parentRefs: [{ name: 'public' }] },
  openshift: { route: { enabled: true } },
  metrics: {
    enabled: true,
    from: [{ podSelector: {} }],
    serviceMonitor: { enabled: true },
    prometheusRule: { enabled: true },
  },
  sso: { enabled: true, publicUrl: 'https://mlflow.example.com', clientId: 'ui', existingSecret: 's' },
  service: { type: 'LoadBalancer' },
};
const { sso: _, ...withoutSso } = everything;
const certificate = { from: 'certManager' };

const INSTALLATIONS: Readonly<Record<string, object>> = {
  standalone: {
    ...everything,
    mode: 'standalone',
    mlflow: MLFLOW,
  },
  webhook: { ...everything, mode: 'sidecar', injection: { method: 'webhook', webhook: { certificate } } },
  'admission policy': { ...withoutSso, mode: 'sidecar', injection: { method: 'admissionPolicy' } },
};

/** Changed values that do not follow from the type of the default. */
const CHANGED: Readonly<Record<string, unknown>> = {
  'networkPolicy.sidecarPorts': [4180],
  'networkPolicy.acceptedPolicies': ['mlflow'],
  mode: 'sidecar',
  'global.imagePullSecrets': ['all'],
  'image.digest': `sha256:${'0'.repeat(64)}`,
  'image.pullPolicy': 'Always',
  'image.pullSecrets': ['own'],
  imagePullSecrets: ['own'],
  config: { GW_LOG_LEVEL: 'debug' },
  configFrom: { GW_JWKS_JSON: { secret: 's', key: 'k' } },
  'denyList.entries': [{ issuer: 'https://idp.example.com/realms/ml', subject: 'mallory' }],
  'denyList.from': { secret: 's', key: 'k' },
  'gateway.identity': {
    issuers: [{ issuer: 'https://idp', audience: ['m'], grants: [{ tenantClaim: 't', roleClaims: ['r'] }] }],
  },
  'certificateAuthorities.provider': { secret: 's', key: 'k' },
  'certificateAuthorities.mlflow': { secret: 's', key: 'k' },
  'gateway.tls.clientAuthorities': { secret: 's', key: 'k' },
  extraEnv: [{ name: 'MORE', value: 'x' }],
  envFrom: [{ secretRef: { name: 's' } }],
  extraEnvFrom: [{ secretRef: { name: 's' } }],
  securityContext: { readOnlyRootFilesystem: false },
  livenessProbe: { initialDelaySeconds: 3 },
  readinessProbe: { initialDelaySeconds: 3 },
  startupProbe: { initialDelaySeconds: 3 },
  'mlflow.scheme': 'https',
  'mlflow.service': 'other',
  'mlflow.port': 5001,
  'mlflow.podLabels': { app: 'other' },
  'mlflow.podPort': 5001,
  replicas: 5,
  replicaCount: 5,
  'autoscaling.targetMemoryUtilizationPercentage': 50,
  extraContainers: [{ name: 'x' }],
  extraInitContainers: [{ name: 'x' }],
  initContainers: [{ name: 'x' }],
  rollingUpdate: { maxSurge: 2 },
  strategy: { type: 'Recreate' },
  'podDisruptionBudget.minAvailable': 1,
  'topologySpread.keys': ['rack'],
  'topologySpread.whenUnsatisfiable': 'DoNotSchedule',
  topologySpreadConstraints: [{ maxSkew: 3 }],
  podAntiAffinity: 'required',
  tolerations: [{ key: 'x' }],
  hostAliases: [{ ip: '10.1.1.1', hostnames: ['x'] }],
  dnsPolicy: 'Default',
  extraVolumes: [{ name: 'x', emptyDir: {} }],
  extraVolumeMounts: [{ name: 'x', mountPath: '/x' }],
  'service.type': 'NodePort',
  'service.portNumber': 81,
  'service.nodePort': 30080,
  'service.loadBalancerSourceRanges': ['10.0.0.0/8'],
  'service.externalTrafficPolicy': 'Local',
  'service.internalTrafficPolicy': 'Local',
  'service.ipFamilyPolicy': 'PreferDualStack',
  'service.ipFamilies': ['IPv6'],
  'service.sessionAffinity': 'ClientIP',
  'injection.method': 'none',
  'injection.namespaces': ['ml', 'other'],
  'injection.namespaceSelector': { matchLabels: { team: 'x' } },
  'injection.sidecar': 'container',
  'injection.socket.directory': '/run/mlflow/x',
  'injection.socket.medium': 'Memory',
  'injection.webhook.logLevel': 'debug',
  'injection.webhook.certificate.from': 'helm',
  'injection.webhook.certificate.issuerRef': { name: 'ca' },
  'networkPolicy.ingressFrom': [{ podSelector: {} }],
  'networkPolicy.identityProvider.to': [{ podSelector: {} }],
  'networkPolicy.identityProvider.ports': [8443],
  'networkPolicy.dnsTo': [{ podSelector: {} }],
  'clusterKeys.serviceAccounts': [{ name: 'mlflow', namespace: 'ml' }],
  'networkPolicy.apiServer.to': [{ ipBlock: { cidr: '192.0.2.10/32' } }],
  'networkPolicy.apiServer.ports': [6443],
  'networkPolicy.extraEgress': [{ ports: [{ port: 1 }] }],
  'metrics.from': [{ namespaceSelector: {} }],
  'metrics.serviceMonitor.interval': '17s',
  'metrics.serviceMonitor.scrapeTimeout': '7s',
  'metrics.serviceMonitor.relabelings': [{ action: 'keep' }],
  'metrics.serviceMonitor.metricRelabelings': [{ action: 'keep' }],
  'metrics.prometheusRule.serverErrorRatio': 0.5,
  'metrics.prometheusRule.extraRules': [{ alert: 'X' }],
  'ingress.tls': [{ secretName: 's' }],
  'httpRoute.parentRefs': [{ name: 'other' }],
  'sso.publicUrl': 'https://other.example.com',
  'sso.clientId': 'mlflow',
  'sso.extraArgs': ['--x=y'],
  'sso.extraEnv': [{ name: 'X', value: 'y' }],
  'sso.cookie.expire': '1h',
  'sso.cookie.refresh': '1m',
  'sso.image.digest': `sha256:${'0'.repeat(64)}`,
  'sso.image.pullPolicy': 'Always',
  extraObjects: [{ kind: 'X' }],
};

const TWO: Readonly<Record<string, string>> = {
  mode: 'standalone',
  'injection.webhook.certificate.from': 'certManager',
};

/** These proxies send HTTP to the gateway. */
const WITHOUT_PLAIN_PROXIES = { sso: { enabled: false }, openshift: { route: { enabled: false } } };

/** Other values that a value needs to have an effect. */
const WITH: readonly [path: RegExp, more: object][] = [
  [/^autoscaling\.(?!enabled)/, { autoscaling: { enabled: true } }],
  [/^kedaAutoscaling\.(?!enabled)/, { kedaAutoscaling: { enabled: true, triggers: [{ type: 'cpu' }] } }],
  [/^clusterKeys\.(?!enabled)|^networkPolicy\.apiServer\./, { clusterKeys: { enabled: true } }],
  [/^certificateAuthorities\.mlflow$/, { mlflow: { scheme: 'https' } }],
  [/^mlflow\.clientCertificate$/, { mlflow: { scheme: 'https' } }],
  [
    /^gateway\.tls\.client/,
    {
      gateway: { tls: { secret: 's', clientAuthorities: { configMap: 'c', key: 'k' } } },
      ...WITHOUT_PLAIN_PROXIES,
    },
  ],
  [/^gateway\.tls\.secret$/, WITHOUT_PLAIN_PROXIES],
  [/^podDisruptionBudget\.minAvailable$/, { podDisruptionBudget: { maxUnavailable: null } }],
];

/** Values without an effect of their own, and the reason. */
const SILENT: Readonly<Record<string, string>> = {
  allowAuthOff: 'lets config.GW_AUTH_MODE pass',
  'mlflow.lookup': 'is about a cluster, which a rendering does not ask',
};

const values = chartValues(readFileSync(join(CHART, 'values.yaml'), 'utf8'));
const { only } = JSON.parse(readFileSync(join(CHART, 'names.json'), 'utf8')) as { only: { path: string }[] };

/** With the admission policy, the other values behave as with the webhook; a rendering takes a tenth of a second. */
const looked = (installation: string, path: string): boolean =>
  installation !== 'admission policy' || only.some((one) => one.path === path);

describe.each(Object.entries(INSTALLATIONS))('%s', (installation, base) => {
  const before = new Map<string, string>();

  test.each(
    values
      .filter(({ path }) => SILENT[path] === undefined && looked(installation, path))
      .map(({ path, value }) => [path, JSON.parse(value)] as const),
  )('%s', (path, preset) => {
    const more = WITH.filter(([pattern]) => pattern.test(path)).reduce(
      (all, [, one]) => merge(all, one),
      base,
    );
    const key = JSON.stringify(more);
    const unchanged = before.get(key) ?? outcome(more);
    before.set(key, unchanged);
    const present = at(base, path) ?? preset;
    const wanted = path in CHANGED ? CHANGED[path] : other(present);
    // One of two words; the installation uses the other one already.
    const value = wanted === present ? TWO[path] : wanted;
    const changed = outcome(merge(more, nested(path, value)));
    expect(changed).not.toBe(unchanged);
    if (changed.startsWith('refused')) expect(changed).toContain(path.split('.').at(-1)!);
  });
});

/** The rendered objects, or the refusal. */
function outcome(values: object): string {
  try {
    return helm(['template', 'gw', CHART, '--namespace', 'ml', '--kube-version', KUBERNETES], values);
  } catch (error) {
    return `refused: ${(error as Error).message}`;
  }
}

/** Another value of the same type. */
function other(preset: unknown): unknown {
  if (typeof preset === 'boolean') return !preset;
  if (typeof preset === 'number') return preset + 1;
  if (typeof preset === 'string') return 'changed';
  if (Array.isArray(preset)) return [...preset, 'changed'];
  if (typeof preset === 'object' && preset !== null) return { ...preset, changed: 'changed' };
  throw new Error(`CHANGED must say what ${String(preset)} is changed into`);
}
