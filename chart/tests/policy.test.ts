/** The MutatingAdmissionPolicy on a real API server: its changes to pods equal those of the webhook. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { byWebhook, type Cluster, environment, sorted, startCluster } from './admission.ts';
import { ASSETS } from './api-server.ts';
import { type KubeObject, REQUIRED } from './helm.ts';
import { barePod, communityPod, jobPod, mlflowPod, type PodOptions, served } from './pods.ts';

describe.skipIf(ASSETS === undefined)('on an API server (skipped unless KUBEBUILDER_ASSETS is set)', () => {
  let server: Cluster;

  beforeAll(async () => {
    server = await startCluster();
    for (const name of ['elsewhere']) server.namespace(name);
    server.kubectl(['create', 'namespace', 'unrestricted']);
  });
  afterAll(() => server?.stop());

  /** Variables of MLflow's own container. */
  const ADDED = [
    { name: 'UVICORN_UDS', value: '/run/mlflow/mlflow.sock' },
    // Empty, as on an API server.
    { name: 'MLFLOW_GUNICORN_OPTS' },
    { name: 'MLFLOW_SERVER_ALLOWED_HOSTS', value: 'localhost' },
    { name: 'MLFLOW_GATEWAY_URI', value: 'http://127.0.0.1:5100' },
  ];

  describe('the MutatingAdmissionPolicy', () => {
    const values = {
      mode: 'sidecar',
      ...REQUIRED,
      injection: { method: 'admissionPolicy' },
      policy: { roles: {} },
      certificateAuthorities: { provider: { configMap: 'ca', key: 'ca.crt' } },
      configFrom: { GW_JWKS_JSON: { secret: 'jwks', key: 'jwks.json' } },
      image: { pullSecrets: [{ name: 'registry' }] },
    };

    beforeAll(async () => {
      await server.install('by-policy', values);
      await server.install('by-policy-unrestricted', values, {});
      // Without a NetworkPolicy, so that pods may use any port.
      await server.install('any-port', { ...values, networkPolicy: { enabled: false } });
    });

    const inject = (pod: object) => server.admit(pod, 'by-policy');

    test('gives both containers the port for jobs, which is not reachable from outside', () => {
      const env = [{ name: 'MLFLOW_GATEWAY_URI', value: 'http://elsewhere' }];
      expect(inject(mlflowPod({ container: { env } })).spec.containers[0].env).toEqual([
        ...env,
        ...ADDED.slice(0, 3),
      ]);
      const [gateway] = inject(mlflowPod()).spec.initContainers;
      expect(environment(gateway)).toMatchObject({ GW_JOBS_PORT: '5100' });
      expect(gateway).not.toHaveProperty('ports');
      const taken = mlflowPod({
        container: { ports: [{ name: 'http', containerPort: 5000 }, { containerPort: 5100 }] },
      });
      expect(() => inject(taken)).toThrow(
        /would serve its metrics or jobs of MLflow .* at a port that the container mlflow declares/,
      );
    });

    test('adds the gateway to a pod of MLflow’s own chart', () => {
      const pod = inject(mlflowPod());
      const [gateway] = pod.spec.initContainers;
      expect(gateway).toMatchObject({
        name: 'mlflow-gateway',
        image: 'mlflow-gateway:0.1.0',
        restartPolicy: 'Always',
        args: ['serve'],
        startupProbe: { httpGet: { path: '/healthz', port: 5000 } },
        readinessProbe: { httpGet: { path: '/readyz', port: 5000 } },
        securityContext: { runAsNonRoot: true, readOnlyRootFilesystem: true },
        lifecycle: { preStop: { exec: { command: expect.arrayContaining(['drain']) } } },
      });
      expect(gateway).not.toHaveProperty('ports');
      expect(environment(gateway)).toMatchObject({
        GW_TARGET_BASE_URL: 'unix:/run/mlflow/mlflow.sock',
        GW_UPSTREAM_SOCKET_CLEANUP: 'true',
        GW_LISTEN_PORT: '5000',
        GW_SIDECAR_CHECK_PORTS: '5000',
        GW_OIDC_AUDIENCE: 'mlflow',
        GW_RBAC_POLICY_FILE: '/etc/mlflow-gateway/policy/policy.json',
        NODE_EXTRA_CA_CERTS: '/etc/mlflow-gateway/provider-ca/ca.crt',
        GW_JWKS_JSON: { secretKeyRef: { name: 'jwks', key: 'jwks.json' } },
      });
      expect(pod.spec.volumes.map(({ name }: { name: string }) => name)).toEqual([
        'tmp',
        'mlflow-gateway-socket',
        'mlflow-gateway-policy',
        'mlflow-gateway-provider-ca',
      ]);
      expect(pod.spec.imagePullSecrets).toEqual([{ name: 'registry' }]);
      expect(pod.metadata.annotations).toMatchObject({ 'mlflow-gateway.io/injected': 'native' });
    });

    test('moves MLflow to the socket, and leaves the rest of its container unchanged', () => {
      const [before] = (mlflowPod().spec as { containers: KubeObject[] }).containers;
      const [after] = inject(mlflowPod()).spec.containers;
      expect(after.env).toEqual([...before!.env, ...ADDED]);
      expect(after.volumeMounts).toEqual([
        ...before!.volumeMounts,
        { name: 'mlflow-gateway-socket', mountPath: '/run/mlflow' },
      ]);
      expect(after.lifecycle).toEqual({ preStop: { sleep: { seconds: 10 } } });
      for (const field of ['command', 'image', 'ports', 'securityContext'])
        expect(after[field]).toEqual(before![field]);
      expect(after.livenessProbe.httpGet).toMatchObject({ path: '/health', port: 'http' });
    });

    test('adds the gateway after MLflow’s init containers, which need no gateway', () => {
      const { initContainers } = inject(communityPod()).spec;
      expect(initContainers.map(({ name }: { name: string }) => name)).toEqual([
        'mlflow-db-migration',
        'mlflow-gateway',
      ]);
    });

    test('injects a minimal pod', () => {
      const injected = server.admit(barePod(), 'by-policy-unrestricted');
      const [gateway] = injected.spec.initContainers;
      expect(gateway.ports).toEqual([{ name: 'mlflow-gateway', containerPort: 5000, protocol: 'TCP' }]);
      expect(injected.spec.containers[0].env).toEqual(ADDED);
    });

    test.each<[string, PodOptions, number, string]>([
      ['its only port', { container: { ports: [{ name: 'web', containerPort: 8080 }] } }, 8080, '8080,5000'],
      [
        'the one with the usual name',
        {
          container: {
            ports: [
              { name: 'metrics', containerPort: 9090 },
              { name: 'http', containerPort: 5000 },
            ],
          },
          annotations: { 'mlflow-gateway.io/allowed-ports': '9090' },
        },
        5000,
        '5000',
      ],
      [
        'the annotated one',
        {
          annotations: { 'mlflow-gateway.io/port': '7000', 'mlflow-gateway.io/allowed-ports': '5001' },
          container: { ports: [{ containerPort: 5001 }, { containerPort: 7000 }] },
        },
        7000,
        '7000,5000',
      ],
      [
        'the port of its command line, if it declares none',
        {
          container: {
            ports: [],
            command: ['mlflow', 'server', '-p', '8080'],
            livenessProbe: undefined,
            readinessProbe: undefined,
          },
        },
        8080,
        '8080,5000',
      ],
    ])('takes over %s, and checks all ports that MLflow may use', (_what, options, port, checked) => {
      const [gateway] = server.admit(mlflowPod(options), 'any-port').spec.initContainers;
      expect(environment(gateway)).toMatchObject({
        GW_LISTEN_PORT: String(port),
        GW_SIDECAR_CHECK_PORTS: checked,
      });
      expect(gateway.livenessProbe.httpGet.port).toBe(port);
    });

    test.each([
      ['no port', {}, undefined],
      ['those of the pod', { 'mlflow-gateway.io/allowed-ports': '9090, 15020' }, '9090, 15020'],
    ])('allows other containers %s', (_what, annotations, allowed) => {
      const [gateway] = inject(mlflowPod({ annotations })).spec.initContainers;
      expect(environment(gateway).GW_SIDECAR_ALLOWED_PORTS).toBe(allowed);
    });

    test('finds MLflow’s container among several, and prefers the annotated one', () => {
      const other = {
        name: 'other',
        image: 'example.com/other:1',
        securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
      };
      const containers = [other, ...(mlflowPod().spec as { containers: object[] }).containers];
      const named = inject(mlflowPod({ spec: { containers } }));
      const envOf = (pod: KubeObject, name: string) =>
        environment(pod.spec.containers.find((container: KubeObject) => container.name === name));
      expect(envOf(named, 'mlflow')).toHaveProperty('UVICORN_UDS');
      expect(envOf(named, 'other')).not.toHaveProperty('UVICORN_UDS');
      const annotations = { 'mlflow-gateway.io/container': 'other' };
      // A second server would be refused.
      const idle = containers.map((container) => ({ ...container, command: ['sleep', '9'], ports: [] }));
      const annotated = inject(mlflowPod({ annotations, spec: { containers: idle } }));
      expect(envOf(annotated, 'other')).toHaveProperty('UVICORN_UDS');
      expect(envOf(annotated, 'mlflow')).not.toHaveProperty('UVICORN_UDS');
    });

    test('pauses MLflow for at most a third of the grace period, unless it has its own hook', () => {
      const hook = (options: PodOptions) => inject(mlflowPod(options)).spec.containers[0].lifecycle;
      expect(hook({ spec: { terminationGracePeriodSeconds: 12 } })).toEqual({
        preStop: { sleep: { seconds: 4 } },
      });
      const own = { preStop: { sleep: { seconds: 20 } } };
      expect(hook({ container: { lifecycle: own } })).toEqual(own);
      expect(hook({ spec: { terminationGracePeriodSeconds: 2 } })).toBeUndefined();
    });

    test('gives the gateway a user if the pod’s user is root', () => {
      const root = (user: number) =>
        server.admit(
          mlflowPod({
            spec: { securityContext: { runAsUser: user } },
          }),
          'by-policy-unrestricted',
        ).spec.initContainers[0].securityContext;
      expect(root(0).runAsUser).toBe(65532);
      expect(root(1000)).not.toHaveProperty('runAsUser');
    });

    test('ignores unlabelled pods and pods of other namespaces', () => {
      expect(inject(mlflowPod({ labels: { 'mlflow-gateway.io/inject': 'no' } })).spec).not.toHaveProperty(
        'initContainers',
      );
      expect(server.admit(mlflowPod(), 'elsewhere').spec).not.toHaveProperty('initContainers');
    });

    test.each<[string, () => object]>([
      ['MLflow’s own chart', mlflowPod],
      ['community-charts/mlflow', communityPod],
      ['a minimal Deployment', barePod],
      ['root', () => mlflowPod({ spec: { securityContext: { runAsUser: 0 } } })],
      ['a short grace period', () => mlflowPod({ spec: { terminationGracePeriodSeconds: 9 } })],
      ['an Ingress’s host', () => served('--allowed-hosts=mlflow.example.com,*.svc')],
      ['an Ingress’s host and this one', () => served('--allowed-hosts=mlflow.example.com,localhost')],
      ['a pattern', () => served('--allowed-hosts', '*.example.com')],
      ['a path', () => served('--static-prefix=/ml')],
    ])('changes a pod of %s like the webhook', (_whose, pod) => {
      // Kubernetes adds the same defaults in both cases.
      const webhook = server.admit(byWebhook(pod(), values, 'by-policy-unrestricted'), 'unrestricted');
      const policy = server.admit(pod(), 'by-policy-unrestricted');
      expect(sorted(policy)).toEqual(sorted(webhook));
      expect(policy.metadata.annotations).toEqual(webhook.metadata.annotations);
      expect(policy.metadata.labels).toEqual(webhook.metadata.labels);
      expect(policy.metadata.labels).toHaveProperty(['mlflow-gateway.io/has-gateway'], 'true');
    });

    test.each<[string, () => object, object, object]>([
      ['none: localhost', mlflowPod, { MLFLOW_SERVER_ALLOWED_HOSTS: 'localhost' }, {}],
      ['one with localhost', () => served('--allowed-hosts=a.example, localhost'), {}, {}],
      [
        'one of names',
        () => served('--allowed-hosts=a.example,b.example'),
        {},
        { GW_UPSTREAM_HOST: 'a.example' },
      ],
      [
        'a name behind a pattern',
        () => served('--allowed-hosts=*.example,b.example'),
        {},
        { GW_UPSTREAM_HOST: 'b.example' },
      ],
      ['all', () => served('--allowed-hosts=*'), {}, {}],
      [
        'one in its variable',
        () =>
          mlflowPod({ container: { env: [{ name: 'MLFLOW_SERVER_ALLOWED_HOSTS', value: 'a.example' }] } }),
        { MLFLOW_SERVER_ALLOWED_HOSTS: 'a.example' },
        { GW_UPSTREAM_HOST: 'a.example' },
      ],
    ])('chooses a host for MLflow and the gateway, with the list %s', (_list, pod, mlflow, gateway) => {
      const { containers, initContainers } = inject(pod()).spec;
      expect(environment(containers[0]).MLFLOW_SERVER_ALLOWED_HOSTS).toBe(
        (mlflow as Record<string, string>).MLFLOW_SERVER_ALLOWED_HOSTS,
      );
      expect(environment(initContainers[0]).GW_UPSTREAM_HOST).toBe(
        (gateway as Record<string, string>).GW_UPSTREAM_HOST,
      );
    });

    test('gives MLflow’s path prefix to the gateway', () => {
      const { initContainers } = inject(served('--static-prefix=/ml')).spec;
      expect(environment(initContainers[0])).toMatchObject({
        GW_UPSTREAM_PATH_PREFIX: '/ml',
        GW_PATH_PREFIX: '/ml',
      });
    });

    test('leaves only pods unchanged that end and run no server', () => {
      expect(
        inject(jobPod('mlflow', 'db', 'upgrade', '--uri', '$(MLFLOW_BACKEND_STORE_URI)')).spec,
      ).not.toHaveProperty('initContainers');
      expect(inject(jobPod('mlflow', 'gc')).spec).not.toHaveProperty('initContainers');
      for (const command of [
        ['mlflow', 'server'],
        ['sh', '-c', 'mlflow db upgrade x; mlflow server'],
        ['sh', '-c', 'mlflow db upgrade x & gunicorn app'],
        ['python', 'serve.py'],
      ])
        expect(() => inject(jobPod(...command))).toThrow(/restartPolicy other than Always, as those of Jobs/);
    });

    test('leaves an injected pod unchanged', () => {
      const once = inject(mlflowPod());
      const again = inject({ ...once, metadata: { ...once.metadata, uid: undefined } });
      expect(again.spec).toEqual(once.spec);
    });

    test.each<[string, PodOptions, RegExp]>([
      ['on the node’s network', { spec: { hostNetwork: true } }, /cannot have hostNetwork/],
      [
        'with a port annotation that is not a number',
        { annotations: { 'mlflow-gateway.io/port': 'http' } },
        /io\/port must be a port number, from 1 to 65535/,
      ],
      [
        'with an annotation for a missing container',
        { annotations: { 'mlflow-gateway.io/container': 'x' } },
        /must run the gateway.*names x, but the pod's containers are mlflow\./,
      ],
      [
        'with several ports, none of them clearly MLflow’s',
        {
          container: {
            ports: [
              { name: 'a', containerPort: 1 },
              { name: 'b', containerPort: 2 },
            ],
          },
        },
        /Which port is MLflow's\?/,
      ],
      [
        'with a volume at the directory of the socket',
        { container: { volumeMounts: [{ name: 'tmp', mountPath: '/run/mlflow/' }] } },
        /mlflow has something mounted at \/run\/mlflow/,
      ],
      [
        'that requests MLflow on loopback, which only the webhook supports',
        { annotations: { 'mlflow-gateway.io/upstream': 'loopback' } },
        /is loopback, which the admission policy does not support: use the webhook/,
      ],
    ])('refuses a pod %s', (_what, options, why) => {
      expect(() => server.admit(mlflowPod(options), 'by-policy-unrestricted')).toThrow(why);
    });
  });

  describe('the MutatingAdmissionPolicy, with metrics', () => {
    const from = [{ namespaceSelector: {} }];
    const values = {
      mode: 'sidecar',
      ...REQUIRED,
      injection: { method: 'admissionPolicy' },
      metrics: { enabled: true, from },
    };
    const port = { name: 'gateway-metrics', containerPort: 9464, protocol: 'TCP' };

    beforeAll(async () => {
      await server.install('metered', values, {});
    });

    test.each([
      ['MLflow’s own chart', () => mlflowPod(), [port]],
      [
        'a minimal Deployment',
        barePod,
        [{ name: 'mlflow-gateway', containerPort: 5000, protocol: 'TCP' }, port],
      ],
    ])('declares their port in a pod of %s, like the webhook', (_whose, pod, ports) => {
      const injected = server.admit(pod(), 'metered');
      expect(injected.spec.initContainers[0].ports).toEqual(ports);
      expect(environment(injected.spec.initContainers[0])).toMatchObject({ GW_METRICS_PORT: '9464' });
      expect(sorted(injected)).toEqual(
        sorted(server.admit(byWebhook(pod(), values, 'metered'), 'unrestricted')),
      );
    });

    test('refuses a pod with another container at the metrics port', () => {
      const refused =
        /at a port that the container exporter declares|at a port that the container mlflow declares/;
      const ports = [{ name: 'http', containerPort: 9464 }];
      expect(() => server.admit(mlflowPod({ container: { ports } }), 'metered')).toThrow(refused);
      const exporter = {
        name: 'exporter',
        image: 'example.com/exporter:1',
        ports: [{ containerPort: 9464 }],
      };
      const sidecar = { ...exporter, restartPolicy: 'Always' };
      expect(() => server.admit(mlflowPod({ spec: { initContainers: [sidecar] } }), 'metered')).toThrow(
        refused,
      );
    });
  });
});
