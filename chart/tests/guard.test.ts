/** The guard on a real API server: no labelled pod runs without its gateway, regardless of the origin of its label. */
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import {
  communityChart,
  gunicornOnLoopback,
  handWritten,
  officialChart,
} from '../../src/inject/testing/pods.ts';
import { byWebhook, type Cluster, startCluster } from './admission.ts';
import { ASSETS } from './api-server.ts';
import { CHART, helm, REQUIRED } from './helm.ts';
import { mlflowPod, type PodOptions } from './pods.ts';

describe.skipIf(ASSETS === undefined)('on an API server (skipped unless KUBEBUILDER_ASSETS is set)', () => {
  let server: Cluster;

  beforeAll(async () => {
    server = await startCluster();
    for (const name of ['elsewhere', 'before']) server.namespace(name);
  });
  afterAll(() => server?.stop());

  describe('the webhook’s result', () => {
    const values = (sidecar: string, method: string) => ({
      mode: 'sidecar',
      ...REQUIRED,
      injection: { method, sidecar },
      networkPolicy: { enabled: false },
      metrics: { enabled: true },
    });

    beforeAll(async () => {
      await server.install('anything', values('native', 'none'), {});
    });

    const allowing = (pod: { metadata: { annotations?: Record<string, string> } }, ports: string) => {
      pod.metadata.annotations = { ...pod.metadata.annotations, 'mlflow-gateway.io/allowed-ports': ports };
      return pod;
    };

    test.each<[string, () => { metadata: object }]>([
      ['MLflow’s own chart', officialChart],
      ['community-charts/mlflow', communityChart],
      ['a hand-written Deployment', handWritten],
      ['MLflow on loopback beside a proxy', () => allowing(gunicornOnLoopback(), '9100')],
    ])('for a pod of %s passes the guard, as a sidecar and as a container', (_whose, make) => {
      for (const sidecar of ['native', 'container']) {
        const pod = make();
        pod.metadata = { ...pod.metadata, name: 'mlflow', namespace: 'anything', generateName: undefined };
        const made = byWebhook(pod, values(sidecar, 'webhook'), 'anything') as {
          spec: { serviceAccountName?: string; containers: object[] };
        };
        delete made.spec.serviceAccountName;
        const { spec } = server.admit(made, 'anything');
        const all = [...spec.containers, ...(spec.initContainers ?? [])];
        expect(all.map(({ name }: { name: string }) => name)).toContain('mlflow-gateway');
      }
    });
  });

  describe('the guard', () => {
    beforeAll(async () => {
      await server.install('guarded', { mode: 'sidecar', ...REQUIRED, injection: { method: 'none' } });
    });

    const gateway = (more: object = {}) => ({
      name: 'mlflow-gateway',
      image: 'mlflow-gateway:0.1.0',
      restartPolicy: 'Always',
      env: [
        { name: 'GW_TARGET_BASE_URL', value: 'unix:/run/mlflow/mlflow.sock' },
        { name: 'GW_LISTEN_PORT', value: '5000' },
      ],
      volumeMounts: [{ name: 'socket', mountPath: '/run/mlflow' }],
      securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
      ...more,
    });
    const at = (url: string) => [
      { name: 'GW_TARGET_BASE_URL', value: url },
      { name: 'GW_LISTEN_PORT', value: '5000' },
    ];
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

    test('admits a pod with a hand-written sidecar', () => {
      expect(admit(byHand()).spec.initContainers).toHaveLength(1);
      const { restartPolicy: _, ...ordinary } = gateway();
      const pod = byHand({ spec: { initContainers: [] } }) as { spec: { containers: object[] } };
      pod.spec.containers.push(ordinary);
      expect(admit(pod).spec.containers).toHaveLength(2);
    });

    test('admits a second MLflow on loopback, and other MLflow commands', () => {
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
        /the container mlflow has --uds, --fd or UVICORN_FD/,
      ],
      [
        'with options for gunicorn in a variable',
        { container: { env: [...onSocket.env, { name: 'MLFLOW_GUNICORN_OPTS', value: '-b :8080' }] } },
        /the container mlflow has MLFLOW_GUNICORN_OPTS/,
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
            initContainers: [gateway({ env: at('http://other:5000') })],
          },
        },
        /neither a unix: socket nor/,
      ],
      [
        'with a gateway without the address of MLflow',
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
        'with the socket in a directory that they do not share',
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
        'with the gateway on loopback without the annotation',
        {
          spec: {
            initContainers: [gateway({ env: at('http://127.0.0.1:5000') })],
          },
        },
        /neither a unix: socket nor/,
      ],
    ])('refuses a pod %s', (_what, options, message) => {
      expect(() => admit(byHand(options))).toThrow(message);
    });

    test('admits MLflow on loopback only with the annotation of the pod', () => {
      const loopback = (container: object) =>
        byHand({
          annotations: { 'mlflow-gateway.io/upstream': 'loopback' },
          container: { env: [], ...container },
          spec: {
            initContainers: [gateway({ env: at('http://127.0.0.1:5000') })],
          },
        });
      const command = ['mlflow', 'server', '--gunicorn-opts', '--log-level=info'];
      const byVariable = { command, env: [{ name: 'MLFLOW_HOST', value: '127.0.0.1' }] };
      expect(admit(loopback(byVariable)).spec.initContainers).toHaveLength(1);
      const byOption = { command: [...command, '--host=127.0.0.1'] };
      expect(admit(loopback(byOption)).spec.initContainers).toHaveLength(1);
      // Options override variables.
      const open = { ...byVariable, command: [...command, '--host=0.0.0.0'] };
      expect(() => admit(loopback(open))).toThrow(
        /no container is configured to listen on 127\.0\.0\.1 only/,
      );
    });

    test('refuses to add the label to an existing pod, and lets it be removed', () => {
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

    test('refuses the label of injected pods on a pod from before the guard', () => {
      const early = mlflowPod() as { metadata: { name: string } };
      early.metadata.name = 'early';
      server.kubectl(['create', '-n', 'before', '-f', '-'], early);
      helm(['upgrade', '--install', 'before', CHART, '--namespace', 'before', ...server.access], {
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

    test('ignores pods of other namespaces', () => {
      expect(server.admit(mlflowPod(), 'elsewhere').spec.containers).toHaveLength(1);
    });
  });
});
