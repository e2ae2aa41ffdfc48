import { describe, expect, test } from 'vitest';
import { envOf, inject, refusal, with1 } from './testing/injected.ts';
import { officialChart } from './testing/pods.ts';

describe('metrics', () => {
  const metrics = (value: string) => ({ gateway: { env: [{ name: 'GW_METRICS_PORT', value }] } });
  const port = { name: 'gateway-metrics', containerPort: 9464, protocol: 'TCP' };

  test('declare their port, in addition to the gateway’s own if MLflow does not declare it', () => {
    expect(inject(officialChart(), metrics('9464')).gateway.ports).toEqual([port]);
    const bare = inject(with1(officialChart(), { ports: [] }), metrics('9464')).gateway;
    expect(bare.ports).toEqual([{ name: 'mlflow-gateway', containerPort: 5000, protocol: 'TCP' }, port]);
    expect(envOf(bare)).toMatchObject({ GW_METRICS_PORT: '9464', GW_SIDECAR_CHECK_PORTS: '5000' });
  });

  test('declare no port if it is not set or not readable', () => {
    for (const json of [{}, metrics('0')])
      expect(inject(officialChart(), json).gateway).not.toHaveProperty('ports');
  });

  test('cannot use a port of MLflow or of another container', () => {
    expect(refusal(officialChart(), metrics('5000'))).toContain(
      'metrics at port 5000, which its container mlflow declares',
    );
    const undeclared = with1(officialChart(), { ports: [] });
    expect(refusal(undeclared, metrics('5000'))).toContain('which MLflow may listen on');
    const pod = officialChart();
    pod.spec.containers.push({ name: 'exporter', image: 'x', ports: [{ containerPort: 9464 }] });
    expect(refusal(pod, metrics('9464'))).toContain('which its container exporter declares');
    pod.spec.containers[1]!.ports = [{ containerPort: 9464, protocol: 'UDP' }];
    expect(inject(pod, metrics('9464')).gateway.ports).toEqual([port]);
  });
});

describe('the port for jobs', () => {
  const jobs = (value: string) => ({ gateway: { env: [{ name: 'GW_JOBS_PORT', value }] } });

  test('is given to MLflow by a variable', () => {
    const { mlflow, gateway } = inject(officialChart(), jobs('5100'));
    expect(envOf(mlflow)).toMatchObject({
      MLFLOW_GATEWAY_URI: 'http://127.0.0.1:5100',
      UVICORN_UDS: '/run/mlflow/mlflow.sock',
    });
    expect(envOf(gateway)).toMatchObject({ GW_JOBS_PORT: '5100' });
    expect(gateway).not.toHaveProperty('ports');
    expect(envOf(inject(officialChart(), {}).mlflow)).not.toHaveProperty('MLFLOW_GATEWAY_URI');
  });

  test('is not given to an MLflow that has an address already', () => {
    const pod = with1(officialChart(), { env: [{ name: 'MLFLOW_GATEWAY_URI', value: 'http://llm' }] });
    expect(envOf(inject(pod, jobs('5100')).mlflow).MLFLOW_GATEWAY_URI).toBe('http://llm');
  });

  test('cannot be a port of another container', () => {
    const pod = officialChart();
    pod.spec.containers.push({ name: 'other', image: 'x', ports: [{ containerPort: 5100 }] });
    expect(refusal(pod, jobs('5100'))).toContain(
      'jobs of MLflow at port 5100, which its container other declares',
    );
  });
});
