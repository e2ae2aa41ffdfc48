import { describe, expect, test } from 'vitest';
import { envOf, inject, refusal } from '../testing/injected.ts';
import { type ContainerJson, gunicornOnLoopback } from '../testing/pods.ts';

describe('an annotation keeps MLflow on loopback', () => {
  test('by a variable, with its own port and arguments unchanged', () => {
    const { mlflow, gateway, pod } = inject(gunicornOnLoopback(), {}, 'tracking');
    expect(envOf(mlflow)).toEqual({
      MLFLOW_HOST: '127.0.0.1',
      MLFLOW_SERVER_ALLOWED_HOSTS: '127.0.0.1:5001,127.0.0.1,localhost,localhost:5001',
    });
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
    expect(Object.keys(envOf(mlflow))).toEqual(['MLFLOW_SERVER_ALLOWED_HOSTS']);
    expect(envOf(gateway).GW_TARGET_BASE_URL).toBe(address);
  });

  test('callers keep their port if MLflow uses another', () => {
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
      'on all addresses',
      { args: ['mlflow', 'server', '--host', '0.0.0.0', '--port', '5001'] },
      'listen on 0.0.0.0 by',
    ],
    ['open by its variable', { env: [{ name: 'MLFLOW_HOST', value: '::' }] }, 'listen on :: by'],
    [
      'with an unreadable address',
      { env: [{ name: 'MLFLOW_HOST', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } }] },
      'listen on ? by',
    ],
    [
      'a port from a variable',
      { args: ['mlflow', 'server', '--port', '$(PORT)'] },
      'port is ambiguous or not readable',
    ],
    [
      'with its own options for another address',
      { args: ['mlflow', 'server', '-p', '5001', '--gunicorn-opts', '--timeout 5 -b 0.0.0.0:8080'] },
      'configured to bind 0.0.0.0:8080 as well',
    ],
    [
      'bound in one word',
      { args: ['mlflow', 'server', '-p', '5001', '--gunicorn-opts=-Rb[::]:8080'] },
      'configured to bind [::]:8080 as well',
    ],
    [
      'bound by MLflow’s variable',
      { env: [{ name: 'MLFLOW_GUNICORN_OPTS', value: '--bind=10.0.0.1' }] },
      'configured to bind 10.0.0.1 as well',
    ],
    [
      'bound by gunicorn’s variable',
      { env: [{ name: 'GUNICORN_CMD_ARGS', value: '--bind :80' }] },
      'configured to bind :80 as well',
    ],
    [
      'bound by waitress',
      { args: ['mlflow', 'server', '--waitress-opts', '--listen=*:8080'] },
      'configured to bind *:8080 as well',
    ],
    [
      'given options from elsewhere',
      { env: [{ name: 'MLFLOW_GUNICORN_OPTS', valueFrom: { configMapKeyRef: { name: 'a', key: 'b' } } }] },
      "MLFLOW_GUNICORN_OPTS of MLflow's container cannot be read",
    ],
    [
      'run by a gunicorn without an address',
      { args: ['gunicorn', 'mlflow.server:app'] },
      'gunicorn has no address to listen on',
    ],
    [
      'two servers, one of them open',
      { args: ['sh', '-c', 'mlflow server -h 127.0.0.1 & mlflow server --host 0.0.0.0'] },
      'listen on 0.0.0.0',
    ],
    [
      'run by a waitress that the image does not have',
      {
        image: 'burakince/mlflow:3.17.2',
        args: ['mlflow', 'server', '-p', '5001', '--waitress-opts', '--threads=4'],
      },
      'brings no waitress on Linux',
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

  test('warns of waitress in a custom image', () => {
    const pod = gunicornOnLoopback();
    Object.assign(pod.spec.containers[1]!, {
      args: ['mlflow', 'server', '-p', '5001', '--waitress-opts=--threads=4'],
    });
    expect(inject(pod, {}, 'tracking').warnings).toEqual([
      'MLflow is given --waitress-opts: its image must have waitress, which MLflow does not bring on Linux.',
    ]);
  });
});
