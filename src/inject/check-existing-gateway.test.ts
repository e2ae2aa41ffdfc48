import { describe, expect, test } from 'vitest';
import { injectPatch } from './patch.ts';
import { readPod } from './pod.ts';
import { inject, refusal, settingsOf, with1 } from './testing/injected.ts';
import { type ContainerJson, gunicornOnLoopback, officialChart, type PodJson } from './testing/pods.ts';

describe('a pod with a container mlflow-gateway', () => {
  /** An injected pod with a defect. */
  function broken(
    change: (gateway: ContainerJson, mlflow: ContainerJson, pod: PodJson) => void,
    make = officialChart,
  ) {
    const { pod, gateway } = inject(make());
    change(gateway, pod.spec.containers.find(({ name }) => name === 'mlflow' || name === 'tracking')!, pod);
    return pod;
  }
  const set = (container: ContainerJson, name: string, value: string) => {
    container.env!.find((variable) => variable.name === name)!.value = value;
  };

  test.each<[string, PodJson, string]>([
    [
      'that would never end',
      broken((gateway) => {
        delete gateway.restartPolicy;
      }),
      'without restartPolicy: Always',
    ],
    [
      'in front of something else',
      broken((gateway) => set(gateway, 'GW_TARGET_BASE_URL', 'http://mlflow:5000')),
      'neither',
    ],
    [
      'without an MLflow behind it',
      broken((gateway) => {
        delete gateway.env;
      }),
      'neither',
    ],
    [
      'while MLflow is elsewhere',
      broken((_, mlflow) => set(mlflow, 'UVICORN_UDS', '/tmp/x')),
      'no container has UVICORN_UDS=',
    ],
    [
      'while MLflow is on the network',
      broken((_, mlflow) => {
        delete mlflow.env;
      }),
      'no container has UVICORN_UDS=',
    ],
    [
      'without the volume',
      broken((gateway) => {
        delete gateway.volumeMounts;
      }),
      'do not share an emptyDir at /run/mlflow',
    ],
    [
      'with a directory of the node',
      broken((_, __, pod) => {
        const volume = pod.spec.volumes!.find(({ name }) => name === 'mlflow-gateway-socket')!;
        delete volume.emptyDir;
        volume.hostPath = { path: '/run/mlflow' };
      }),
      'do not share an emptyDir',
    ],
    [
      'while MLflow is not on loopback',
      broken((_, mlflow) => set(mlflow, 'MLFLOW_HOST', '0.0.0.0'), gunicornOnLoopback),
      'no container is configured to listen on 127.0.0.1 only',
    ],
  ])('%s is refused', (_, pod, why) => {
    expect(refusal(pod)).toContain('has a container mlflow-gateway that the webhook cannot leave as it is');
    expect(refusal(pod)).toContain(why);
  });

  test('stays unchanged if the gateway is hand-written', () => {
    const pod = officialChart();
    with1(pod, {
      env: [{ name: 'UVICORN_UDS', value: '/sock/m' }],
      volumeMounts: [{ name: 'sock', mountPath: '/sock' }],
    });
    pod.spec.volumes = [{ name: 'sock', emptyDir: {} }];
    pod.spec.containers.push({
      name: 'mlflow-gateway',
      image: 'mirror.example/gateway:2',
      env: [{ name: 'GW_TARGET_BASE_URL', value: 'unix:/sock/m' }],
      volumeMounts: [{ name: 'sock', mountPath: '/sock' }],
    });
    expect(injectPatch(readPod(pod), settingsOf()).patch).toEqual([]);
  });

  test('is refused if MLflow would reject its requests', () => {
    const hosts = (value: string) => broken((_, mlflow) => set(mlflow, 'MLFLOW_SERVER_ALLOWED_HOSTS', value));
    expect(refusal(hosts('mlflow.example.com'))).toBe(
      "MLflow accepts requests for mlflow.example.com only (MLFLOW_SERVER_ALLOWED_HOSTS), but the gateway sends localhost. Give the gateway GW_UPSTREAM_HOST with a host of that list, or add localhost to it (community-charts/mlflow: ingress.hosts and serverAllowedHosts; MLflow's chart: server.value_options.allowed_hosts).",
    );
    const pod = hosts('mlflow.example.com');
    const gateway = pod.spec.initContainers!.find(({ name }) => name === 'mlflow-gateway')!;
    gateway.env!.push({ name: 'GW_UPSTREAM_HOST', value: 'mlflow.example.com' });
    expect(injectPatch(readPod(pod), settingsOf()).patch).toEqual([]);
  });

  test('is refused on loopback if MLflow accepts only the host without the port', () => {
    const pod = broken(
      (_, mlflow) => set(mlflow, 'MLFLOW_SERVER_ALLOWED_HOSTS', '127.0.0.1'),
      gunicornOnLoopback,
    );
    expect(refusal(pod)).toContain('but the gateway sends 127.0.0.1:5001.');
  });

  describe('is checked by the same rules, as far as it can be read', () => {
    const json = (container: ContainerJson): ContainerJson => container;
    test.each<[string, PodJson, string]>([
      [
        'an auth app',
        broken((_, mlflow) => mlflow.command!.push('--app-name=basic-auth')),
        'its own credentials',
      ],
      [
        'TLS',
        broken((_, mlflow) => mlflow.command!.push('--uvicorn-opts=--ssl-keyfile=/k')),
        'to use TLS itself',
      ],
      [
        'metrics',
        broken((_, mlflow) => mlflow.command!.push('--expose-prometheus=/m')),
        'MLflow exposes /metrics',
      ],
      [
        'a port that is not allowed',
        broken((_, __, pod) =>
          pod.spec.containers.push(json({ name: 'exporter', image: 'x', ports: [{ containerPort: 9100 }] })),
        ),
        'The container exporter declares port 9100',
      ],
      [
        'the socket’s volume in another container',
        broken((_, __, pod) =>
          pod.spec.containers.push(
            json({
              name: 'other',
              image: 'x',
              volumeMounts: [{ name: 'mlflow-gateway-socket', mountPath: '/elsewhere' }],
            }),
          ),
        ),
        "The container other mounts the volume mlflow-gateway-socket, in which MLflow's socket is",
      ],
      [
        'a proxy that shares loopback',
        broken(
          (_, __, pod) => pod.spec.containers.push(json({ name: 'oauth2-proxy', image: 'x' })),
          gunicornOnLoopback,
        ),
        'The container oauth2-proxy would reach MLflow at 127.0.0.1:5001',
      ],
    ])('%s', (_, pod, why) => expect(refusal(pod)).toContain(why));

    test('a port that the NetworkPolicy does not open', () => {
      const pod = inject(officialChart()).pod;
      expect(refusal(pod, { openPorts: [8080] })).toContain("MLflow's port is 5000, but");
    });

    test('leaves unreadable values to the gateway itself', () => {
      const pod = broken((gateway, _, all) => {
        gateway.envFrom = [{ configMapRef: { name: 'gateway' } }];
        gateway.env = gateway.env!.filter(({ name }) => name !== 'GW_LISTEN_PORT');
        all.spec.containers.push(json({ name: 'exporter', image: 'x', ports: [{ containerPort: 9100 }] }));
      });
      expect(injectPatch(readPod(pod), settingsOf()).patch).toEqual([]);
    });
  });
});
