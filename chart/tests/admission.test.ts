/**
 * The chart on a real API server: what the admission policies do to pods, and whether Kubernetes takes every object.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { parse as parseYaml } from 'yaml';
import { injectPatch, type PatchStep } from '../../src/inject/patch.ts';
import { readPod } from '../../src/inject/pod.ts';
import { readSettings } from '../../src/inject/settings.ts';
import { type ApiServer, ASSETS, startApiServer } from './api-server.ts';
import { CHART, helm, type KubeObject, one, REQUIRED, render } from './helm.ts';
import { barePod, communityPod, mlflowPod, type PodOptions } from './pods.ts';

const RESTRICTED = { 'pod-security.kubernetes.io/enforce': 'restricted' };
/** Kinds of add-ons, which a bare API server does not know. */
const ADDONS = [
  'Certificate',
  'Issuer',
  'HTTPRoute',
  'Route',
  'ServiceMonitor',
  'PodMonitor',
  'PrometheusRule',
];

describe.skipIf(ASSETS === undefined)('on an API server (skipped unless KUBEBUILDER_ASSETS is set)', () => {
  let dir: string;
  let server: ApiServer;

  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), 'api-server-'));
    server = await startApiServer(dir);
    for (const name of ['ml', 'ml-staging', 'mlops', 'by-policy', 'guarded', 'elsewhere', 'before'])
      server.kubectl(['create', '-f', '-'], {
        apiVersion: 'v1',
        kind: 'Namespace',
        metadata: { name, labels: RESTRICTED },
      });
    server.kubectl(['create', 'namespace', 'unrestricted']);
  });

  afterAll(async () => {
    await server?.stop();
    rmSync(dir, { recursive: true, force: true });
  });

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
  ])('Kubernetes takes every object of %s, field by field', (name) => {
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

  /** Variables of MLflow's own container. */
  const ADDED = [
    { name: 'UVICORN_UDS', value: '/run/mlflow/mlflow.sock' },
    // Empty, as an API server has it.
    { name: 'MLFLOW_GUNICORN_OPTS' },
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
      await install('by-policy', values);
      await install('by-policy-unrestricted', values, {});
    });

    const inject = (pod: object) => server.admit(pod, 'by-policy');

    test('gives both containers the port for jobs, which nobody finds from outside', () => {
      const env = [{ name: 'MLFLOW_GATEWAY_URI', value: 'http://elsewhere' }];
      expect(inject(mlflowPod({ container: { env } })).spec.containers[0].env).toEqual([
        ...env,
        ...ADDED.slice(0, 2),
      ]);
      const [gateway] = inject(mlflowPod()).spec.initContainers;
      expect(environment(gateway)).toMatchObject({ GW_JOBS_PORT: '5100' });
      expect(gateway).not.toHaveProperty('ports');
      const taken = mlflowPod({ container: { ports: [{ containerPort: 5000 }, { containerPort: 5100 }] } });
      // Left as it is, and so refused by the guard.
      expect(() => inject(taken)).toThrow('denied request');
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

    test('moves MLflow to the socket, and leaves the rest of its container as it was', () => {
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

    test('comes after init containers of MLflow’s that need no gateway', () => {
      const { initContainers } = inject(communityPod()).spec;
      expect(initContainers.map(({ name }: { name: string }) => name)).toEqual([
        'mlflow-db-migration',
        'mlflow-gateway',
      ]);
    });

    test('does with a pod that says nothing at all', () => {
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
        },
        5000,
        '5000',
      ],
      ['the annotated one', { annotations: { 'mlflow-gateway.io/port': '7000' } }, 7000, '7000,5000'],
    ])('takes over %s, and has all looked at that may be MLflow’s', (_what, options, port, checked) => {
      const [gateway] = inject(mlflowPod(options)).spec.initContainers;
      expect(environment(gateway)).toMatchObject({
        GW_LISTEN_PORT: String(port),
        GW_SIDECAR_CHECK_PORTS: checked,
      });
      expect(gateway.livenessProbe.httpGet.port).toBe(port);
    });

    test.each([
      ['no port', {}, undefined],
      ['those of the pod', { 'mlflow-gateway.io/allowed-ports': '9090, 15020' }, '9090, 15020'],
    ])('lets others have %s', (_what, annotations, allowed) => {
      const [gateway] = inject(mlflowPod({ annotations })).spec.initContainers;
      expect(environment(gateway).GW_SIDECAR_ALLOWED_PORTS).toBe(allowed);
    });

    test('finds MLflow’s container among several, and the annotated one before it', () => {
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
      // Two servers would be one too many.
      const idle = containers.map((container) => ({ ...container, command: ['sleep', '9'] }));
      const annotated = inject(mlflowPod({ annotations, spec: { containers: idle } }));
      expect(envOf(annotated, 'other')).toHaveProperty('UVICORN_UDS');
      expect(envOf(annotated, 'mlflow')).not.toHaveProperty('UVICORN_UDS');
    });

    test('pauses MLflow for at most a third of the pod’s time, unless it has a hook of its own', () => {
      const hook = (options: PodOptions) => inject(mlflowPod(options)).spec.containers[0].lifecycle;
      expect(hook({ spec: { terminationGracePeriodSeconds: 12 } })).toEqual({
        preStop: { sleep: { seconds: 4 } },
      });
      const own = { preStop: { sleep: { seconds: 20 } } };
      expect(hook({ container: { lifecycle: own } })).toEqual(own);
      expect(hook({ spec: { terminationGracePeriodSeconds: 2 } })).toBeUndefined();
    });

    test('gives the gateway a user where the pod’s is root', () => {
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

    test('leaves alone what is not labelled, or elsewhere', () => {
      expect(inject(mlflowPod({ labels: { 'mlflow-gateway.io/inject': 'no' } })).spec).not.toHaveProperty(
        'initContainers',
      );
      expect(server.admit(mlflowPod(), 'elsewhere').spec).not.toHaveProperty('initContainers');
    });

    test.each<[string, () => object]>([
      ['MLflow’s own chart', mlflowPod],
      ['community-charts/mlflow', communityPod],
      ['somebody who says nothing', barePod],
      ['root', () => mlflowPod({ spec: { securityContext: { runAsUser: 0 } } })],
      ['somebody in a hurry', () => mlflowPod({ spec: { terminationGracePeriodSeconds: 9 } })],
    ])('does with a pod of %s what the webhook does', (_whose, pod) => {
      const objects = render(
        { ...values, injection: { method: 'webhook' } },
        { namespace: 'by-policy-unrestricted', release: 'by-policy-unrestricted' },
      );
      const { data } = one(objects, 'ConfigMap', 'by-policy-unrestricted-mlflow-gateway-inject');
      const settings = readSettings(data['settings.json'], 'mlflow-gateway:0.1.0');
      const { patch } = injectPatch(readPod(pod()), settings);
      // Kubernetes fills in the same defaults on either way.
      const byWebhook = server.admit(applied(pod(), patch), 'unrestricted');
      const byPolicy = server.admit(pod(), 'by-policy-unrestricted');
      expect(byPolicy.spec).toEqual(byWebhook.spec);
      expect(byPolicy.metadata.annotations).toEqual(byWebhook.metadata.annotations);
      expect(byPolicy.metadata.labels).toEqual(byWebhook.metadata.labels);
      expect(byPolicy.metadata.labels).toHaveProperty(['mlflow-gateway.io/has-gateway'], 'true');
    });

    test('leaves an injected pod as it is', () => {
      const once = inject(mlflowPod());
      const again = inject({ ...once, metadata: { ...once.metadata, uid: undefined } });
      expect(again.spec).toEqual(once.spec);
    });

    test.each<[string, PodOptions]>([
      ['on the node’s network', { spec: { hostNetwork: true } }],
      [
        'with an annotation for a container that is not there',
        { annotations: { 'mlflow-gateway.io/container': 'x' } },
      ],
      [
        'with ports of which none is MLflow’s',
        {
          container: {
            ports: [
              { name: 'a', containerPort: 1 },
              { name: 'b', containerPort: 2 },
            ],
          },
        },
      ],
      [
        'with a volume where the socket shall be',
        { container: { volumeMounts: [{ name: 'tmp', mountPath: '/run/mlflow' }] } },
      ],
      [
        'that wants MLflow on loopback, which only the webhook can see to',
        { annotations: { 'mlflow-gateway.io/upstream': 'loopback' } },
      ],
    ])('does not let a pod run %s', (_what, options) => {
      expect(() => server.admit(mlflowPod(options), 'by-policy-unrestricted')).toThrow(
        /must run the gateway: it has no container mlflow-gateway/,
      );
    });

    test('does not let a pod run whose port is no number', () => {
      const pod = mlflowPod({ annotations: { 'mlflow-gateway.io/port': 'http' } });
      expect(() => inject(pod)).toThrow(/type conversion error|denied/);
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
      await install('metered', values, {});
    });

    test.each([
      ['MLflow’s own chart', () => mlflowPod(), [port]],
      [
        'somebody who says nothing',
        barePod,
        [{ name: 'mlflow-gateway', containerPort: 5000, protocol: 'TCP' }, port],
      ],
    ])('declares their port in a pod of %s, as the webhook does', (_whose, pod, ports) => {
      const byWebhook = render(
        { ...values, injection: { method: 'webhook' } },
        { namespace: 'metered', release: 'metered' },
      );
      const { data } = one(byWebhook, 'ConfigMap', 'metered-mlflow-gateway-inject');
      const settings = readSettings(data['settings.json'], 'mlflow-gateway:0.1.0');
      const { patch } = injectPatch(readPod(pod()), settings);
      const injected = server.admit(pod(), 'metered');
      expect(injected.spec.initContainers[0].ports).toEqual(ports);
      expect(environment(injected.spec.initContainers[0])).toMatchObject({ GW_METRICS_PORT: '9464' });
      expect(injected.spec).toEqual(server.admit(applied(pod(), patch), 'unrestricted').spec);
    });

    test('leaves a pod alone in which the port is somebody’s, so that the guard refuses it', () => {
      const refused = /must run the gateway: it has no container mlflow-gateway/;
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

  describe('the guard', () => {
    beforeAll(async () => {
      await install('guarded', { mode: 'sidecar', ...REQUIRED, injection: { method: 'none' } });
    });

    const gateway = (more: object = {}) => ({
      name: 'mlflow-gateway',
      image: 'mlflow-gateway:0.1.0',
      restartPolicy: 'Always',
      env: [{ name: 'GW_TARGET_BASE_URL', value: 'unix:/run/mlflow/mlflow.sock' }],
      volumeMounts: [{ name: 'socket', mountPath: '/run/mlflow' }],
      securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
      ...more,
    });
    const onSocket = {
      env: [{ name: 'UVICORN_UDS', value: '/run/mlflow/mlflow.sock' }],
      volumeMounts: [{ name: 'socket', mountPath: '/run/mlflow' }],
    };
    const volumes = [{ name: 'socket', emptyDir: {} }];
    const byHand = (options: PodOptions = {}) =>
      mlflowPod({
        ...options,
        container: { ...onSocket, ...options.container },
        spec: { initContainers: [gateway()], volumes, ...options.spec },
      });
    const admit = (pod: object) => server.admit(pod, 'guarded');

    test('lets a pod run whose sidecar was written by hand', () => {
      expect(admit(byHand()).spec.initContainers).toHaveLength(1);
      const { restartPolicy: _, ...ordinary } = gateway();
      const pod = byHand({ spec: { initContainers: [] } }) as { spec: { containers: object[] } };
      pod.spec.containers.push(ordinary);
      expect(admit(pod).spec.containers).toHaveLength(2);
    });

    test('lets a pod run as the chart’s own notes say to write it, with the port of its metrics', () => {
      const notes = helm(
        ['upgrade', '--install', 'notes', CHART, '--namespace', 'guarded', '--dry-run=server', ...access()],
        {
          mode: 'sidecar',
          ...REQUIRED,
          injection: { method: 'none' },
          metrics: { enabled: true, from: [{ namespaceSelector: {} }] },
        },
      );
      const yaml = /^ {5}podLabels:\n[\s\S]*?\n\n/m.exec(notes)?.[0] ?? '';
      const values = parseYaml(yaml);
      const pod = mlflowPod({
        labels: values.podLabels,
        container: { env: values.env, volumeMounts: values.extraVolumeMounts },
        spec: { initContainers: values.extraInitContainers, volumes: values.extraVolumes },
      });
      const [container] = admit(pod).spec.initContainers;
      expect(environment(container)).toMatchObject({
        GW_LISTEN_PORT: '5000',
        GW_SIDECAR_CHECK_PORTS: '5000',
        GW_METRICS_PORT: '9464',
      });
      expect(container.ports).toEqual([{ name: 'gateway-metrics', containerPort: 9464, protocol: 'TCP' }]);
    });

    test('lets a second MLflow run that stays on loopback, and other commands of MLflow’s', () => {
      const pod = byHand() as { spec: { containers: object[] } };
      const { securityContext } = gateway();
      const beside = (name: string, ...args: string[]) => ({ name, image: 'm:1', args, securityContext });
      pod.spec.containers.push(
        beside('inside', 'mlflow', 'server', '--host', '127.0.0.1', '--port', '5001'),
        beside('cleaner', 'mlflow', 'gc'),
      );
      expect(admit(pod).spec.containers).toHaveLength(3);
      pod.spec.containers.push(beside('second', 'mlflow', 'server', '--port', '5002'));
      expect(() => admit(pod)).toThrow(/A second MLflow would be on the network: the container second runs/);
    });

    test.each<[string, PodOptions, RegExp]>([
      [
        'with options for gunicorn',
        { container: { args: ['--gunicorn-opts', '-b 0.0.0.0:8080'] } },
        /the container mlflow has --gunicorn-opts/,
      ],
      [
        'with another socket in a shell',
        { container: { command: ['sh', '-c', 'mlflow server --uvicorn-opts "--uds /tmp/x"'] } },
        /the container mlflow has --gunicorn-opts/,
      ],
      [
        'with options for gunicorn in a variable',
        { container: { env: [...onSocket.env, { name: 'MLFLOW_GUNICORN_OPTS', value: '-b :8080' }] } },
        /the container mlflow has --gunicorn-opts/,
      ],
      ['without the gateway', { spec: { initContainers: [] } }, /must run the gateway/],
      [
        'with a gateway that ends before MLflow starts',
        { spec: { initContainers: [gateway({ restartPolicy: undefined })] } },
        /must run the gateway/,
      ],
      [
        'with a gateway for another MLflow',
        {
          spec: {
            initContainers: [gateway({ env: [{ name: 'GW_TARGET_BASE_URL', value: 'http://other:5000' }] })],
          },
        },
        /neither a unix: socket nor/,
      ],
      [
        'with a gateway that says nothing of MLflow',
        { spec: { initContainers: [gateway({ env: [] })] } },
        /neither a unix: socket nor/,
      ],
      ['with MLflow on the network', { container: { env: [] } }, /MLflow would be on the network/],
      [
        'with MLflow on another socket',
        { container: { env: [{ name: 'UVICORN_UDS', value: '/tmp/mlflow.sock' }] } },
        /MLflow would be on the network/,
      ],
      [
        'with the socket in a folder that they do not share',
        { container: { volumeMounts: [] } },
        /MLflow would be on the network/,
      ],
      [
        'with the socket in a volume of the node',
        { spec: { volumes: [{ name: 'socket', persistentVolumeClaim: { claimName: 'c' } }] } },
        /no emptyDir at the directory/,
      ],
      [
        'with a gateway that has no volume for it',
        { spec: { initContainers: [gateway({ volumeMounts: [] })] } },
        /no emptyDir at the directory/,
      ],
      [
        'with the gateway on loopback that nobody asked for',
        {
          spec: {
            initContainers: [
              gateway({ env: [{ name: 'GW_TARGET_BASE_URL', value: 'http://127.0.0.1:5000' }] }),
            ],
          },
        },
        /neither a unix: socket nor/,
      ],
    ])('does not let a pod run %s', (_what, options, message) => {
      expect(() => admit(byHand(options))).toThrow(message);
    });

    test('lets MLflow be on loopback where the pod says so, and only there', () => {
      const loopback = (container: object) =>
        byHand({
          annotations: { 'mlflow-gateway.io/upstream': 'loopback' },
          container: { env: [], ...container },
          spec: {
            initContainers: [
              gateway({ env: [{ name: 'GW_TARGET_BASE_URL', value: 'http://127.0.0.1:5000' }] }),
            ],
          },
        });
      const command = ['mlflow', 'server', '--gunicorn-opts', '--log-level=info'];
      const byVariable = { command, env: [{ name: 'MLFLOW_HOST', value: '127.0.0.1' }] };
      expect(admit(loopback(byVariable)).spec.initContainers).toHaveLength(1);
      const byOption = { command: [...command, '--host=127.0.0.1'] };
      expect(admit(loopback(byOption)).spec.initContainers).toHaveLength(1);
      const open = { command: [...command, '--host=0.0.0.0'] };
      expect(() => admit(loopback(open))).toThrow(/no container is told to listen on 127\.0\.0\.1/);
    });

    test('does not let the label be put on a pod afterwards, and lets go of one that had it', () => {
      const { 'mlflow-gateway.io/inject': _, ...plain } = (
        mlflowPod().metadata as { labels: Record<string, string> }
      ).labels;
      const pod = mlflowPod() as { metadata: object };
      pod.metadata = { name: 'late', labels: plain };
      server.kubectl(['create', '-n', 'guarded', '-f', '-'], pod);
      const label = (value: string) =>
        server.kubectl([
          'label',
          'pod',
          'late',
          '-n',
          'guarded',
          '--overwrite',
          `mlflow-gateway.io/inject${value}`,
        ]);
      expect(() => label('=enabled')).toThrow(/must run the gateway/);
      label('=later');
      expect(() => label('=enabled')).toThrow(/must run the gateway/);

      const kept = byHand() as { metadata: { name: string } };
      kept.metadata.name = 'kept';
      server.kubectl(['create', '-n', 'guarded', '-f', '-'], kept);
      server.kubectl(['annotate', 'pod', 'kept', '-n', 'guarded', 'note=x']);
      server.kubectl(['label', 'pod', 'kept', '-n', 'guarded', 'mlflow-gateway.io/inject-']);
    });

    test('does not let a pod that asked before there was a guard pass for one with a gateway', () => {
      const early = mlflowPod() as { metadata: { name: string } };
      early.metadata.name = 'early';
      server.kubectl(['create', '-n', 'before', '-f', '-'], early);
      helm(['upgrade', '--install', 'before', CHART, '--namespace', 'before', ...access()], {
        mode: 'sidecar',
        ...REQUIRED,
        injection: { method: 'none' },
      });
      return vi.waitFor(
        () => {
          const label = ['label', 'pod', 'early', '-n', 'before', '--dry-run=server'];
          expect(() => server.kubectl([...label, 'mlflow-gateway.io/has-gateway=true'])).toThrow(
            /must run the gateway/,
          );
          server.kubectl([...label, 'note=x']);
        },
        { timeout: 15_000, interval: 100 },
      );
    });

    test('has no say over pods of other namespaces', () => {
      expect(server.admit(mlflowPod(), 'elsewhere').spec.containers).toHaveLength(1);
    });
  });

  test('the webhook’s certificate outlives upgrades, and a new one is trusted beside the last', () => {
    const upgrade = () =>
      helm(['upgrade', '--install', 'gw', CHART, '--namespace', 'ml', ...access()], 'sidecar-webhook');
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
    helm(['uninstall', 'gw', '--namespace', 'ml', ...access()]);
  });

  const access = () => ['--kubeconfig', server.kubeconfig];

  /** Installs the chart, and waits until its policies are in force: the API server learns of them by itself. */
  async function install(namespace: string, values: object, labels = RESTRICTED as object): Promise<void> {
    const { method } = (values as { injection?: { method?: string } }).injection ?? {};
    server.kubectl(['apply', '-f', '-'], {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: namespace, labels },
    });
    helm(['upgrade', '--install', namespace, CHART, '--namespace', namespace, ...access()], values);
    const probe = mlflowPod({
      spec: { hostNetwork: false, initContainers: [], volumes: [{ name: 'tmp', emptyDir: {} }] },
    });
    const unwritten = mlflowPod({ annotations: { 'mlflow-gateway.io/container': 'nobody' } });
    const isRefused = (pod: object): boolean => {
      try {
        server.admit(pod, namespace);
        return false;
      } catch {
        return true;
      }
    };
    // The guard, and whoever writes sidecars, come into force each at its own time.
    const inForce = (): boolean =>
      isRefused(unwritten) && (method !== 'admissionPolicy' || !isRefused(probe));
    for (let i = 0; i < 150; i++) {
      if (inForce()) return;
      await sleep(100);
    }
    throw new Error('the policies are not in force after 15 seconds');
  }
});

type Container = { env?: { name: string; value?: string; valueFrom?: object }[] };

/** What a container's variables are, by name. */
function environment({ env = [] }: Container): Record<string, string | object | undefined> {
  return Object.fromEntries(env.map(({ name, value, valueFrom }) => [name, value ?? valueFrom]));
}

/** The object after additions by JSON Patch, which are all that the webhook makes (RFC 6902). */
function applied(object: object, patch: readonly PatchStep[]): object {
  const result = structuredClone(object) as Record<string, unknown>;
  for (const { path, value } of patch) {
    const keys = path
      .slice(1)
      .split('/')
      .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
    const last = keys.pop()!;
    // biome-ignore lint/suspicious/noExplicitAny: whatever is at that place
    const at = keys.reduce((place: any, key) => place[key], result);
    if (last === '-') at.push(structuredClone(value));
    else at[last] = structuredClone(value);
  }
  return result;
}
