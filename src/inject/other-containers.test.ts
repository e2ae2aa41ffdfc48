import { describe, expect, test } from 'vitest';
import { envOf, inject, refusal } from './testing/injected.ts';
import { type ContainerJson, officialChart, type PodJson } from './testing/pods.ts';

describe('other containers', () => {
  const beside = (container: Partial<ContainerJson>): PodJson => {
    const pod = officialChart();
    pod.spec.containers.push({ name: 'beside', image: 'other:1', ...container });
    return pod;
  };

  test.each<[string, Partial<ContainerJson>]>([
    ['mlflow server', { command: ['mlflow', 'server', '--host', '0.0.0.0', '--port', '5001'] }],
    ['mlflow server, with an address from elsewhere', { command: ['mlflow', 'server', '--host', '$(HOST)'] }],
    ['mlflow server without an address', { args: ['python3', '-m', 'mlflow', 'ui'] }],
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

  test('are also refused as sidecars among the init containers', () => {
    const pod = officialChart();
    const command = ['mlflow', 'server', '--host', '0.0.0.0'];
    pod.spec.initContainers = [{ name: 'second', command, restartPolicy: 'Always' }];
    expect(refusal(pod)).toContain('The container second runs MLflow as well');
    pod.spec.initContainers = [{ name: 'second', command }];
    expect(inject(pod).gateway.name).toBe('mlflow-gateway');
  });

  test('are also refused in pods that already have a gateway', () => {
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

  test('may listen on allowed ports; a declared port that is not allowed is refused', () => {
    const allowed = (json: object = {}) => envOf(inject(pod, json).gateway).GW_SIDECAR_ALLOWED_PORTS;
    const pod = beside({ ports: [{ name: 'metrics', containerPort: 9100 }] });
    expect(envOf(inject(beside({})).gateway)).not.toHaveProperty('GW_SIDECAR_ALLOWED_PORTS');
    expect(refusal(pod)).toBe(
      "The container beside declares port 9100: a server there could be reached without the gateway, and the pod would not become ready. Name the port by the annotation mlflow-gateway.io/allowed-ports, for all pods by networkPolicy.sidecarPorts or config.GW_SIDECAR_ALLOWED_PORTS of the gateway's chart, or remove it.",
    );
    pod.metadata.annotations = { 'mlflow-gateway.io/allowed-ports': '15020, 9100' };
    expect(inject(pod).warnings).toEqual([]);
    expect(allowed()).toBe('9100,15020');
    const env = [{ name: 'GW_SIDECAR_ALLOWED_PORTS', value: '15021,15020' }];
    expect(allowed({ gateway: { env } })).toBe('9100,15020,15021');
    pod.metadata.annotations = {};
    expect(refusal(pod, { gateway: { env } })).toContain('The container beside declares port 9100');
    env[0]!.value = '15020,9100';
    expect(allowed({ gateway: { env } })).toBe('9100,15020');
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

  test('cannot have ports that cannot be merged with settings from elsewhere', () => {
    const pod = officialChart();
    const valueFrom = { configMapKeyRef: { name: 'a', key: 'b' } };
    const json = { gateway: { env: [{ name: 'GW_SIDECAR_ALLOWED_PORTS', valueFrom }] } };
    expect(envOf(inject(pod, json).gateway).GW_SIDECAR_ALLOWED_PORTS).toEqual(valueFrom);
    pod.metadata.annotations = { 'mlflow-gateway.io/allowed-ports': '9100' };
    expect(refusal(pod, json)).toContain('cannot be joined');
  });
});
