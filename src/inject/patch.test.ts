import { describe, expect, test } from 'vitest';
import { loadConfig } from '../config/load.ts';
import { injectPatch } from './patch.ts';
import { readPod } from './pod.ts';
import { readSettings } from './settings.ts';
import { applyPatch } from './testing/apply.ts';
import {
  type ContainerJson,
  communityChart,
  gunicornOnLoopback,
  handWritten,
  officialChart,
  type PodJson,
} from './testing/pods.ts';

const settings = (json: object = {}) => readSettings(JSON.stringify(json), 'gateway:1');

interface Injected {
  readonly pod: PodJson;
  readonly mlflow: ContainerJson;
  readonly gateway: ContainerJson;
  readonly warnings: readonly string[];
}

function inject(pod: PodJson, json: object = {}, name = 'mlflow'): Injected {
  const { patch, warnings } = injectPatch(readPod(pod), settings(json));
  const result = applyPatch(pod, patch);
  const { initContainers = [], containers } = result.spec;
  const find = (wanted: string) => [...initContainers, ...containers].find((c) => c.name === wanted)!;
  return { pod: result, mlflow: find(name), gateway: find('mlflow-gateway'), warnings };
}

const envOf = ({ env = [] }: ContainerJson): Record<string, unknown> =>
  Object.fromEntries(env.map(({ name, value, valueFrom }) => [name, value ?? valueFrom]));

function refusal(pod: PodJson, json: object = {}): string {
  try {
    injectPatch(readPod(pod), settings(json));
  } catch (error) {
    expect((error as Error).name).toBe('Refusal');
    return (error as Error).message;
  }
  throw new Error('was not refused');
}

/** The pod with its first container changed. */
function with1(pod: PodJson, change: Partial<ContainerJson>): PodJson {
  Object.assign(pod.spec.containers[0]!, change);
  return pod;
}

const all: [string, () => PodJson, string][] = [
  ['the official chart', officialChart, 'mlflow'],
  ['community-charts/mlflow', communityChart, 'mlflow'],
  ['a hand-written pod', handWritten, 'server'],
  ['gunicorn on loopback', gunicornOnLoopback, 'tracking'],
];

describe.each(all)('%s', (_, make, name) => {
  test('is found by the Services of those that have a gateway', () => {
    const { pod } = inject(make(), {}, name);
    expect(pod.metadata.labels).toEqual({
      ...make().metadata.labels,
      'mlflow-gateway.io/has-gateway': 'true',
    });
  });

  test.each(['native', 'container'])('as %s: whatever was there still is', (sidecar) => {
    const before = make();
    const { pod: after, mlflow } = inject(before, { sidecar }, name);
    const original = before.spec.containers.find((c) => c.name === name)!;
    const without = (list: readonly { name: string }[] = [], names: readonly string[]) =>
      list.filter((item) => !names.includes(item.name));
    expect({
      ...mlflow,
      env: without(mlflow.env, ['UVICORN_UDS', 'MLFLOW_GUNICORN_OPTS', 'MLFLOW_HOST']),
      volumeMounts: without(mlflow.volumeMounts, ['mlflow-gateway-socket']),
      lifecycle: undefined,
    }).toEqual({
      ...original,
      env: original.env ?? [],
      volumeMounts: original.volumeMounts ?? [],
      lifecycle: undefined,
    });
    const mine = ['mlflow-gateway', 'mlflow-gateway-socket', name];
    expect(without(after.spec.containers, mine)).toEqual(without(before.spec.containers, mine));
    expect(without(after.spec.initContainers, mine)).toEqual(before.spec.initContainers ?? []);
    expect(without(after.spec.volumes, mine)).toEqual(before.spec.volumes ?? []);
    const { containers: _a, initContainers: _b, volumes: _c, ...rest } = after.spec;
    const { containers: _d, initContainers: _e, volumes: _f, ...same } = before.spec;
    expect(rest).toEqual(same);
    expect(after.metadata).toMatchObject(before.metadata);
  });

  test('is left alone when it comes again', () => {
    for (const sidecar of ['native', 'container']) {
      const podAnnotations = { 'mlflow-gateway.io/config-checksum': '0c4f' };
      const { pod } = inject(make(), { sidecar, podAnnotations });
      for (const again of ['native', 'container']) {
        expect(injectPatch(readPod(pod), settings({ sidecar: again })).patch).toEqual([]);
      }
    }
  });
});

describe('MLflow moves to a socket', () => {
  test.each(all.slice(0, 3))('in %s', (_, make, name) => {
    const { pod, mlflow, gateway } = inject(make(), {}, name);
    expect(envOf(mlflow).UVICORN_UDS).toBe('/run/mlflow/mlflow.sock');
    const mount = { name: 'mlflow-gateway-socket', mountPath: '/run/mlflow' };
    expect(mlflow.volumeMounts).toContainEqual(mount);
    expect(gateway.volumeMounts).toContainEqual(mount);
    expect(pod.spec.volumes).toContainEqual({ name: 'mlflow-gateway-socket', emptyDir: {} });
    expect(envOf(gateway)).toMatchObject({
      GW_TARGET_BASE_URL: 'unix:/run/mlflow/mlflow.sock',
      GW_UPSTREAM_SOCKET_CLEANUP: 'true',
    });
    expect(envOf(gateway)).not.toHaveProperty('GW_LISTEN_HOST');
  });

  test('wherever the settings want it, in memory if they do', () => {
    const socket = { directory: '/var/run/ml', medium: 'Memory' };
    const { pod, mlflow, gateway } = inject(officialChart(), { socket });
    expect(envOf(mlflow).UVICORN_UDS).toBe('/var/run/ml/mlflow.sock');
    expect(envOf(gateway).GW_TARGET_BASE_URL).toBe('unix:/var/run/ml/mlflow.sock');
    expect(pod.spec.volumes).toContainEqual({
      name: 'mlflow-gateway-socket',
      emptyDir: { medium: 'Memory' },
    });
    expect(mlflow.volumeMounts!.at(-1)!.mountPath).toBe('/var/run/ml');
  });

  test('the variable is not given twice', () => {
    const env = [
      { name: 'UVICORN_UDS', value: '/run/mlflow/mlflow.sock' },
      { name: 'MLFLOW_GUNICORN_OPTS', value: '' },
    ];
    expect(inject(with1(officialChart(), { env })).mlflow.env).toEqual(env);
  });

  test.each<[string, Partial<ContainerJson>, string]>([
    [
      'another socket of its own',
      { env: [{ name: 'UVICORN_UDS', value: '/tmp/x' }] },
      'sets UVICORN_UDS, and not to',
    ],
    [
      'a socket from somewhere',
      { env: [{ name: 'UVICORN_UDS', valueFrom: { configMapKeyRef: { name: 'a', key: 'b' } } }] },
      'sets UVICORN_UDS',
    ],
    ['the same name by substitution', { env: [{ name: 'UVICORN_UDS', value: '$(A)' }] }, 'sets UVICORN_UDS'],
    ['a socket as an option', { args: ['--uvicorn-opts', '--uds /tmp/x'] }, 'told by --uds or --fd'],
    [
      'a socket in its variable',
      { env: [{ name: 'MLFLOW_UVICORN_OPTS', value: '--fd=3' }] },
      'told by --uds or --fd',
    ],
    ['a socket in one word', { args: ['--uvicorn-opts=--uds /tmp/x'] }, 'told by --uds or --fd'],
    ['a descriptor', { env: [{ name: 'UVICORN_FD', value: '3' }] }, 'told by --uds or --fd'],
    ['gunicorn', { args: ['--gunicorn-opts=--timeout 5'] }, 'is given --gunicorn-opts'],
    [
      'gunicorn by variable',
      { env: [{ name: 'MLFLOW_GUNICORN_OPTS', value: '--timeout 5' }] },
      'is given MLFLOW_GUNICORN_OPTS,',
    ],
    [
      'gunicorn by a variable from elsewhere',
      { env: [{ name: 'MLFLOW_GUNICORN_OPTS', valueFrom: { configMapKeyRef: { name: 'a', key: 'b' } } }] },
      'is given MLFLOW_GUNICORN_OPTS,',
    ],
    [
      'gunicorn that binds',
      { args: ['--gunicorn-opts', '-b 0.0.0.0:8080 --timeout 5'] },
      'is given --gunicorn-opts (which binds 0.0.0.0:8080), so its server',
    ],
    [
      'gunicorn that binds by variable, shortened',
      { env: [{ name: 'MLFLOW_GUNICORN_OPTS', value: '--bin=:8080' }] },
      'is given MLFLOW_GUNICORN_OPTS (which binds :8080)',
    ],
    [
      'gunicorn called itself',
      { command: ['gunicorn'], args: ['-b0.0.0.0:5000', 'mlflow.server:app'] },
      'is run by gunicorn (which binds 0.0.0.0:5000)',
    ],
    [
      'a command line that takes the socket away',
      { command: ['env', '-u', 'UVICORN_UDS', 'mlflow', 'server'] },
      'sets or removes UVICORN_UDS',
    ],
    [
      'a shell that gives gunicorn options',
      { command: ['sh', '-c', 'export MLFLOW_GUNICORN_OPTS="-b 0.0.0.0:8080" && mlflow server'] },
      'sets or removes MLFLOW_GUNICORN_OPTS',
    ],
    ['waitress', { args: ['--waitress-opts', 'x'] }, 'is given --waitress-opts'],
    ['TLS of its own', { args: ['--uvicorn-opts=--ssl-keyfile=/k --ssl-certfile=/c'] }, 'speak TLS itself'],
    ['TLS by variable', { env: [{ name: 'UVICORN_SSL_KEYFILE', value: '/k' }] }, 'speak TLS itself'],
    [
      'two prefixes',
      { args: ['mlflow', 'server', '--static-prefix=/a', '--static-prefix', '/b'] },
      'several times',
    ],
    [
      'a prefix from elsewhere',
      { args: ['mlflow', 'server', '--static-prefix=$(PREFIX)'] },
      'must start with a slash',
    ],
    [
      'a prefix that is encoded',
      { env: [{ name: 'MLFLOW_STATIC_PREFIX', value: '/%6d' }] },
      'must be letters, digits',
    ],
    [
      'a probe that has lost its prefix',
      {
        args: ['mlflow', 'server', '--static-prefix=/ml'],
        readinessProbe: { httpGet: { path: '/health', port: 'http' } },
      },
      'Use /ml/health.',
    ],
    [
      'a volume in the way',
      { volumeMounts: [{ name: 'tmp', mountPath: '/run/mlflow/' }] },
      'mounted at /run/mlflow',
    ],
  ])('refused with %s', (_, change, why) => {
    expect(refusal(with1(officialChart(), change))).toContain(why);
  });
});

test('no options for gunicorn are left to images, envFrom or env files: only uvicorn has the socket', () => {
  const { mlflow } = inject(communityChart());
  expect(mlflow.env).toContainEqual({ name: 'MLFLOW_GUNICORN_OPTS', value: '' });
});

describe('MLflow stays on loopback where an annotation says so', () => {
  test('told by its variable, its own port and arguments as they are', () => {
    const { mlflow, gateway, pod } = inject(gunicornOnLoopback(), {}, 'tracking');
    expect(envOf(mlflow)).toEqual({ MLFLOW_HOST: '127.0.0.1' });
    expect(envOf(gateway)).toMatchObject({
      GW_TARGET_BASE_URL: 'http://127.0.0.1:5001',
      GW_LISTEN_HOST: { fieldRef: { fieldPath: 'status.podIP' } },
      GW_LISTEN_PORT: '5001',
    });
    expect(envOf(gateway)).not.toHaveProperty('GW_UPSTREAM_SOCKET_CLEANUP');
    expect(pod.spec.volumes).toBeUndefined();
    expect(gateway.volumeMounts).toBeUndefined();
  });

  test.each([
    [['mlflow', 'server', '--host', '127.0.0.1', '--port', '5001'], 'http://127.0.0.1:5001'],
    [['mlflow', 'server', '-h', 'localhost', '-p', '5001'], 'http://127.0.0.1:5001'],
    [['mlflow', 'server', '--host=::1', '--port=5001'], 'http://[::1]:5001'],
    [['python', '-m', 'mlflow', 'server', '-h127.0.0.1', '-p5001'], 'http://127.0.0.1:5001'],
    [['mlflow', '--env-file', '/x', 'ui', '-h', '127.0.0.1', '-p', '5001'], 'http://127.0.0.1:5001'],
    [
      ['mlflow', 'server', '-h', '127.0.0.1', '-p', '5001', '--gunicorn-opts', '-b 127.0.0.1:1 --backlog 9'],
      'http://127.0.0.1:5001',
    ],
  ])('or by its arguments %j', (args, address) => {
    const pod = gunicornOnLoopback();
    Object.assign(pod.spec.containers[1]!, { args });
    const { mlflow, gateway } = inject(pod, {}, 'tracking');
    expect(mlflow.env).toBeUndefined();
    expect(envOf(gateway).GW_TARGET_BASE_URL).toBe(address);
  });

  test('callers keep their port where MLflow has another', () => {
    const pod = gunicornOnLoopback();
    pod.metadata.annotations!['mlflow-gateway.io/port'] = '80';
    const { gateway } = inject(pod, {}, 'tracking');
    expect(envOf(gateway)).toMatchObject({
      GW_TARGET_BASE_URL: 'http://127.0.0.1:5001',
      GW_LISTEN_PORT: '80',
      GW_SIDECAR_CHECK_PORTS: '80,5001',
    });
  });

  test.each<[string, Partial<ContainerJson>, string]>([
    [
      'told to be open',
      { args: ['mlflow', 'server', '--host', '0.0.0.0', '--port', '5001'] },
      'listen on 0.0.0.0 by',
    ],
    ['open by its variable', { env: [{ name: 'MLFLOW_HOST', value: '::' }] }, 'listen on :: by'],
    [
      'told who knows what',
      { env: [{ name: 'MLFLOW_HOST', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } }] },
      'listen on ? by',
    ],
    [
      'a port from a variable',
      { args: ['mlflow', 'server', '--port', '$(PORT)'] },
      'cannot be told on which port',
    ],
    [
      'told by its own options to bind more',
      { args: ['mlflow', 'server', '-p', '5001', '--gunicorn-opts', '--timeout 5 -b 0.0.0.0:8080'] },
      'told to bind 0.0.0.0:8080 as well',
    ],
    [
      'bound in one word',
      { args: ['mlflow', 'server', '-p', '5001', '--gunicorn-opts=-Rb[::]:8080'] },
      'told to bind [::]:8080 as well',
    ],
    [
      'bound by MLflow’s variable',
      { env: [{ name: 'MLFLOW_GUNICORN_OPTS', value: '--bind=10.0.0.1' }] },
      'told to bind 10.0.0.1 as well',
    ],
    [
      'bound by gunicorn’s variable',
      { env: [{ name: 'GUNICORN_CMD_ARGS', value: '--bind :80' }] },
      'told to bind :80 as well',
    ],
    [
      'bound by waitress',
      { args: ['mlflow', 'server', '--waitress-opts', '--listen=*:8080'] },
      'told to bind *:8080 as well',
    ],
    [
      'given options from elsewhere',
      { env: [{ name: 'MLFLOW_GUNICORN_OPTS', valueFrom: { configMapKeyRef: { name: 'a', key: 'b' } } }] },
      "MLFLOW_GUNICORN_OPTS of MLflow's container cannot be read",
    ],
    [
      'run by a gunicorn that is not told where',
      { args: ['gunicorn', 'mlflow.server:app'] },
      'gunicorn is not told where to listen',
    ],
    [
      'two servers, one of them open',
      { args: ['sh', '-c', 'mlflow server -h 127.0.0.1 & mlflow server --host 0.0.0.0'] },
      'listen on 0.0.0.0',
    ],
    [
      'on a socket',
      { env: [{ name: 'UVICORN_UDS', value: '/run/mlflow/mlflow.sock' }] },
      'listen on a socket',
    ],
  ])('refused when %s', (_, change, why) => {
    const pod = gunicornOnLoopback();
    Object.assign(pod.spec.containers[1]!, change);
    expect(refusal(pod)).toContain(why);
  });
});

describe('other containers', () => {
  const beside = (container: Partial<ContainerJson>): PodJson => {
    const pod = officialChart();
    pod.spec.containers.push({ name: 'beside', image: 'other:1', ...container });
    return pod;
  };

  test.each<[string, Partial<ContainerJson>]>([
    ['mlflow server', { command: ['mlflow', 'server', '--host', '0.0.0.0', '--port', '5001'] }],
    ['mlflow server, with an address from elsewhere', { command: ['mlflow', 'server', '--host', '$(HOST)'] }],
    ['mlflow server, not told where', { args: ['python3', '-m', 'mlflow', 'ui'] }],
    ['mlflow server in a shell', { command: ['sh', '-c', 'sleep 1; exec mlflow server -h 0.0.0.0'] }],
    [
      'options for gunicorn',
      { command: ['mlflow', 'server', '-h', '127.0.0.1', '--gunicorn-opts', '-b :8080'] },
    ],
    ['gunicorn itself', { command: ['gunicorn', '-b', ':8080', 'mlflow.server:app'] }],
    ['uvicorn itself', { command: ['uvicorn', 'mlflow.server.fastapi_app:app', '--host', '0.0.0.0'] }],
    ['the command of MLflow’s image', { image: 'ghcr.io/mlflow/mlflow:v3.17.2-full' }],
  ])('that run MLflow are refused: %s', (_, container) => {
    expect(refusal(beside(container))).toContain('The container beside runs MLflow as well');
  });

  test('as are sidecars among the init containers', () => {
    const pod = officialChart();
    const command = ['mlflow', 'server', '--host', '0.0.0.0'];
    pod.spec.initContainers = [{ name: 'second', command, restartPolicy: 'Always' }];
    expect(refusal(pod)).toContain('The container second runs MLflow as well');
    pod.spec.initContainers = [{ name: 'second', command }];
    expect(inject(pod).gateway.name).toBe('mlflow-gateway');
  });

  test('and second servers of pods that have their gateway', () => {
    const { pod } = inject(officialChart());
    pod.spec.containers.push({ name: 'late', command: ['mlflow', 'server', '-h', '0.0.0.0'] });
    expect(refusal(pod)).toContain('The container late runs MLflow as well');
  });

  test.each<[string, Partial<ContainerJson>]>([
    ['on loopback', { command: ['mlflow', 'server', '--host', '127.0.0.1', '--port', '5001'] }],
    ['with another command of MLflow’s', { command: ['mlflow', 'gc', '--backend-store-uri', 'x'] }],
    ['gunicorn on loopback', { command: ['gunicorn', '-b', '127.0.0.1:8080', 'mlflow.server:app'] }],
    ['MLflow’s image with a command of its own', { image: 'mlflow:1', command: ['python', '/export.py'] }],
  ])('stay: %s', (_, container) => {
    expect(inject(beside(container)).warnings).toEqual([]);
  });

  test('may listen where the pod or the settings allow it; a port that is declared and not allowed draws a warning', () => {
    const allowed = (json: object = {}) => envOf(inject(pod, json).gateway).GW_SIDECAR_ALLOWED_PORTS;
    const pod = beside({ ports: [{ name: 'metrics', containerPort: 9100 }] });
    expect(allowed()).toBeUndefined();
    expect(inject(pod).warnings).toEqual([
      'The container beside declares port 9100. If it listens there, the pod does not become ready, unless the annotation mlflow-gateway.io/allowed-ports names the port.',
    ]);
    pod.metadata.annotations = { 'mlflow-gateway.io/allowed-ports': '15020, 9100' };
    expect(inject(pod).warnings).toEqual([]);
    expect(allowed()).toBe('9100,15020');
    const env = [{ name: 'GW_SIDECAR_ALLOWED_PORTS', value: '15021,15020' }];
    expect(allowed({ gateway: { env } })).toBe('9100,15020,15021');
    pod.metadata.annotations = {};
    expect(allowed({ gateway: { env } })).toBe('15020,15021');
  });

  test.each([
    ['http', 'must be port numbers'],
    ['0', 'must be port numbers'],
    ['9100;15020', 'must be port numbers'],
    ['9100,5000', 'Port 5000 is allowed to others'],
  ])('are not allowed %s', (ports, why) => {
    const pod = officialChart();
    pod.metadata.annotations = { 'mlflow-gateway.io/allowed-ports': ports };
    expect(refusal(pod)).toContain(why);
  });

  test('are not allowed what cannot be joined to settings from elsewhere', () => {
    const pod = officialChart();
    const valueFrom = { configMapKeyRef: { name: 'a', key: 'b' } };
    const json = { gateway: { env: [{ name: 'GW_SIDECAR_ALLOWED_PORTS', valueFrom }] } };
    expect(envOf(inject(pod, json).gateway).GW_SIDECAR_ALLOWED_PORTS).toEqual(valueFrom);
    pod.metadata.annotations = { 'mlflow-gateway.io/allowed-ports': '9100' };
    expect(refusal(pod, json)).toContain('cannot be joined');
  });
});

describe('MLflow’s port', () => {
  test.each(all)(
    'of %s: the gateway listens on it, and it stays declared where probes look for it',
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
  const portOf = (pod: PodJson) => envOf(inject(pod).gateway).GW_LISTEN_PORT;

  test('declared nowhere, it is the one MLflow is told, or its default; the gateway declares it', () => {
    expect(portOf(ports([], ['mlflow', 'server', '--port', '5005']))).toBe('5005');
    const pod = ports(undefined);
    expect(portOf(pod)).toBe('5000');
    expect(inject(pod).gateway.ports).toEqual([
      { name: 'mlflow-gateway', containerPort: 5000, protocol: 'TCP' },
    ]);
  });

  test('among several TCP ports it is the one called http or mlflow; others are no candidates', () => {
    expect(
      portOf(
        ports([
          { name: 'metrics', containerPort: 9100 },
          { name: 'mlflow', containerPort: 5000 },
        ]),
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

  test.each<[string, PodJson, string]>([
    [
      'several without such a name',
      ports([{ containerPort: 1 }, { name: 'b', containerPort: 2 }]),
      'has unnamed 1, b 2',
    ],
    [
      'both names',
      ports([
        { name: 'http', containerPort: 1 },
        { name: 'mlflow', containerPort: 2 },
      ]),
      'Which port',
    ],
    [
      'declared and told differently',
      ports([{ containerPort: 1 }], ['mlflow', 'server', '-p', '2']),
      'told to listen on port 2',
    ],
    ['told twice', ports([], ['mlflow', 'server', '-p', '2', '--port=3']), 'several ports, 2 and 3'],
  ])('is refused with %s, unless an annotation says which', (_, pod, why) => {
    expect(refusal(pod)).toContain(why);
    expect(refusal(pod)).toContain('mlflow-gateway.io/port');
    pod.metadata.annotations = { 'mlflow-gateway.io/port': '5000' };
    expect(portOf(pod)).toBe('5000');
  });

  test('every port MLflow may have been told is checked', () => {
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

  test('is the one of the usual name, wherever it stands', () => {
    const pod = officialChart();
    pod.spec.containers.unshift({ name: 'proxy', image: 'proxy:1' });
    const { mlflow, pod: after } = inject(pod);
    expect(envOf(mlflow)).toHaveProperty('UVICORN_UDS');
    expect(after.spec.containers[0]).toEqual({ name: 'proxy', image: 'proxy:1' });
    expect(envOf(inject(two(), { container: 'server' }, 'server').mlflow)).toHaveProperty('UVICORN_UDS');
  });

  test('must be named where it is not clear', () => {
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

describe('what the gateway could not protect, or could not work, is refused', () => {
  test.each<[string, object, string]>([
    ['the network of the node', { hostNetwork: true }, 'hostNetwork: true'],
    ['Windows', { os: { name: 'windows' } }, 'Windows'],
    ['Windows nodes', { nodeSelector: { 'kubernetes.io/os': 'windows' } }, 'Windows'],
    [
      'a volume of our name',
      { volumes: [{ name: 'mlflow-gateway-socket', hostPath: { path: '/' } }] },
      'has a volume called',
    ],
  ])('%s', (_, spec, why) => {
    const pod = officialChart();
    Object.assign(pod.spec, spec);
    expect(refusal(pod)).toContain(why);
  });

  test('Linux nodes are fine', () => {
    const pod = officialChart();
    Object.assign(pod.spec, { os: { name: 'linux' }, nodeSelector: { 'kubernetes.io/os': 'linux' } });
    expect(inject(pod).gateway).toBeDefined();
  });

  test.each<[string, object, string]>([
    ['asks over TLS', { httpGet: { path: '/health', port: 'http', scheme: 'HTTPS' } }, 'asks over HTTPS'],
    ['asks for a page', { httpGet: { path: '/', port: 5000 } }, 'asks for /, which'],
    ['asks for the page that is the default', { httpGet: { port: 'http' } }, 'asks for /, which'],
  ])('a probe that %s', (_, probe, why) => {
    for (const kind of ['livenessProbe', 'readinessProbe', 'startupProbe']) {
      expect(refusal(with1(officialChart(), { [kind]: probe }))).toContain(`The ${kind} of mlflow ${why}`);
    }
  });

  test('a probe of another port, or of what the gateway answers to all, is not', () => {
    const pod = with1(officialChart(), {
      startupProbe: { httpGet: { path: '/x', port: 9100, scheme: 'HTTPS' } },
      livenessProbe: { httpGet: { path: '/healthz', port: 'http' } },
      readinessProbe: { exec: { command: ['true'] } },
    });
    expect(inject(pod).warnings).toEqual([]);
  });

  test.each<[Record<string, string>, string]>([
    [{ 'mlflow-gateway.io/port': '0' }, 'must be a port number'],
    [{ 'mlflow-gateway.io/port': '65536' }, 'must be a port number'],
    [{ 'mlflow-gateway.io/port': 'http' }, 'must be a port number'],
    [{ 'mlflow-gateway.io/upstream': 'tcp' }, 'must be socket or loopback'],
    [{ 'mlflow-gateway.io/upstreem': 'loopback' }, 'did you mean mlflow-gateway.io/upstream?'],
  ])('the annotation %j', (annotations, why) => {
    const pod = officialChart();
    pod.metadata.annotations = annotations;
    expect(refusal(pod)).toContain(why);
  });
});

describe('what works, but perhaps not as meant, is warned of', () => {
  test.each<[string, Partial<ContainerJson>, string]>([
    ['an app with users', { args: ['--app-name=basic-auth'] }, '--app-name'],
    ['metrics', { args: ['--expose-prometheus=/tmp/m'] }, '/metrics'],
    ['metrics by variable', { env: [{ name: 'MLFLOW_EXPOSE_PROMETHEUS', value: '/m' }] }, '/metrics'],
    ['a probe of the port alone', { livenessProbe: { tcpSocket: { port: 'http' } } }, 'not httpGet'],
    [
      'a hook of its own',
      { lifecycle: { preStop: { exec: { command: ['x'] } } } },
      'preStop hook of its own',
    ],
  ])('%s', (_, change, why) => {
    expect(inject(with1(officialChart(), change)).warnings).toEqual([expect.stringContaining(why)]);
  });

  test.each(all.slice(0, 3))('nothing in %s', (_, make) => expect(inject(make()).warnings).toEqual([]));
});

describe('the gateway’s container', () => {
  test('is a native sidecar after the init containers there are', () => {
    const { pod, gateway } = inject(communityChart());
    expect(pod.spec.initContainers!.map(({ name }) => name)).toEqual([
      'dbchecker',
      'mlflow-db-migration',
      'mlflow-gateway',
    ]);
    expect(gateway.restartPolicy).toBe('Always');
    expect(pod.spec.containers).toHaveLength(1);
  });

  test('is an ordinary container, the last, where the cluster is older', () => {
    const { pod, gateway } = inject(communityChart(), { sidecar: 'container' });
    expect(pod.spec.containers.map(({ name }) => name)).toEqual(['mlflow', 'mlflow-gateway']);
    expect(pod.spec.initContainers).toHaveLength(2);
    expect(gateway).not.toHaveProperty('restartPolicy');
  });

  test('starts before MLflow answers, is ready only then, and lives without it', () => {
    const { gateway } = inject(officialChart());
    const get = (path: string) => ({ httpGet: { path, port: 5000 } });
    // MLflow is started only when a native sidecar has: /readyz would wait for it for ever.
    expect(gateway.startupProbe).toMatchObject(get('/healthz'));
    expect(gateway.readinessProbe).toMatchObject(get('/readyz'));
    expect(gateway.livenessProbe).toMatchObject(get('/healthz'));
  });

  test('fulfils Pod Security restricted', () => {
    expect(inject(handWritten(), {}, 'server').gateway.securityContext).toEqual({
      allowPrivilegeEscalation: false,
      capabilities: { drop: ['ALL'] },
      readOnlyRootFilesystem: true,
      runAsNonRoot: true,
      seccompProfile: { type: 'RuntimeDefault' },
    });
  });

  test('is not root where the pod is, nor anybody but whom the settings say', () => {
    const pod = officialChart();
    pod.spec.securityContext = { runAsUser: 0 };
    expect(inject(pod).gateway.securityContext).toMatchObject({ runAsUser: 65532, runAsNonRoot: true });
    const gateway = { securityContext: { runAsUser: 1234 } };
    expect(inject(pod, { gateway }).gateway.securityContext).toMatchObject({ runAsUser: 1234 });
    expect(inject(officialChart()).gateway.securityContext).not.toHaveProperty('runAsUser');
  });

  test('has what the settings give it', () => {
    const { pod, gateway } = inject(officialChart(), {
      gateway: {
        command: ['node', '/app/gateway.mjs'],
        args: ['serve'],
        imagePullPolicy: 'Always',
        env: [
          { name: 'GW_OIDC_ISSUER', value: 'https://idp.example' },
          { name: 'GW_JWKS_JSON', valueFrom: { secretKeyRef: { name: 'keys', key: 'jwks' } } },
          { name: 'GW_DRAIN_DELAY_SECONDS', value: '7' },
        ],
        envFrom: [{ configMapRef: { name: 'gateway' } }],
        volumeMounts: [{ name: 'policy', mountPath: '/etc/gateway', readOnly: true }],
        resources: { limits: { memory: '1Gi' } },
        lifecycle: { preStop: { exec: { command: ['node', '/app/gateway.mjs', 'drain'] } } },
        probes: { readiness: { periodSeconds: 2 } },
      },
      volumes: [{ name: 'policy', configMap: { name: 'policy' } }],
      imagePullSecrets: [{ name: 'registry' }],
      podAnnotations: { 'example.com/a~b': 'c' },
    });
    expect(gateway).toMatchObject({
      image: 'gateway:1',
      imagePullPolicy: 'Always',
      command: ['node', '/app/gateway.mjs'],
      args: ['serve'],
      envFrom: [{ configMapRef: { name: 'gateway' } }],
      resources: { limits: { memory: '1Gi' } },
      lifecycle: { preStop: { exec: { command: ['node', '/app/gateway.mjs', 'drain'] } } },
      readinessProbe: { periodSeconds: 2, timeoutSeconds: 6 },
    });
    expect(gateway.env!.filter(({ name }) => name === 'GW_DRAIN_DELAY_SECONDS')).toEqual([
      { name: 'GW_DRAIN_DELAY_SECONDS', value: '7' },
    ]);
    expect(envOf(gateway)).toMatchObject({
      GW_OIDC_ISSUER: 'https://idp.example',
      GW_JWKS_JSON: { secretKeyRef: { name: 'keys', key: 'jwks' } },
    });
    expect(gateway.volumeMounts).toContainEqual({
      name: 'policy',
      mountPath: '/etc/gateway',
      readOnly: true,
    });
    expect(pod.spec.volumes).toContainEqual({ name: 'policy', configMap: { name: 'policy' } });
    expect(pod.spec.imagePullSecrets).toEqual([{ name: 'registry' }]);
    expect(pod.metadata.annotations).toEqual({
      'example.com/a~b': 'c',
      'mlflow-gateway.io/injected': 'native',
    });
  });

  test('is started by what it is given: the gateway understands its own variables', () => {
    for (const make of [officialChart, communityChart, gunicornOnLoopback]) {
      const { gateway } = inject(make(), {
        gateway: {
          env: [
            { name: 'GW_OIDC_ISSUER', value: 'https://idp.example' },
            { name: 'GW_OIDC_AUDIENCE', value: 'mlflow' },
          ],
        },
      });
      const env = Object.fromEntries(gateway.env!.map(({ name, value = '10.0.0.5' }) => [name, value]));
      const loaded = loadConfig(env, { serverFeatures: [] });
      expect(loaded).not.toHaveProperty('errors');
      expect('config' in loaded && loaded.config.warnings).toEqual([]);
    }
  });

  test('pulls with the secrets of the pod and its own, each once', () => {
    const pod = officialChart();
    pod.spec.imagePullSecrets = [{ name: 'a' }];
    const { pod: after } = inject(pod, { imagePullSecrets: [{ name: 'a' }, { name: 'b' }] });
    expect(after.spec.imagePullSecrets).toEqual([{ name: 'a' }, { name: 'b' }]);
  });
});

describe('when the pod ends, MLflow serves until the gateway has drained', () => {
  const preStop = (pod: PodJson, json: object = {}) => inject(pod, json).mlflow.lifecycle?.preStop;

  test('by a pause of its own', () => {
    expect(preStop(officialChart())).toEqual({ sleep: { seconds: 10 } });
    const lifecycle = { postStart: { exec: { command: ['true'] } } };
    expect(inject(with1(officialChart(), { lifecycle })).mlflow.lifecycle).toEqual({
      ...lifecycle,
      preStop: { sleep: { seconds: 10 } },
    });
  });

  test('of no more than a third of the time there is', () => {
    for (const [grace, seconds] of [
      [60, 10],
      [12, 4],
      [3, 1],
    ]) {
      const pod = officialChart();
      pod.spec.terminationGracePeriodSeconds = grace;
      expect(preStop(pod)).toEqual({ sleep: { seconds } });
    }
    const pod = officialChart();
    pod.spec.terminationGracePeriodSeconds = 2;
    expect(preStop(pod)).toBeUndefined();
  });

  test('in the way the settings want, or not at all', () => {
    const exec = { exec: { command: ['sleep', '10'] } };
    expect(preStop(officialChart(), { mlflow: { preStop: exec } })).toEqual(exec);
    expect(preStop(officialChart(), { mlflow: { preStop: null } })).toBeUndefined();
  });

  test('a hook that is there stays', () => {
    const lifecycle = { preStop: { exec: { command: ['x'] } } };
    expect(preStop(with1(officialChart(), { lifecycle }))).toEqual(lifecycle.preStop);
  });
});

describe('a pod that has something called mlflow-gateway', () => {
  /** An injected pod, with something broken. */
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
      'in front of nothing',
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
      'no container is told to listen on 127.0.0.1 only',
    ],
  ])('%s is refused', (_, pod, why) => {
    expect(refusal(pod)).toContain('has a container mlflow-gateway that the webhook cannot leave as it is');
    expect(refusal(pod)).toContain(why);
  });

  test('which somebody put there by hand is left alone', () => {
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
    expect(injectPatch(readPod(pod), settings()).patch).toEqual([]);
  });
});

describe('metrics', () => {
  const metrics = (value: string) => ({ gateway: { env: [{ name: 'GW_METRICS_PORT', value }] } });
  const port = { name: 'gateway-metrics', containerPort: 9464, protocol: 'TCP' };

  test('have a port that is declared, beside the gateway’s own where that is not declared yet', () => {
    expect(inject(officialChart(), metrics('9464')).gateway.ports).toEqual([port]);
    const bare = inject(with1(officialChart(), { ports: [] }), metrics('9464')).gateway;
    expect(bare.ports).toEqual([{ name: 'mlflow-gateway', containerPort: 5000, protocol: 'TCP' }, port]);
    expect(envOf(bare)).toMatchObject({ GW_METRICS_PORT: '9464', GW_SIDECAR_CHECK_PORTS: '5000' });
  });

  test('are declared nowhere without one, or one that nobody knows before', () => {
    for (const json of [{}, metrics('0')])
      expect(inject(officialChart(), json).gateway).not.toHaveProperty('ports');
  });

  test('cannot be where MLflow is, or another container', () => {
    expect(refusal(officialChart(), metrics('5000'))).toContain(
      'metrics at port 5000, which its container mlflow declares',
    );
    const told = with1(officialChart(), { ports: [] });
    expect(refusal(told, metrics('5000'))).toContain('which MLflow may be told to listen on');
    const pod = officialChart();
    pod.spec.containers.push({ name: 'exporter', image: 'x', ports: [{ containerPort: 9464 }] });
    expect(refusal(pod, metrics('9464'))).toContain('which its container exporter declares');
    pod.spec.containers[1]!.ports = [{ containerPort: 9464, protocol: 'UDP' }];
    expect(inject(pod, metrics('9464')).gateway.ports).toEqual([port]);
  });
});

describe('an MLflow below a path', () => {
  const probes = (path: string): Partial<ContainerJson> => {
    const probe = { httpGet: { path, port: 'http' } };
    return { startupProbe: probe, livenessProbe: probe, readinessProbe: probe };
  };
  const below = (change: Partial<ContainerJson>) =>
    with1(officialChart(), { ...probes('/ml/health'), ...change });
  const [option, variable]: Partial<ContainerJson>[] = [
    { args: ['mlflow', 'server', '--static-prefix', '/ml'] },
    { env: [{ name: 'MLFLOW_STATIC_PREFIX', value: '/ml' }] },
  ];

  test.each([[option!], [variable!]])('stays there, for callers and probes too: %j', (change) => {
    const { gateway } = inject(below(change));
    expect(envOf(gateway)).toMatchObject({ GW_UPSTREAM_PATH_PREFIX: '/ml', GW_PATH_PREFIX: '/ml' });
    expect(gateway.readinessProbe).toMatchObject({ httpGet: { path: '/readyz' } });
  });

  test('or where the settings have the gateway, which do not know MLflow better than its own command', () => {
    const env = [
      { name: 'GW_PATH_PREFIX', value: '/team' },
      { name: 'GW_UPSTREAM_PATH_PREFIX', value: '/other' },
    ];
    const pod = below({ ...option, ...probes('/team/health') });
    const { gateway } = inject(pod, { gateway: { env } });
    expect(envOf(gateway)).toMatchObject({ GW_UPSTREAM_PATH_PREFIX: '/ml', GW_PATH_PREFIX: '/team' });
    const names = gateway.env!.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(() => inject(below(option!), { gateway: { env } })).toThrow('Use /team/health.');
  });

  test('is none where nobody says so', () => {
    const { gateway } = inject(officialChart());
    expect(envOf(gateway)).not.toHaveProperty('GW_PATH_PREFIX');
    expect(envOf(gateway)).not.toHaveProperty('GW_UPSTREAM_PATH_PREFIX');
    const { gateway: empty } = inject(
      with1(officialChart(), { env: [{ name: 'MLFLOW_STATIC_PREFIX', value: '' }] }),
    );
    expect(envOf(empty)).not.toHaveProperty('GW_UPSTREAM_PATH_PREFIX');
  });
});

describe('the port for jobs', () => {
  const jobs = (value: string) => ({ gateway: { env: [{ name: 'GW_JOBS_PORT', value }] } });

  test('is told to MLflow, which has one variable more', () => {
    const { mlflow, gateway } = inject(officialChart(), jobs('5100'));
    expect(envOf(mlflow)).toMatchObject({
      MLFLOW_GATEWAY_URI: 'http://127.0.0.1:5100',
      UVICORN_UDS: '/run/mlflow/mlflow.sock',
    });
    expect(envOf(gateway)).toMatchObject({ GW_JOBS_PORT: '5100' });
    expect(gateway).not.toHaveProperty('ports');
    expect(envOf(inject(officialChart(), {}).mlflow)).not.toHaveProperty('MLFLOW_GATEWAY_URI');
  });

  test('is not where somebody gave MLflow an address of its own', () => {
    const pod = with1(officialChart(), { env: [{ name: 'MLFLOW_GATEWAY_URI', value: 'http://llm' }] });
    expect(envOf(inject(pod, jobs('5100')).mlflow).MLFLOW_GATEWAY_URI).toBe('http://llm');
  });

  test('cannot be where another container is', () => {
    const pod = officialChart();
    pod.spec.containers.push({ name: 'other', image: 'x', ports: [{ containerPort: 5100 }] });
    expect(refusal(pod, jobs('5100'))).toContain(
      'jobs of MLflow at port 5100, which its container other declares',
    );
  });
});
