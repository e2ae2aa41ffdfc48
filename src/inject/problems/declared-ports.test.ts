import { describe, expect, test } from 'vitest';
import { inject, refusal, with1 } from '../testing/injected.ts';
import { type ContainerJson, officialChart, type PodJson } from '../testing/pods.ts';

const beside = (container: Partial<ContainerJson>): PodJson => {
  const pod = officialChart();
  pod.spec.containers.push({ name: 'beside', image: 'other:1', ...container });
  return pod;
};
const declares = (name: string, port: number): string =>
  `The container ${name} declares port ${port}: a server there could be reached without the gateway`;

describe('refuses a declared port that is not allowed', () => {
  test.each<[string, PodJson, string]>([
    ['of another container', beside({ ports: [{ containerPort: 9100 }] }), declares('beside', 9100)],
    [
      'of MLflow’s own',
      with1(officialChart(), {
        ports: [
          { name: 'http', containerPort: 5000 },
          { name: 'metrics', containerPort: 9100 },
        ],
      }),
      declares('mlflow', 9100),
    ],
  ])('%s', (_, pod, why) => {
    expect(refusal(pod)).toContain(why);
    pod.metadata.annotations = { 'mlflow-gateway.io/allowed-ports': '9100' };
    expect(inject(pod).warnings).toEqual([]);
  });

  test('of a sidecar among the init containers, but not of a container that ends', () => {
    const pod = officialChart();
    const ports = [{ containerPort: 9100 }];
    pod.spec.initContainers = [{ name: 'exporter', ports, restartPolicy: 'Always' }];
    expect(refusal(pod)).toContain(declares('exporter', 9100));
    pod.spec.initContainers = [{ name: 'migrate', ports }];
    expect(inject(pod).warnings).toEqual([]);
  });

  test('except UDP ports, and settings that are unreadable or do not check', () => {
    expect(inject(beside({ ports: [{ containerPort: 53, protocol: 'UDP' }] })).warnings).toEqual([]);
    const pod = beside({ ports: [{ containerPort: 9100 }] });
    const valueFrom = { configMapKeyRef: { name: 'a', key: 'b' } };
    for (const variable of [
      { name: 'GW_SIDECAR_CHECK', value: 'ports' },
      { name: 'GW_SIDECAR_ALLOWED_PORTS', valueFrom },
    ])
      expect(inject(pod, { gateway: { env: [variable] } }).warnings).toEqual([]);
  });
});

test('refuses another container with the gateway’s port', () => {
  expect(refusal(beside({ ports: [{ containerPort: 5000 }] }))).toBe(
    'The container beside declares port 5000, at which the gateway listens. Give one of them another port.',
  );
});

describe('a port that the NetworkPolicy does not open', () => {
  const pod = () =>
    with1(officialChart(), {
      command: ['mlflow', 'server', '--host=0.0.0.0', '--port=8080'],
      ports: [{ name: 'http', containerPort: 8080 }],
    });

  test('is refused with the value that opens it', () => {
    expect(refusal(pod(), { openPorts: [5000, 4180] })).toBe(
      "MLflow's port is 8080, but the NetworkPolicy of the gateway's release lets callers reach 5000, 4180 only. Set injection.port=8080 of the gateway's chart, or the port of MLflow to 5000 (community-charts/mlflow: service.containerPort; MLflow's chart: server.value_options.port).",
    );
  });

  test('is accepted if it is open, or the open ports are unknown', () => {
    expect(inject(pod(), { openPorts: [8080] }).warnings).toEqual([]);
    expect(inject(pod()).warnings).toEqual([]);
  });
});
