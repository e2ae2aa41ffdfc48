import { describe, expect, test } from 'vitest';
import { envOf, inject, PODS, refusal, with1 } from './testing/injected.ts';
import { type ContainerJson, handWritten, officialChart, type PodJson } from './testing/pods.ts';

describe('MLflow’s port', () => {
  test.each(PODS)(
    'of %s: the gateway listens on it, and MLflow’s container still declares it for probes',
    (_, make, name) => {
      const before = make();
      const { mlflow, gateway } = inject(before, {}, name);
      const declared = before.spec.containers.find((c) => c.name === name)!.ports!;
      expect(mlflow.ports).toEqual(declared);
      expect(gateway.ports).toBeUndefined();
      expect(envOf(gateway).GW_LISTEN_PORT).toBe(String(declared[0]!.containerPort));
    },
  );

  const ports = (list: ContainerJson['ports'], args = ['mlflow', 'server']) =>
    with1(officialChart(), {
      command: args,
      ports: list,
      livenessProbe: undefined,
      readinessProbe: undefined,
      startupProbe: undefined,
    });
  const allowing = (list: string, pod: PodJson): PodJson => {
    pod.metadata.annotations = { ...pod.metadata.annotations, 'mlflow-gateway.io/allowed-ports': list };
    return pod;
  };
  const portOf = (pod: PodJson) => envOf(inject(pod).gateway).GW_LISTEN_PORT;

  test('if not declared, it is the configured port or the default, and the gateway declares it', () => {
    expect(portOf(ports([], ['mlflow', 'server', '--port', '5005']))).toBe('5005');
    const pod = ports(undefined);
    expect(portOf(pod)).toBe('5000');
    expect(inject(pod).gateway.ports).toEqual([
      { name: 'mlflow-gateway', containerPort: 5000, protocol: 'TCP' },
    ]);
  });

  test('among several TCP ports it is the one called http or mlflow', () => {
    expect(
      portOf(
        allowing(
          '9100',
          ports([
            { name: 'metrics', containerPort: 9100 },
            { name: 'mlflow', containerPort: 5000 },
          ]),
        ),
      ),
    ).toBe('5000');
    expect(
      portOf(
        ports([
          { name: 'dns', containerPort: 53, protocol: 'UDP' },
          { name: 'web', containerPort: 5000 },
        ]),
      ),
    ).toBe('5000');
  });

  test.each<[string, PodJson, string, string]>([
    [
      'several without such a name',
      ports([{ containerPort: 1 }, { name: 'b', containerPort: 2 }]),
      'has unnamed 1, b 2',
      '1,2',
    ],
    [
      'both names',
      ports([
        { name: 'http', containerPort: 1 },
        { name: 'mlflow', containerPort: 2 },
      ]),
      'Which port',
      '1,2',
    ],
    [
      'declared and configured differently',
      ports([{ containerPort: 1 }], ['mlflow', 'server', '-p', '2']),
      'configured to listen on port 2',
      '1',
    ],
    [
      'configured twice',
      ports([], ['mlflow', 'server', '-p', '2', '--port=3']),
      'several ports, 2 and 3',
      '',
    ],
  ])('is refused with %s, unless an annotation says which', (_, pod, why, others) => {
    expect(refusal(pod)).toContain(why);
    expect(refusal(pod)).toContain('mlflow-gateway.io/port');
    pod.metadata.annotations = { 'mlflow-gateway.io/port': '5000' };
    expect(portOf(allowing(others, pod))).toBe('5000');
  });

  test('the gateway checks every port that MLflow may be configured with', () => {
    const checked = (pod: PodJson) => envOf(inject(pod).gateway).GW_SIDECAR_CHECK_PORTS;
    expect(checked(officialChart())).toBe('5000');
    expect(checked(ports([{ containerPort: 80 }]))).toBe('80,5000');
    const pod = ports([], ['mlflow', 'server', '-p', '2', '--port=3']);
    pod.metadata.annotations = { 'mlflow-gateway.io/port': '8080' };
    expect(checked(pod)).toBe('2,3,8080');
    expect(
      checked(with1(ports([{ containerPort: 7 }]), { env: [{ name: 'MLFLOW_PORT', value: '7' }] })),
    ).toBe('7');
    const hidden = with1(ports([{ containerPort: 80 }]), { command: ['/start.sh'], args: [] });
    expect(checked(hidden)).toBe('80,5000');
    const inShell = handWritten();
    expect(envOf(inject(inShell, {}, 'server').gateway)).toMatchObject({
      GW_LISTEN_PORT: '8080',
      GW_SIDECAR_CHECK_PORTS: '8080',
    });
  });
});

describe('MLflow’s container', () => {
  const two = (): PodJson => {
    const pod = handWritten();
    pod.spec.containers.unshift({ name: 'proxy', image: 'proxy:1' });
    return pod;
  };

  test('is the one with the configured name, at any position', () => {
    const pod = officialChart();
    pod.spec.containers.unshift({ name: 'proxy', image: 'proxy:1' });
    const { mlflow, pod: after } = inject(pod);
    expect(envOf(mlflow)).toHaveProperty('UVICORN_UDS');
    expect(after.spec.containers[0]).toEqual({ name: 'proxy', image: 'proxy:1' });
    expect(envOf(inject(two(), { container: 'server' }, 'server').mlflow)).toHaveProperty('UVICORN_UDS');
  });

  test('must be named if it is ambiguous', () => {
    expect(refusal(two())).toBe(
      'Which container is MLflow’s? None is called mlflow; the pod has proxy, server. Name it by the annotation mlflow-gateway.io/container.'.replace(
        '’',
        "'",
      ),
    );
    const named = two();
    named.metadata.annotations = { 'mlflow-gateway.io/container': 'server' };
    expect(envOf(inject(named, {}, 'server').mlflow)).toHaveProperty('UVICORN_UDS');
    named.metadata.annotations = { 'mlflow-gateway.io/container': 'sever' };
    expect(refusal(named)).toContain("names sever, but the pod's containers are proxy, server");
  });
});
