import { describe, expect, test } from 'vitest';
import { envOf, inject, PODS, refusal, with1 } from '../testing/injected.ts';
import { type ContainerJson, communityChart, officialChart } from '../testing/pods.ts';

describe('MLflow moves to a socket', () => {
  test.each(PODS.slice(0, 3))('in %s', (_, make, name) => {
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

  test('at the path of the settings, optionally in memory', () => {
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

  test('does not set the variable twice', () => {
    const env = [
      { name: 'UVICORN_UDS', value: '/run/mlflow/mlflow.sock' },
      { name: 'MLFLOW_GUNICORN_OPTS', value: '' },
      { name: 'MLFLOW_SERVER_ALLOWED_HOSTS', value: '' },
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
    ['a socket as an option', { args: ['--uvicorn-opts', '--uds /tmp/x'] }, 'given --uds or --fd'],
    [
      'a socket in its variable',
      { env: [{ name: 'MLFLOW_UVICORN_OPTS', value: '--fd=3' }] },
      'given --uds or --fd',
    ],
    ['a socket in one word', { args: ['--uvicorn-opts=--uds /tmp/x'] }, 'given --uds or --fd'],
    ['a descriptor', { env: [{ name: 'UVICORN_FD', value: '3' }] }, 'given --uds or --fd'],
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
    ['TLS of its own', { args: ['--uvicorn-opts=--ssl-keyfile=/k --ssl-certfile=/c'] }, 'use TLS itself'],
    ['TLS by variable', { env: [{ name: 'UVICORN_SSL_KEYFILE', value: '/k' }] }, 'use TLS itself'],
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
      'a volume in the way',
      { volumeMounts: [{ name: 'tmp', mountPath: '/run/mlflow/' }] },
      'mounted at /run/mlflow',
    ],
  ])('refused with %s', (_, change, why) => {
    expect(refusal(with1(officialChart(), change))).toContain(why);
  });
});

test('hides gunicorn options of images, envFrom and env files, because only uvicorn supports the socket', () => {
  const { mlflow } = inject(communityChart());
  expect(mlflow.env).toContainEqual({ name: 'MLFLOW_GUNICORN_OPTS', value: '' });
});
