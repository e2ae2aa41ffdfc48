/**
 * The chart's lookups in a cluster during an install: MLflow's Service, its pods, other NetworkPolicies that open them, and the
 * remaining steps. On a real API server; nothing runs the pods.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Cluster, startCluster } from './admission.ts';
import { ASSETS } from './api-server.ts';
import { CHART, helm, KUBERNETES, REQUIRED } from './helm.ts';

/** A Service with a Deployment and its pods, with the labels and names of a chart. */
interface Mlflow {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Default: the entries of `labels` that charts select by. */
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

/** MLflow's own chart, release `mlflow`. */
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

/** The chart community-charts/mlflow, release `mlflow`. */
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

const within = (item: object, namespace: string): object => {
  const { metadata, ...rest } = item as { metadata: object };
  return { ...rest, metadata: { ...metadata, namespace } };
};

const networkPolicy = (name: string, spec: object, labels: object = {}) => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  metadata: { name, labels },
  spec,
});

/** Renders with lookups in the cluster. `helm template` does not read its version. */
const DRY = ['--dry-run=server', '--kube-version', KUBERNETES];

describe.skipIf(ASSETS === undefined)('with a cluster (skipped unless KUBEBUILDER_ASSETS is set)', () => {
  let server: Cluster;
  let count = 0;

  beforeAll(async () => {
    server = await startCluster();
  });
  afterAll(() => server?.stop());

  /** Creates a namespace with these objects. */
  function namespace(...items: object[]): string {
    const name = `ns-${++count}`;
    server.kubectl(
      ['create', '-f', '-'],
      [
        { apiVersion: 'v1', kind: 'Namespace', metadata: { name } },
        ...items.map((item) => within(item, name)),
      ],
    );
    return name;
  }
  const run = (args: readonly string[], ns: string, values: object = {}) =>
    helm([...args, CHART, '--namespace', ns, ...server.access], values);
  const install = (ns: string, values: object = REQUIRED) => run(['upgrade', '--install', 'gw'], ns, values);
  /** The objects that helm would install, and the notes. */
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

  describe('finds MLflow’s Service', () => {
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
    ])('%s: with its port, the port of its pods, and its selector', (_what, mlflow, url, selector) => {
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
      expect(notes).toContain(`Closed by the NetworkPolicy ${ns}/gw-mlflow-gateway-mlflow`);
      expect(notes).toContain(mlflow.pods === 0 ? 'There are none yet' : `Pods now (1): ${mlflow.name}-0.`);
    });
  });

  test('missing values about MLflow are listed at once, by name', () => {
    const none = namespace(...objects({ name: 'web', labels: { app: 'web' }, ports: [{ port: 80 }] }));
    expect(refused(() => install(none))).toContain(
      `mlflow.service: no Service in the namespace ${none} is that of an MLflow`,
    );
    expect(refused(() => install(none))).toContain('The Services there: web');
    const two = namespace(...objects(official()), ...objects(community({ name: 'second' })));
    expect(refused(() => install(two))).toContain(
      `several Services in the namespace ${two} are those of an MLflow: mlflow-mlflow, second.`,
    );
    expect(dry(two, { ...REQUIRED, mlflow: { service: 'second' } })).toContain(`http://second.${two}.svc:80`);
    const typo = { ...REQUIRED, mlflow: { service: 'mlfow', port: 5000, podLabels: { app: 'mlflow' } } };
    expect(refused(() => install(two, typo))).toContain(
      `there is no Service mlfow in the namespace ${two}. Those of an MLflow there: mlflow-mlflow, second`,
    );
    const all = refused(() =>
      install(two, { mlflow: { service: 'second', port: 1, podLabels: { app: 'x' } } }),
    );
    for (const problem of [
      "mlflow.port: MLflow's Service second has no port 1. It has 80 (http)",
      'mlflow.podLabels: {"app":"x"} does not select all pods of MLflow\'s Service second',
      'config.GW_OIDC_ISSUER: is required',
    ])
      expect(all).toContain(problem);
  });

  test('a future MLflow is accepted with all of its values', () => {
    const ns = namespace();
    const mlflow = { service: 'later', port: 80, podPort: 5000, podLabels: { app: 'later' } };
    const notes = install(ns, { ...REQUIRED, mlflow });
    expect(notes).toContain(`There is no Service later in the namespace ${ns} yet`);
    expect(notes).toContain('There are none yet. They are closed when they start.');
    expect(lock(ns).podSelector.matchLabels).toEqual({ app: 'later' });
    expect(refused(() => install(namespace(), { ...REQUIRED, mlflow: { service: 'later' } }))).toMatch(
      /mlflow.port: is required[\s\S]*mlflow.podLabels: is required/,
    );
  });

  describe('an MLflow that would stay open or unreachable is refused', () => {
    const values = (mlflow: object, more: object = {}) => ({ ...REQUIRED, mlflow, ...more });
    const outside = (spec: object): Mlflow => official({ selector: null, pods: 0, service: spec, ports: [] });
    test.each<[string, object[], object, string]>([
      [
        'labels that select none of its pods',
        objects(official()),
        values({ podLabels: { app: 'mlflow' } }),
        'choose among the labels that the pods have (mlflow-mlflow-0): {"app.kubernetes.io/instance":"mlflow","app.kubernetes.io/name":"mlflow"}',
      ],
      [
        'labels that select none of the pods to come',
        objects(official({ pods: 0 })),
        values({ podLabels: { app: 'mlflow' } }),
        'mlflow.podLabels: {"app":"mlflow"} does not select all pods',
      ],
      [
        'labels that leave one of its pods out',
        [...objects(official()), pod('canary', OFFICIAL_SELECTOR)],
        values({ podLabels: { ...OFFICIAL_SELECTOR, 'pod-template-hash': 'other' } }),
        'does not select all pods',
      ],
      [
        'a Service that leads out of the cluster',
        objects(outside({ type: 'ExternalName', externalName: 'mlflow.example.com' })),
        values({ port: 443, podPort: 443, scheme: 'https' }),
        'the Service mlflow-mlflow has no selector (ExternalName), so a NetworkPolicy cannot close its pods',
      ],
      [
        'a Service that leads out of the cluster, with labels of no pod',
        objects(outside({ type: 'ExternalName', externalName: 'mlflow.example.com' })),
        values({ port: 443, podPort: 443, scheme: 'https', podLabels: { app: 'nobody' } }),
        'mlflow.podLabels: {"app":"nobody"} selects no pod',
      ],
      [
        'pods on the node’s network',
        objects(official({ spec: { hostNetwork: true }, pods: 0 })),
        REQUIRED,
        'have hostNetwork, to which NetworkPolicies do not apply',
      ],
      [
        'a port with a certificate, without the scheme',
        objects(official({ ports: [{ name: 'https', port: 5000, targetPort: 'http' }] })),
        REQUIRED,
        "mlflow.scheme: the port 5000 of MLflow's Service mlflow-mlflow is https. Set mlflow.scheme=https",
      ],
      [
        'several ports of unknown names',
        objects(
          official({
            ports: [
              { name: 'a', port: 1000 },
              { name: 'b', port: 2000 },
            ],
          }),
        ),
        REQUIRED,
        "mlflow.port: MLflow's Service mlflow-mlflow has the ports 1000 (a), 2000 (b). Set it",
      ],
      [
        'a named port without a declaration',
        objects(official({ portName: 'web' })),
        REQUIRED,
        'leads to the port named http, which no pod and no Deployment or StatefulSet behind it declares',
      ],
      [
        'another port of the pods than the Service’s',
        objects(official()),
        values({ podPort: 8080 }),
        "mlflow.podPort: is 8080, and MLflow's Service mlflow-mlflow leads to port 5000",
      ],
      [
        'hosts of an Ingress, by option',
        objects(official({ args: ['--allowed-hosts=ml.example.com,*.example.org'] })),
        REQUIRED,
        'MLflow accepts requests for ml.example.com,*.example.org only (--allowed-hosts or MLFLOW_SERVER_ALLOWED_HOSTS of its mlflow-mlflow), and the gateway would send localhost. Set mlflow.host=ml.example.com',
      ],
      [
        'hosts of an Ingress, all of them patterns',
        objects(official({ env: [{ name: 'MLFLOW_SERVER_ALLOWED_HOSTS', value: '*.example.com:*' }] })),
        REQUIRED,
        'Set mlflow.host=mlflow-gateway.example.com:80',
      ],
      [
        'hosts of an Ingress, in the ConfigMap of the community chart',
        [
          {
            apiVersion: 'v1',
            kind: 'ConfigMap',
            metadata: { name: 'env' },
            data: { MLFLOW_SERVER_ALLOWED_HOSTS: 'ml.example.com' },
          },
          ...objects(community({ envFrom: [{ configMapRef: { name: 'env' } }] })),
        ],
        REQUIRED,
        'Set mlflow.host=ml.example.com',
      ],
      [
        'an app with users of its own',
        objects(community({ args: ['--app-name=basic-auth'] })),
        REQUIRED,
        'MLflow requires its own credentials (--app-name basic-auth): turn that off',
      ],
    ])('%s', (_what, items, given, message) => {
      const ns = namespace(...items);
      expect(refused(() => install(ns, given))).toContain(message);
      expect(server.kubectl(['get', 'networkpolicies,configmaps', '-n', ns, '-o', 'name'])).not.toContain(
        'gw-mlflow-gateway',
      );
    });

    test('the values that the messages name are accepted', () => {
      const hosts = namespace(
        ...objects(official({ args: ['--allowed-hosts', 'ml.example.com,localhost:*'] })),
      );
      for (const host of ['ml.example.com', 'localhost:80'])
        expect(dry(hosts, values({ host }))).toContain(`GW_UPSTREAM_HOST: "${host}"`);
      const away = namespace(
        ...objects(outside({ type: 'ExternalName', externalName: 'mlflow.example.com' })),
      );
      const open = { networkPolicy: { enabled: false } };
      const notes = dry(away, values({ port: 443, scheme: 'https' }, open));
      expect(notes).toContain(
        "NOT CLOSED: networkPolicy.enabled=false. Anyone who reaches MLflow's pods, or its host",
      );
      expect(notes).not.toContain('kind: NetworkPolicy');
    });
  });

  describe('another NetworkPolicy', () => {
    const ports = [{ protocol: 'TCP', port: 5000 }];
    const everybody = { podSelector: { matchLabels: OFFICIAL_SELECTOR }, ingress: [{ ports }] };

    test.each<[string, object, string]>([
      [
        'of MLflow’s own chart',
        networkPolicy(
          'mlflow-mlflow',
          {
            podSelector: { matchLabels: OFFICIAL_SELECTOR },
            policyTypes: ['Ingress', 'Egress'],
            ingress: [{ ports, from: [{ podSelector: {} }, { namespaceSelector: {} }] }],
          },
          official().labels,
        ),
        'port 5000 to {"podSelector":{}}, {"namespaceSelector":{}}. Set networkPolicy.enabled=false in the values of MLflow\'s chart',
      ],
      ['to everybody', networkPolicy('wide', everybody), 'port 5000 to everybody. Delete it, or have it'],
      [
        'on all pods and ports',
        networkPolicy('wide', { podSelector: {}, ingress: [{}] }),
        'port all to everybody',
      ],
      [
        'of another port that may lead to MLflow',
        networkPolicy('wide', { podSelector: {}, ingress: [{ ports: [{ port: 4000, endPort: 4999 }] }] }),
        'port 4000-4999 to everybody',
      ],
      [
        'by expressions',
        networkPolicy('wide', {
          podSelector: {
            matchExpressions: [
              { key: 'app.kubernetes.io/name', operator: 'In', values: ['mlflow', 'x'] },
              { key: 'closed', operator: 'DoesNotExist' },
              { key: 'app.kubernetes.io/instance', operator: 'NotIn', values: ['other'] },
              { key: 'pod-template-hash', operator: 'Exists' },
            ],
          },
          ingress: [{ ports }],
        }),
        'port 5000 to everybody',
      ],
      [
        'to gateways of any namespace, because any user may label a pod',
        networkPolicy('wide', {
          podSelector: {},
          ingress: [
            {
              ports,
              from: [
                {
                  namespaceSelector: {},
                  podSelector: { matchLabels: { 'app.kubernetes.io/name': 'mlflow-gateway' } },
                },
              ],
            },
          ],
        }),
        'port 5000 to {"namespaceSelector":{},"podSelector"',
      ],
      [
        'to a gateway and another peer',
        networkPolicy('wide', {
          podSelector: {},
          ingress: [
            {
              ports,
              from: [
                { podSelector: { matchLabels: { 'app.kubernetes.io/name': 'mlflow-gateway' } } },
                { podSelector: { matchLabels: { app: 'friend' } } },
              ],
            },
          ],
        }),
        'port 5000 to {"podSelector":{"matchLabels":{"app":"friend"}}}',
      ],
    ])('%s is refused with a remedy', (_what, policy, message) => {
      const ns = namespace(...objects(official()), policy);
      const { name } = (policy as { metadata: { name: string } }).metadata;
      expect(refused(() => install(ns))).toContain(
        `networkPolicy: the NetworkPolicy ${ns}/${name} opens MLflow's pods too, and policies add up: ${message}`,
      );
      const accepted = dry(ns, { ...REQUIRED, networkPolicy: { acceptedPolicies: [name] } });
      expect(accepted).toContain(`NOT CLOSED: the NetworkPolicy ${name} opens the same pods`);
      expect(dry(ns, { mode: 'sidecar', ...REQUIRED })).toContain('Closed by the NetworkPolicy');
    });

    test.each<[string, object]>([
      ['of other pods', networkPolicy('p', { podSelector: { matchLabels: { app: 'x' } }, ingress: [{}] })],
      ['of egress only', networkPolicy('p', { podSelector: {}, policyTypes: ['Egress'], egress: [{}] })],
      ['that closes', networkPolicy('p', { podSelector: {}, policyTypes: ['Ingress'] })],
      [
        'of UDP',
        networkPolicy('p', { podSelector: {}, ingress: [{ ports: [{ protocol: 'UDP', port: 5000 }] }] }),
      ],
      [
        'for another gateway',
        networkPolicy('p', {
          podSelector: {},
          ingress: [
            {
              ports,
              from: [
                {
                  namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'ml' } },
                  podSelector: { matchLabels: { 'app.kubernetes.io/name': 'mlflow-gateway' } },
                },
              ],
            },
          ],
        }),
      ],
    ])('%s is none of this', (_what, policy) => {
      const notes = dry(namespace(...objects(official()), policy));
      expect(notes).toContain('Closed by the NetworkPolicy');
      expect(notes).not.toContain('NOT CLOSED');
    });
  });

  describe('an upgrade', () => {
    const replaced = (ns: string, kind: string, name: string, patch: object) =>
      server.kubectl(['patch', kind, name, '-n', ns, '--type=merge', '-p', JSON.stringify(patch)]);

    test('keeps the MLflow of the release if another one appears', () => {
      const ns = namespace(...objects(official()));
      install(ns);
      server.kubectl(['create', '-n', ns, '-f', '-'], objects(community({ name: 'new' })));
      install(ns);
      expect(target(ns)).toBe(`http://mlflow-mlflow.${ns}.svc:5000`);
      expect(lock(ns).podSelector.matchLabels).toEqual(OFFICIAL_SELECTOR);
    });

    test('does not switch to another MLflow if its own disappears', () => {
      const ns = namespace(...objects(official()));
      install(ns);
      server.kubectl(['delete', 'service', 'mlflow-mlflow', '-n', ns]);
      expect(refused(() => install(ns))).toContain(
        `there is no Service mlflow-mlflow in the namespace ${ns}`,
      );
      server.kubectl(
        ['create', '-n', ns, '-f', '-'],
        objects(community({ name: 'new', labels: { app: 'mlflow' } })),
      );
      expect(refused(() => install(ns))).toContain('Those of an MLflow there: new');
      expect(lock(ns).podSelector.matchLabels).toEqual(OFFICIAL_SELECTOR);
      const notes = install(ns, { ...REQUIRED, mlflow: { service: 'new' } });
      expect(notes).toContain(
        `Before this upgrade the gateway ran in front of mlflow-mlflow, with pods ${JSON.stringify({ 'app.kubernetes.io/instance': 'mlflow', 'app.kubernetes.io/name': 'mlflow' })}. This release no longer closes them.`,
      );
      expect(lock(ns).podSelector.matchLabels).toEqual({ app: 'mlflow' });
    });

    test('keeps the closed pods when a selector changes', () => {
      const ns = namespace(...objects(official()));
      install(ns);
      replaced(ns, 'service', 'mlflow-mlflow', { spec: { selector: { 'app.kubernetes.io/name': null } } });
      expect(refused(() => install(ns))).toContain(
        'mlflow.podLabels: this release closes pods with {"app.kubernetes.io/instance":"mlflow","app.kubernetes.io/name":"mlflow"}, and MLflow\'s Service mlflow-mlflow now selects {"app.kubernetes.io/instance":"mlflow"}.',
      );
      expect(lock(ns).podSelector.matchLabels).toEqual(OFFICIAL_SELECTOR);
      install(ns, { ...REQUIRED, mlflow: { podLabels: { 'app.kubernetes.io/instance': 'mlflow' } } });
      expect(lock(ns).podSelector.matchLabels).toEqual({ 'app.kubernetes.io/instance': 'mlflow' });
    });

    test('follows a changed port of the same Service and pods', () => {
      const ns = namespace(...objects(official()));
      install(ns);
      const ports = [{ name: 'http', port: 8080, targetPort: 5001 }];
      replaced(ns, 'service', 'mlflow-mlflow', { spec: { ports } });
      install(ns);
      expect(target(ns)).toBe(`http://mlflow-mlflow.${ns}.svc:8080`);
      expect(lock(ns).ingress[0].ports).toEqual([{ protocol: 'TCP', port: 5001 }]);
    });

    test('keeps the values of the release; without any it is refused, and removes nothing', () => {
      const ns = namespace(...objects(official()));
      install(ns);
      run(['upgrade', 'gw'], ns);
      expect(target(ns)).toBe(`http://mlflow-mlflow.${ns}.svc:5000`);
      const issuer = 'config.GW_OIDC_ISSUER: is required';
      expect(refused(() => run(['upgrade', 'gw', '--reset-values'], ns))).toContain(issuer);
      // Like a pipeline that renders, applies and prunes.
      expect(refused(() => run(['template', 'gw', ...DRY], ns))).toContain(issuer);
      expect(lock(ns).podSelector.matchLabels).toEqual(OFFICIAL_SELECTOR);
    });

    test('from standalone to sidecars is refused while the release closes MLflow, and otherwise accepted', () => {
      const ns = namespace(...objects(official()));
      install(ns);
      const sidecar = { mode: 'sidecar', ...REQUIRED };
      expect(refused(() => install(ns, sidecar))).toContain(
        `mode: this release runs in mode standalone and closes the pods {"app.kubernetes.io/instance":"mlflow","app.kubernetes.io/name":"mlflow"} in ${ns}`,
      );
      expect(lock(ns).podSelector.matchLabels).toEqual(OFFICIAL_SELECTOR);
      install(ns, { ...REQUIRED, networkPolicy: { enabled: false } });
      expect(install(ns, sidecar)).toContain('The gateway is added to pods');
    });
  });

  describe('without any values', () => {
    test.each<[string, Mlflow, readonly string[]]>([
      [
        'MLflow’s own chart',
        official(),
        [
          "upgrade mlflow <MLflow's chart> --reuse-values --set 'server.flag_options={enable_workspaces}'",
          '--set-string podLabels.mlflow-gateway\\\\.io/inject=enabled',
          'Service     mlflow-mlflow, which selects pods with {"app.kubernetes.io/instance":"mlflow","app.kubernetes.io/name":"mlflow"}',
          "Deployment  mlflow-mlflow, installed by MLflow's own chart (mlflow-0.1.0, release mlflow)",
        ],
      ],
      [
        'the community chart',
        community(),
        [
          "upgrade mlflow <MLflow's chart> --reuse-values --set 'extraFlags={enableWorkspaces}'",
          '--set-string extraPodLabels.mlflow-gateway\\\\.io/inject=enabled',
          'Deployment  mlflow, installed by community-charts/mlflow (mlflow-1.11.5, release mlflow)',
        ],
      ],
      [
        'an unknown chart',
        { name: 'mlflow', labels: { app: 'mlflow' }, ports: [{ port: 5000 }] },
        [
          'edit deployment/mlflow   # mlflow server ... --enable-workspaces',
          'patch deployment mlflow -p',
          'Deployment  mlflow, installed by hand or by another chart',
        ],
      ],
    ])(
      'an MLflow of %s: nothing is created, and the notes list the remaining steps',
      (_what, mlflow, parts) => {
        const ns = namespace(...objects(mlflow));
        const notes = run(['install', 'gw'], ns);
        expect(helm(['get', 'manifest', 'gw', '-n', ns, ...server.access]).trim()).toBe('');
        expect(helm(['get', 'hooks', 'gw', '-n', ns, ...server.access]).trim()).toBe('');
        expect(notes).toContain('NOTHING HAS CHANGED YET');
        for (const part of parts) expect(notes).toContain(part);
        expect(notes.indexOf('--enable-workspaces')).toBeLessThan(notes.indexOf('GW_OIDC_ISSUER'));
        expect(notes.indexOf('GW_OIDC_ISSUER')).toBeLessThan(notes.indexOf('--set mode=sidecar'));
        // And then, as they say.
        install(ns);
        expect(lock(ns).podSelector.matchLabels).toBeDefined();
      },
    );

    test('names the workspaces of an MLflow in another namespace', () => {
      const ns = namespace(...objects(official({ args: ['--enable-workspaces'] })));
      const notes = run(['install', 'gw'], namespace(), { mlflow: { namespace: ns } });
      expect(notes).toContain('MLflow runs with --enable-workspaces: each tenant gets a workspace.');
      expect(notes).toContain(`--set mlflow.namespace=${ns}`);
      expect(notes).toContain(`--set 'injection.namespaces={${ns}}'`);
    });

    test('is refused without an MLflow, without a cluster, or with a single value', () => {
      expect(refused(() => run(['install', 'gw'], namespace()))).toMatch(
        /config.GW_OIDC_ISSUER: is required|no Service in the namespace/,
      );
      const ns = namespace(...objects(official()));
      expect(refused(() => run(['install', 'gw'], ns, { replicas: 3 }))).toContain('config.GW_OIDC_ISSUER');
      expect(refused(() => run(['template', 'gw', '--kube-version', '1.34.0'], ns))).toContain(
        'mlflow.service: is required where Helm cannot look it up',
      );
    });
  });

  describe('the notes', () => {
    test('name the detected strategy and the requirements of the other', () => {
      const plain = namespace(...objects(official()));
      expect(dry(plain)).toMatch(
        /Strategy: tags, because MLflow \(deployment\/mlflow-mlflow\)[\s\S]*flag_options/,
      );
      const tenancy = (GW_TENANCY: string) => ({ config: { ...REQUIRED.config, GW_TENANCY } });
      expect(dry(plain, tenancy('workspaces'))).toContain(
        'the gateway is not ready until MLflow has workspaces',
      );
      expect(dry(plain, tenancy('tags'))).toContain('Strategy: tags, set by config.GW_TENANCY.');
      const env = [{ name: 'MLFLOW_ENABLE_WORKSPACES', value: 'true' }];
      for (const more of [{ env }, { args: ['--enable-workspaces'] }])
        expect(dry(namespace(...objects(official(more))))).toContain('Strategy: workspaces, because MLflow');
      const off = official({ env, args: ['--disable-workspaces'] });
      expect(dry(namespace(...objects(off)))).toContain('Strategy: tags');
    });

    test('of sidecars name the MLflows of all their namespaces', () => {
      const first = namespace(
        ...objects(official()),
        ...objects({ name: 'web', labels: { app: 'web' }, ports: [{ port: 80 }] }),
      );
      const second = namespace(...objects(community({ name: 'tracking', args: ['--enable-workspaces'] })));
      const notes = dry(first, { mode: 'sidecar', ...REQUIRED, injection: { namespaces: [first, second] } });
      for (const part of [
        `helm -n ${first} upgrade mlflow <MLflow's chart> --reuse-values --set-string podLabels.mlflow-gateway`,
        `helm -n ${second} upgrade mlflow <MLflow's chart> --reuse-values --set-string extraPodLabels.mlflow-gateway`,
        `kubectl -n ${first} rollout restart deployment/mlflow-mlflow`,
        `kubectl -n ${second} rollout restart deployment/tracking`,
        `In ${first}, deployment/mlflow-mlflow:\nStrategy: tags`,
        `In ${second}, deployment/tracking:\nStrategy: workspaces`,
      ])
        expect(notes).toContain(part);
      expect(notes).not.toContain('deployment/web');
      expect(notes).toContain(`In ${first} no pod has it yet.`);
    });

    test('of sidecars name labelled pods without a gateway', () => {
      const inject = { 'mlflow-gateway.io/inject': 'enabled' };
      const ns = namespace(
        pod('old', inject),
        pod('new', { ...inject, 'mlflow-gateway.io/has-gateway': 'true' }),
        pod('other', { app: 'x' }),
      );
      const notes = dry(ns, { mode: 'sidecar', ...REQUIRED, networkPolicy: { sidecarPorts: [4180] } });
      expect(notes).toContain('pods with that label, except port 5000, 4180, open to every pod and address.');
      expect(notes).toContain(`Pods now in ${ns} (2): new, old.`);
      expect(notes).toContain('NOT BEHIND A GATEWAY: old.');
    });

    test('name closed pods that are not MLflow’s, and a Service that is open to the internet', () => {
      const service = { type: 'NodePort' };
      const ns = namespace(
        ...objects(official({ service })),
        pod('db', { 'app.kubernetes.io/instance': 'mlflow' }),
      );
      const notes = dry(ns, {
        ...REQUIRED,
        mlflow: { podLabels: { 'app.kubernetes.io/instance': 'mlflow' } },
      });
      expect(notes).toContain('Pods now (2): db, mlflow-mlflow-0.');
      expect(notes).toContain("Not behind MLflow's Service, but closed too: db.");
      expect(notes).toContain("MLflow's Service mlflow-mlflow is of the type NodePort.");
    });

    test('name the first ten pods', () => {
      expect(dry(namespace(...objects(official({ pods: 12 }))))).toMatch(
        /Pods now \(12\): (\S+, ){9}\S+ and 2 more\./,
      );
    });
  });

  test('Helm refuses without the right to list objects, and needs no such right with all values set', () => {
    const ns = namespace(...objects(official()));
    const as = ['template', 'gw', ...DRY, '--kube-as-user', 'limited'];
    const groups = ['--kube-as-group', 'system:authenticated'];
    expect(refused(() => run([...as, ...groups], ns, REQUIRED))).toMatch(
      /services is forbidden: User "limited"/,
    );
    const mlflow = { lookup: false, service: 'mlflow-mlflow', port: 5000, podLabels: OFFICIAL_SELECTOR };
    expect(run([...as, ...groups], ns, { ...REQUIRED, mlflow })).toContain(
      `http://mlflow-mlflow.${ns}.svc:5000`,
    );
    expect(refused(() => run([...as, ...groups], ns, { ...REQUIRED, mlflow: { lookup: false } }))).toMatch(
      /mlflow.service: is required[\s\S]*mlflow.port: is required[\s\S]*mlflow.podLabels: is required/,
    );
  });
});
