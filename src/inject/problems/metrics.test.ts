import { expect, test } from 'vitest';
import { readServerCommand } from '../server-command.ts';
import { inject, refusal, with1 } from '../testing/injected.ts';
import { type ContainerJson, communityChart, officialChart } from '../testing/pods.ts';
import { metricsProblems } from './metrics.ts';

const CONFLICT =
  "MLflow exposes /metrics (--expose-prometheus), which tenants must not read, so that the gateway does not pass it on. Remove it (community-charts/mlflow: serviceMonitor.enabled; MLflow's chart: metrics.enabled), or set metrics.enabled and metrics.mlflow.enabled of the gateway's chart (GW_METRICS_PORT and GW_METRICS_MLFLOW=true) and turn off MLflow's own ServiceMonitor, whose target would be down (community-charts/mlflow: serviceMonitor.enabled: false with extraArgs.exposePrometheus; MLflow's chart: serviceMonitor.enabled: false).";

test.each<[string, Partial<ContainerJson>]>([
  ['an option', { args: ['--expose-prometheus=/mlflow/metrics'] }],
  ['a variable', { env: [{ name: 'MLFLOW_EXPOSE_PROMETHEUS', value: '/tmp/metrics' }] }],
])('refuses MLflow’s metrics by %s, which nothing could scrape', (_, change) => {
  expect(refusal(with1(officialChart(), change))).toBe(CONFLICT);
});

test('refuses the metrics that community-charts/mlflow exposes for its ServiceMonitor', () => {
  const pod = communityChart();
  pod.spec.containers[0]!.args!.push('--expose-prometheus=/mlflow/metrics');
  expect(refusal(pod)).toBe(CONFLICT);
});

test('an empty variable counts as not set', () => {
  const env = [{ name: 'MLFLOW_EXPOSE_PROMETHEUS', value: '' }];
  expect(inject(with1(officialChart(), { env })).warnings).toEqual([]);
});

test('injects with a warning if the gateway serves MLflow’s metrics', () => {
  const pod = with1(officialChart(), {
    args: ['--expose-prometheus=/tmp/metrics'],
    ports: [{ name: 'http', containerPort: 5000 }],
  });
  const env = [
    { name: 'GW_METRICS_PORT', value: '9464' },
    { name: 'GW_METRICS_MLFLOW', value: 'true' },
  ];
  const { gateway, mlflow, warnings } = inject(pod, { gateway: { env } });
  expect(mlflow.args).toEqual(['--expose-prometheus=/tmp/metrics']);
  expect(gateway.env).toEqual(expect.arrayContaining(env));
  expect(warnings).toEqual([
    "Prometheus reads MLflow's metrics from the gateway (/mlflow/metrics at GW_METRICS_PORT): turn off the ServiceMonitor of MLflow's chart: its target is down.",
  ]);
});

test('accepts a hand-written gateway that serves them, or has that setting from elsewhere', () => {
  const mlflow = { name: 'mlflow', args: ['mlflow', 'server', '--expose-prometheus=/m'] };
  const found = (served: string | undefined) =>
    metricsProblems(mlflow as never, readServerCommand(mlflow as never), served);
  expect([found('true'), found(undefined)]).toEqual([[], []]);
  expect([found(''), found('false')]).toEqual([[CONFLICT], [CONFLICT]]);
});
