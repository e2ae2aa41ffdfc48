import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  CHART,
  helm,
  KUBERNETES,
  type KubeObject,
  one,
  REQUIRED,
  refusal,
  render,
  withMlflow,
} from './helm.ts';
import { mergeAll, nested } from './trees.ts';

const name = 'gw-mlflow-gateway';
const { foreign } = JSON.parse(readFileSync(join(CHART, 'names.json'), 'utf8')) as {
  foreign: Record<string, string>;
};

/** A user's values together with the required ones. */
const withRequired = (...all: object[]): object => mergeAll(REQUIRED, ...all);

const deployment = (objects: readonly KubeObject[]) => one(objects, 'Deployment', name).spec;
const pod = (objects: readonly KubeObject[]) => deployment(objects).template.spec;
const gateway = (objects: readonly KubeObject[]) => pod(objects).containers[0];

describe('refuses a name of another chart, with the chart’s own name', () => {
  test('every name of the table at once', () => {
    const tops = Object.keys(foreign).filter((path) => !path.includes('.'));
    const message = refusal(withRequired(...tops.map((path) => nested(path, { enabled: true }))));
    for (const path of tops) expect(message).toContain(`  - ${path}: ${foreign[path]}`);
  });

  test('also below the chart’s own names', () => {
    const deep = Object.keys(foreign).filter(
      (path) => path.includes('.') && !path.startsWith('initContainers'),
    );
    const message = refusal(withRequired(...deep.map((path) => nested(path, 'x'))));
    for (const path of deep) expect(message).toContain(`  - ${path}: ${foreign[path]}`);
  });

  test('false and empty values count as set', () => {
    expect(refusal(withRequired({ auth: false, ldapAuth: {}, extraFlags: [] }))).toMatch(
      /- auth: [\s\S]*- extraFlags: [\s\S]*- ldapAuth: /,
    );
  });

  test('refuses a misspelt name', () => {
    expect(refusal(withRequired({ replicaCuont: 3 }))).toContain("'replicaCuont'");
    expect(refusal(withRequired({ service: { prot: 3 } }))).toContain("'prot'");
  });
});

/**
 * The values of oauth2-proxy's chart and of community-charts/mlflow, each with a value of its type there. A pattern shows an accepted
 * value in the output; all others are refused by name.
 */
const OTHERS: readonly [path: string, value: unknown, shown: RegExp | 'refused', more?: object][] = [
  // oauth2-proxy
  ['global.imageRegistry', 'mirror.example', /image: mirror\.example\/mlflow-gateway:/],
  ['global.imagePullSecrets', [{ name: 'pull-one' }], /- name: pull-one/],
  ['global.imagePullSecrets', ['pull-two'], /- name: pull-two/],
  ['namespaceOverride', 'x', 'refused'],
  ['kubeVersion', '1.30', 'refused'],
  ['config.clientID', 'x', 'refused'],
  ['config.clientSecret', 'x', 'refused'],
  ['config.cookieSecret', 'x', 'refused'],
  ['config.cookieName', 'x', 'refused'],
  ['config.existingSecret', 'x', 'refused'],
  ['config.google', {}, 'refused'],
  ['config.configFile', 'x', 'refused'],
  ['config.emailDomains', ['*'], 'refused'],
  ['config.upstreams', ['x'], 'refused'],
  ['config.forceLegacyConfig', true, 'refused'],
  ['alphaConfig.enabled', true, 'refused'],
  ['image.registry', 'registry.example:5000', /image: registry\.example:5000\/mlflow-gateway:/],
  ['image.repository', 'my/gateway', /image: my\/gateway:/],
  ['image.tag', '9.9', /image: mlflow-gateway:9\.9/],
  ['image.command', ['x'], 'refused'],
  ['imagePullSecrets', [{ name: 'pull-three' }], /- name: pull-three/],
  ['containerPort', 4180, 'refused'],
  ['extraArgs', {}, 'refused'],
  ['extraEnv', [{ name: 'SEEN', value: 'yes' }], /- name: SEEN/],
  ['envFrom', [{ secretRef: { name: 'more-env' } }], /name: more-env/],
  ['customLabels', { a: 'b' }, 'refused'],
  ['authenticatedEmailsFile', { enabled: true }, 'refused'],
  ['service.type', 'NodePort', /type: NodePort/],
  ['service.clusterIP', '10.0.0.9', /clusterIP: 10\.0\.0\.9/],
  [
    'service.loadBalancerIP',
    '192.0.2.40',
    /loadBalancerIP: 192\.0\.2\.40/,
    { service: { type: 'LoadBalancer' } },
  ],
  [
    'service.loadBalancerSourceRanges',
    ['203.0.113.0/24'],
    /- 203\.0\.113\.0\/24/,
    { service: { type: 'LoadBalancer' } },
  ],
  ['service.nodePort', 30080, /nodePort: 30080/, { service: { type: 'NodePort' } }],
  ['service.portNumber', 8181, /port: 8181/],
  ['service.appProtocol', 'http', 'refused'],
  ['service.annotations', { seen: 'service' }, /seen: service/],
  [
    'service.externalTrafficPolicy',
    'Local',
    /externalTrafficPolicy: Local/,
    { service: { type: 'LoadBalancer' } },
  ],
  ['service.internalTrafficPolicy', 'Local', /internalTrafficPolicy: Local/],
  ['service.targetPort', 'x', 'refused'],
  ['service.ipDualStack', { enabled: true }, 'refused'],
  ['service.trafficDistribution', 'PreferClose', /trafficDistribution: PreferClose/],
  ['serviceAccount.enabled', true, 'refused'],
  ['serviceAccount.name', 'somebody', /serviceAccountName: somebody/],
  ['serviceAccount.automountServiceAccountToken', true, 'refused'],
  ['serviceAccount.annotations', { seen: 'account' }, /seen: account/],
  ['serviceAccount.imagePullSecrets', [], 'refused'],
  ['networkPolicy.create', true, 'refused'],
  ['networkPolicy.ingress', [], 'refused'],
  ['networkPolicy.egress', [], 'refused'],
  [
    'ingress.className',
    'nginx',
    /ingressClassName: nginx/,
    { ingress: { enabled: true, hosts: ['a.example'] } },
  ],
  ['ingress.path', '/', 'refused'],
  ['ingress.pathType', 'Prefix', 'refused'],
  ['ingress.hosts', ['plain.example'], /host: "plain\.example"/, { ingress: { enabled: true } }],
  ['ingress.extraPaths', [], 'refused'],
  ['ingress.labels', {}, 'refused'],
  ['gatewayApi', { enabled: true }, 'refused'],
  ['resources', { requests: { cpu: '321m' } }, /cpu: 321m/],
  ['resizePolicy', [], 'refused'],
  ['extraVolumes', [{ name: 'seen-volume', emptyDir: {} }], /name: seen-volume/],
  ['extraVolumeMounts', [{ name: 'v', mountPath: '/seen' }], /mountPath: \/seen/],
  ['extraContainers', [{ name: 'beside', image: 'b:1' }], /name: beside/],
  [
    'extraInitContainers',
    [{ name: 'before', image: 'b:1' }],
    /initContainers:\n\s+- image: b:1\n\s+name: before/,
  ],
  ['priorityClassName', 'high', /priorityClassName: high/],
  ['hostAliases', [{ ip: '10.1.2.3', hostnames: ['idp'] }], /- ?(hostnames:\n\s+- idp\n\s+)?ip: 10\.1\.2\.3/],
  [
    'topologySpreadConstraints',
    [{ maxSkew: 7, topologyKey: 'rack', whenUnsatisfiable: 'DoNotSchedule' }],
    /maxSkew: 7/,
  ],
  ['affinity', { nodeAffinity: { x: 'seen' } }, /nodeAffinity:\n\s+x: seen/],
  ['tolerations', [{ key: 'gpu' }], /- key: gpu/],
  ['nodeSelector', { disk: 'fast' }, /disk: fast/],
  ['proxyVarsAsSecrets', true, 'refused'],
  ['livenessProbe', { initialDelaySeconds: 17, timeoutSeconds: 9 }, /initialDelaySeconds: 17/],
  ['livenessProbe', { enabled: true }, 'refused'],
  ['readinessProbe', { periodSeconds: 23 }, /periodSeconds: 23/],
  ['readinessProbe', { successThreshold: 1 }, 'refused'],
  ['securityContext', { runAsUser: 4321 }, /runAsUser: 4321/],
  ['securityContext', { enabled: true }, 'refused'],
  ['deploymentLabels', {}, 'refused'],
  ['deploymentAnnotations', { seen: 'deployment' }, /seen: deployment/],
  ['podAnnotations', { seen: 'pod' }, /seen: pod/],
  ['podLabels', { seen: 'pod-label' }, /seen: pod-label/],
  ['replicaCount', 5, /replicas: 5/],
  ['revisionHistoryLimit', 3, /revisionHistoryLimit: 3/],
  ['strategy', { type: 'Recreate' }, /type: Recreate/],
  ['enableServiceLinks', true, /enableServiceLinks: true/],
  ['podDisruptionBudget', { minAvailable: 1, maxUnavailable: null }, /minAvailable: 1/],
  ['podDisruptionBudget', { minAvailable: 1, maxUnavailable: 2 }, 'refused'],
  ['podDisruptionBudget.unhealthyPodEvictionPolicy', 'AlwaysAllow', 'refused'],
  ['autoscaling', { enabled: true, minReplicas: 4 }, /minReplicas: 4/],
  [
    'autoscaling.targetMemoryUtilizationPercentage',
    81,
    /averageUtilization: 81/,
    { autoscaling: { enabled: true } },
  ],
  [
    'autoscaling.behavior',
    { scaleDown: { selectPolicy: 'Min' } },
    /selectPolicy: Min/,
    { autoscaling: { enabled: true } },
  ],
  ['autoscaling.annotations', { seen: 'hpa' }, /seen: hpa/, { autoscaling: { enabled: true } }],
  ['podSecurityContext', { fsGroup: 77 }, /fsGroup: 77/],
  ['httpScheme', 'http', 'refused'],
  ['initContainers', { waitForRedis: { enabled: true } }, 'refused'],
  ['htpasswdFile', { enabled: true }, 'refused'],
  ['sessionStorage', { type: 'redis' }, 'refused'],
  ['redis-ha', { enabled: true }, 'refused'],
  ['checkDeprecation', true, 'refused'],
  [
    'metrics.port',
    44180,
    /containerPort: 44180/,
    { metrics: { enabled: true, from: [{ podSelector: {} }] } },
  ],
  ['metrics.service', {}, 'refused'],
  ['metrics.serviceMonitor.namespace', 'x', 'refused'],
  [
    'extraObjects',
    [{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: '{{ .Release.Name }}-more' } }],
    /name: '?gw-more/,
  ],
  ['extraObjects', ['kind: Secret\nmetadata: {name: "{{ .Release.Name }}-text"}'], /name: "gw-text"/],
  ['lifecycle', { preStop: { sleep: { seconds: 19 } } }, /seconds: 19/],
  ['terminationGracePeriodSeconds', 65, /terminationGracePeriodSeconds: 65/],
  // community-charts/mlflow
  ['initImages', {}, 'refused'],
  ['nameOverride', 'door', /name: gw-door\n/],
  ['fullnameOverride', 'the-door', /name: the-door\n/],
  ['serviceAccount.create', false, /serviceAccountName: default/],
  ['serviceAccount.automount', true, 'refused'],
  ['extraPodLabels', {}, 'refused'],
  ['service.enabled', true, 'refused'],
  ['service.port', 8282, /port: 8282/],
  ['service.name', 'http', 'refused'],
  ['service.containerPort', 5000, 'refused'],
  ['service.containerPortName', 'mlflow', 'refused'],
  ['log', { level: 'info' }, 'refused'],
  ['telemetry', { enabled: false }, 'refused'],
  ['backendStore', { databaseMigration: true }, 'refused'],
  ['postgresql', { enabled: true }, 'refused'],
  ['mysql', { enabled: true }, 'refused'],
  ['artifactRoot', {}, 'refused'],
  ['flaskServerSecretKey', 'x', 'refused'],
  ['auth', { enabled: true }, 'refused'],
  ['ldapAuth', { enabled: true }, 'refused'],
  [
    'autoscaling.metrics',
    [{ type: 'Pods', pods: { metric: { name: 'in-flight' } } }],
    /name: in-flight/,
    { autoscaling: { enabled: true } },
  ],
  ['extraFlags', [], 'refused'],
  ['extraEnvVars', {}, 'refused'],
  ['extraSecretNamesForEnvFrom', [], 'refused'],
  [
    'ingress.hosts',
    [{ host: 'shaped.example', paths: [{ path: '/', pathType: 'ImplementationSpecific' }] }],
    /host: "shaped\.example"[\s\S]*pathType: ImplementationSpecific/,
    { ingress: { enabled: true } },
  ],
  [
    'ingress.annotations',
    { seen: 'ingress' },
    /seen: ingress/,
    { ingress: { enabled: true, hosts: ['a.example'] } },
  ],
  [
    'ingress.tls',
    [{ secretName: 'seen-tls' }],
    /secretName: seen-tls/,
    { ingress: { enabled: true, hosts: ['a.example'] } },
  ],
  ['corsAllowedOrigins', [], 'refused'],
  ['serverAllowedHosts', [], 'refused'],
  ['serverHost', '0.0.0.0', 'refused'],
  ['serviceMonitor', { enabled: true }, 'refused'],
  ['extraDeploy', [], 'refused'],
  ['initContainers', [{ name: 'earlier', image: 'b:1' }], /name: earlier/],
  ['oauth2Proxy', { enabled: true }, 'refused'],
  ['oidcAuth', { enabled: true }, 'refused'],
  ['minio', { enabled: true }, 'refused'],
  // MLflow's own chart
  ['deploymentStrategy', {}, 'refused'],
  ['server', { value_options: {} }, 'refused'],
  ['probes', {}, 'refused'],
  ['garbageCollection', { enabled: true }, 'refused'],
  ['mlflow.backendStoreUri', 'x', 'refused'],
  ['env', [], 'refused'],
  ['tls', { enabled: true }, 'refused'],
  ['externalSecrets', { enabled: true }, 'refused'],
  ['networkPolicy.additionalEgressRules', [], 'refused'],
  ['metrics.path', '/metrics', 'refused'],
  ['namespace_rbac', {}, 'refused'],
  ['cluster_rbac', {}, 'refused'],
  ['storage', { enabled: true }, 'refused'],
  // Others
  ['commonLabels', { seen: 'common' }, /seen: common/],
  ['commonAnnotations', { seen: 'everywhere' }, /seen: everywhere/],
  ['extraEnvFrom', [{ configMapRef: { name: 'other-env' } }], /name: other-env/],
  ['dnsConfig', { nameservers: ['192.0.2.53'] }, /- 192\.0\.2\.53/],
  ['dnsPolicy', 'Default', /dnsPolicy: Default/],
  ['runtimeClassName', 'gvisor', /runtimeClassName: gvisor/],
  ['service.loadBalancerClass', 'x/y', /loadBalancerClass: x\/y/, { service: { type: 'LoadBalancer' } }],
  ['service.ipFamilyPolicy', 'PreferDualStack', /ipFamilyPolicy: PreferDualStack/],
  ['service.ipFamilies', ['IPv6'], /- IPv6/],
  ['service.sessionAffinity', 'ClientIP', /sessionAffinity: ClientIP/],
  ['service.portName', 'web', /name: web\n/],
  ['service.labels', { seen: 'service-label' }, /seen: service-label/],
  ['kedaAutoscaling', { enabled: true, triggers: [{ type: 'cron' }] }, /kind: ScaledObject[\s\S]*type: cron/],
];

const texts = new Map<string, string>();
/** The objects as Helm prints them; results are cached. */
function text(values: object): string {
  const key = JSON.stringify(values);
  const args = ['template', 'gw', CHART, '--kube-version', KUBERNETES, '--namespace', 'ml'];
  const found = texts.get(key) ?? helm(args, withMlflow(values));
  texts.set(key, found);
  return found;
}

describe('accepts values from the READMEs of other charts, or refuses them by name', () => {
  test.each(OTHERS)('%s: %j', (path, value, shown, more = {}) => {
    const values = withRequired(more, nested(path, value));
    if (shown === 'refused') {
      const parts = path.split('.');
      const named = parts.map((_part, i) => parts.slice(0, i + 1).join('\\.')).join('|');
      const byTemplate = `^ {2}- (${named})(\\.\\w+)?: `;
      expect(refusal(values)).toMatch(new RegExp(byTemplate, 'm'));
      return;
    }
    expect(text(withRequired({ ingress: { hosts: ['a.example'] } }, more))).not.toMatch(shown);
    expect(text(values)).toMatch(shown);
  });
});

describe('two names of one value', () => {
  test.each<[string, object, object]>([
    ['replicaCount', { replicas: 3 }, { replicaCount: 4 }],
    ['imagePullSecrets', { image: { pullSecrets: [{ name: 'a' }] } }, { imagePullSecrets: ['b'] }],
    [
      'extraEnvFrom',
      { envFrom: [{ secretRef: { name: 'a' } }] },
      { extraEnvFrom: [{ secretRef: { name: 'b' } }] },
    ],
    ['initContainers', { extraInitContainers: [{ name: 'a' }] }, { initContainers: [{ name: 'b' }] }],
    ['service.portNumber', { service: { port: 81 } }, { service: { portNumber: 82 } }],
    ['strategy', { rollingUpdate: { maxSurge: 2 } }, { strategy: { type: 'Recreate' } }],
    [
      'topologySpreadConstraints',
      { topologySpread: { keys: [] } },
      { topologySpreadConstraints: [{ maxSkew: 2 }] },
    ],
    ['image.registry', { image: { repository: 'a.example/x' } }, { image: { registry: 'b.example' } }],
    [
      'kedaAutoscaling.enabled',
      { autoscaling: { enabled: true } },
      { kedaAutoscaling: { enabled: true, triggers: [{}] } },
    ],
    ['replicas', { replicas: 3 }, { autoscaling: { enabled: true } }],
  ])('refuses %s and its other name with different values, and accepts each alone', (path, one, other) => {
    expect(refusal(withRequired(one, other))).toContain(`${path}: `);
    expect(render(withRequired(one))).not.toEqual([]);
    expect(render(withRequired(other))).not.toEqual([]);
  });

  test('accepts the same value under both names', () => {
    const values = {
      replicas: 3,
      replicaCount: 3,
      image: { pullSecrets: [{ name: 'a' }] },
      imagePullSecrets: ['a'],
    };
    const objects = render(withRequired(values));
    expect(deployment(objects).replicas).toBe(3);
    expect(pod(objects).imagePullSecrets).toEqual([{ name: 'a' }]);
  });
});

describe('images', () => {
  const image = (values: object): string => gateway(render(withRequired(values))).image;
  const sso = (values: object): string => {
    const all = {
      config: { GW_OIDC_AUDIENCE: 'ui' },
      sso: { enabled: true, publicUrl: 'https://a.example', clientId: 'ui', existingSecret: 's' },
    };
    return one(render(withRequired(all, values)), 'Deployment', `${name}-sso`).spec.template.spec
      .containers[0].image;
  };

  test('its own registry, or a host in the repository, wins over the global registry', () => {
    const global = { imageRegistry: 'mirror.example' };
    expect(image({ global })).toBe('mirror.example/mlflow-gateway:0.1.0');
    expect(image({ global, image: { registry: 'own.example' } })).toBe('own.example/mlflow-gateway:0.1.0');
    expect(image({ global, image: { repository: 'host.example:5000/a/b' } })).toBe(
      'host.example:5000/a/b:0.1.0',
    );
    expect(image({ global, image: { repository: 'team/b' } })).toBe('mirror.example/team/b:0.1.0');
  });

  test('oauth2-proxy also comes from the mirror instead of quay.io', () => {
    expect(sso({})).toBe('quay.io/oauth2-proxy/oauth2-proxy:v7.15.4');
    expect(sso({ global: { imageRegistry: 'mirror.example' } })).toBe(
      'mirror.example/oauth2-proxy/oauth2-proxy:v7.15.4',
    );
    expect(sso({ sso: { image: { registry: 'own.example' } } })).toBe(
      'own.example/oauth2-proxy/oauth2-proxy:v7.15.4',
    );
    expect(sso({ sso: { image: { repository: 'local/o2p' } } })).toBe('local/o2p:v7.15.4');
  });

  test('the webhook gives sidecars the same image and secrets', () => {
    const objects = render(
      withRequired({
        mode: 'sidecar',
        injection: { method: 'webhook' },
        global: { imageRegistry: 'mirror.example', imagePullSecrets: ['all'] },
        imagePullSecrets: [{ name: 'own' }],
      }),
    );
    const { env, image: own } = one(objects, 'Deployment', `${name}-inject`).spec.template.spec.containers[0];
    expect(env).toContainEqual({ name: 'GW_INJECT_IMAGE', value: own });
    const settings = JSON.parse(one(objects, 'ConfigMap', `${name}-inject`).data['settings.json']);
    expect(settings.imagePullSecrets).toEqual([{ name: 'own' }, { name: 'all' }]);
  });
});

test('every object has the common annotations and its own', () => {
  for (const values of [
    'standalone',
    'sidecar-webhook',
    'sidecar-certmanager',
    'sidecar-policy',
    'sidecar-metrics',
    'ingress-sso',
    'openshift',
  ]) {
    const args = ['template', 'gw', CHART, '--kube-version', KUBERNETES];
    const objects = helm(args, values).match(/^kind: /gm)?.length;
    const seen = helm([...args, '--set-string', 'commonAnnotations.seen=everywhere'], withMlflow(values));
    expect(seen.match(/^ {2}annotations:\n( {4}.*\n)* {4}seen: everywhere$/gm)?.length, values).toBe(objects);
  }
});

test('keeps false in the security context', () => {
  const values = withRequired({ securityContext: { readOnlyRootFilesystem: false } });
  expect(gateway(render(values)).securityContext).toMatchObject({
    readOnlyRootFilesystem: false,
    capabilities: { drop: ['ALL'] },
  });
});

describe('further variables', () => {
  const envFrom = [{ configMapRef: { name: 'others' } }];

  test('the chart’s variables win over other ConfigMaps, which cannot disable authentication', () => {
    const objects = render(withRequired({ envFrom }));
    expect(gateway(objects).envFrom).toEqual([...envFrom, { configMapRef: { name } }]);
    expect(one(objects, 'ConfigMap', name).data).toMatchObject({
      GW_AUTH_MODE: 'oidc',
      GW_AUTH_ENABLED: 'true',
    });
  });

  test('sidecars have them, in every notation', () => {
    const webhook = render(withRequired({ mode: 'sidecar', injection: { method: 'webhook' }, envFrom }));
    const { gateway: settings } = JSON.parse(
      one(webhook, 'ConfigMap', `${name}-inject`).data['settings.json'],
    );
    expect(settings.envFrom).toEqual(envFrom);
    expect(settings.env).toEqual(
      expect.arrayContaining([
        { name: 'GW_AUTH_MODE', value: 'oidc' },
        { name: 'GW_AUTH_ENABLED', value: 'true' },
      ]),
    );
    const policy = render(
      withRequired({ mode: 'sidecar', injection: { method: 'admissionPolicy' }, envFrom }),
    );
    expect(one(policy, 'MutatingAdmissionPolicy').spec.mutations[0].jsonPatch.expression).toContain(
      '"configMapRef"',
    );
  });

  test.each([
    [
      'another name of a variable of the gateway',
      { extraEnv: [{ name: 'AUTH_MODE', value: 'off' }] },
      'write config.GW_AUTH_MODE',
    ],
    [
      'one variable twice',
      {
        extraEnv: [
          { name: 'A', value: '1' },
          { name: 'A', value: '2' },
        ],
      },
      'extraEnv: has A twice',
    ],
    [
      'authentication from a Secret',
      { configFrom: { GW_AUTH_MODE: { secret: 's', key: 'k' } } },
      'configFrom: whether callers must prove',
    ],
  ])('%s is refused', (_what, values, message) => {
    expect(refusal(withRequired(values))).toContain(message);
  });
});

describe('as a dependency of another chart', () => {
  test('refuses global values of other charts only without a parent chart', () => {
    expect(refusal(withRequired({ global: { storageClass: 'x' } }))).toContain(
      'global.storageClass: nothing in this chart reads it',
    );
  });

  test('enabled works only in the condition of the parent chart', () => {
    expect(refusal(withRequired({ enabled: true }))).toContain(
      'enabled: is for charts that have this one as a dependency',
    );
  });
});

describe('paths of an Ingress', () => {
  const hosts = (paths: unknown, prefix?: string) =>
    withRequired({
      ingress: { enabled: true, hosts: [{ host: 'a.example', paths }] },
      config: prefix === undefined ? {} : { GW_PATH_PREFIX: prefix },
    });
  const paths = (values: object) =>
    one(render(values), 'Ingress').spec.rules[0].http.paths.map(({ path }: { path: string }) => path);

  test('are those of the values, else the gateway’s path', () => {
    expect(paths(hosts(['/api', { path: '/graphql' }]))).toEqual(['/api', '/graphql']);
    expect(paths(hosts([], '/ml'))).toEqual(['/ml']);
    expect(paths(hosts(['/ml/api'], '/ml'))).toEqual(['/ml/api']);
  });

  test.each<[string, object, RegExp]>([
    [
      'a path above the gateway’s',
      hosts(['/'], '/ml'),
      /a\.example has the path \/, and the gateway is served below config\.GW_PATH_PREFIX, which is \/ml/,
    ],
    ['a path beside the gateway’s', hosts(['/mlflow'], '/ml'), /has the path \/mlflow/],
    ['exactly one path', hosts([{ path: '/', pathType: 'Exact' }]), /write Prefix/],
    [
      'another backend',
      hosts([{ path: '/', backend: { service: { name: 'mlflow' } } }]),
      /has a backend\. Only the gateway is ever exposed/,
    ],
  ])('%s is refused', (_what, values, message) => {
    expect(refusal(values)).toMatch(message);
  });
});

test.each<[string, object, string]>([
  [
    'a node port without a port on the nodes',
    { service: { nodePort: 30080 } },
    'service.nodePort: is for service.type NodePort',
  ],
  [
    'source ranges without a load balancer',
    { service: { type: 'NodePort', loadBalancerSourceRanges: ['10.0.0.0/8'] } },
    'service.loadBalancerSourceRanges: is for service.type LoadBalancer',
  ],
  [
    'an autoscaler without anything to go by',
    { autoscaling: { enabled: true, targetCPUUtilizationPercentage: null } },
    'autoscaling: needs',
  ],
  [
    'more pods at least than at most',
    { autoscaling: { enabled: true, minReplicas: 20 } },
    'autoscaling.minReplicas: is 20',
  ],
  ['KEDA without triggers', { kedaAutoscaling: { enabled: true } }, 'kedaAutoscaling.triggers: is required'],
  [
    'an authority for an MLflow without TLS',
    { certificateAuthorities: { mlflow: { secret: 's', key: 'k' } } },
    'certificateAuthorities.mlflow: has no use without mlflow.scheme=https',
  ],
  [
    'labels of the chart',
    { podLabels: { 'app.kubernetes.io/component': 'x' } },
    'podLabels: app.kubernetes.io/component is the chart',
  ],
  [
    'the label for injection on the gateway',
    { podLabels: { 'mlflow-gateway.io/inject': 'enabled' } },
    "podLabels: mlflow-gateway.io/inject belongs on MLflow's pods",
  ],
  [
    'a rolling update of one pod that is never beside another',
    { config: { GW_TENANCY: 'tags' }, rollingUpdate: { maxSurge: 2 } },
    'strategy: with config.GW_TENANCY=tags and one pod it is Recreate',
  ],
])('%s is refused', (_what, values, message) => {
  expect(refusal(withRequired(values))).toContain(message);
});
