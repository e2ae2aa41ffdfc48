/** Metrics in the chart: the port, its callers, and the objects for the Prometheus operator. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { OPERATIONS } from '../../src/catalog/generated/catalog.ts';
import { PathShapes } from '../../src/catalog/path-shape.ts';
import { CAUSES, Metrics } from '../../src/metrics/metrics.ts';
import { readSamples, type Sample } from '../../src/metrics/testing.ts';
import { CHART, type KubeObject, kinds, one, REQUIRED, refusal, render } from './helm.ts';
import { readQuery } from './promql.ts';

const name = 'gw-mlflow-gateway';
const from = [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'monitoring' } } }];
const enabled = { ...REQUIRED, metrics: { enabled: true, from } };
const sidecar = { ...enabled, mode: 'sidecar' };
const OPERATOR = ['PodMonitor', 'PrometheusRule', 'ServiceMonitor'];

describe('standalone', () => {
  const objects = render('standalone');

  test('the port is configured, declared, and served by a separate headless Service', () => {
    expect(one(objects, 'ConfigMap', name).data.GW_METRICS_PORT).toBe('9100');
    const [container] = one(objects, 'Deployment').spec.template.spec.containers;
    expect(container.ports).toEqual([
      { name: 'http', containerPort: 8000 },
      { name: 'metrics', containerPort: 9100 },
    ]);
    const { spec } = one(objects, 'Service', `${name}-metrics`);
    expect(spec).toMatchObject({ clusterIP: 'None', publishNotReadyAddresses: true });
    expect(spec.ports).toEqual([{ name: 'metrics', port: 9100, targetPort: 9100, protocol: 'TCP' }]);
    const { labels } = one(objects, 'Deployment').spec.template.metadata;
    expect(labels).toMatchObject(spec.selector);
    const callers = one(objects, 'Service', name);
    expect(callers.spec.ports.map(({ port }: { port: number }) => port)).not.toContain(9100);
  });

  test('the ServiceMonitor selects only that Service', () => {
    const { spec, metadata } = one(objects, 'ServiceMonitor');
    expect(metadata.labels).toMatchObject({ release: 'prometheus', team: 'mlops' });
    expect(spec.namespaceSelector).toEqual({ matchNames: ['ml'] });
    const fits = ({ kind, metadata: { labels } }: KubeObject) =>
      kind === 'Service' &&
      Object.entries(spec.selector.matchLabels).every(([key, value]) => labels[key] === value);
    expect(objects.filter(fits).map(({ metadata }) => metadata.name)).toEqual([`${name}-metrics`]);
    expect(spec.endpoints).toEqual([
      {
        port: 'metrics',
        path: '/metrics',
        interval: '30s',
        scrapeTimeout: '10s',
        relabelings: [{ action: 'labeldrop', regex: 'container' }],
        metricRelabelings: [{ action: 'drop', sourceLabels: ['__name__'], regex: 'nodejs_heap_space_.*' }],
      },
    ]);
  });
});

describe('sidecars', () => {
  test('the PodMonitor selects pods with a gateway by the port’s name, in all their namespaces', () => {
    const objects = render('sidecar-metrics');
    expect(one(objects, 'PodMonitor').spec).toEqual({
      namespaceSelector: { matchNames: ['ml', 'ml-staging'] },
      selector: {
        matchLabels: { 'mlflow-gateway.io/inject': 'enabled', 'mlflow-gateway.io/has-gateway': 'true' },
      },
      podMetricsEndpoints: [{ port: 'gateway-metrics', path: '/metrics' }],
    });
    expect(kinds(objects)).not.toContain('ServiceMonitor');
  });

  test('the webhook’s settings have the port', () => {
    const objects = render({ ...sidecar, injection: { method: 'webhook' } });
    const settings = JSON.parse(one(objects, 'ConfigMap', `${name}-inject`).data['settings.json']);
    expect(settings.gateway.env).toContainEqual({ name: 'GW_METRICS_PORT', value: '9464' });
  });

  test('a checksum identifies pods with another metrics configuration', () => {
    const checksum = (values: object) => {
      const objects = render({ ...values, injection: { method: 'webhook' } });
      const text = one(objects, 'ConfigMap', `${name}-inject`).data['settings.json'];
      return JSON.parse(text).podAnnotations['mlflow-gateway.io/config-checksum'];
    };
    expect(checksum(sidecar)).not.toBe(checksum({ ...REQUIRED, mode: 'sidecar' }));
  });
});

describe('MLflow’s own', () => {
  const values = (more: object) => ({
    ...REQUIRED,
    metrics: {
      enabled: true,
      from,
      mlflow: { enabled: true },
      serviceMonitor: { enabled: true, interval: '30s' },
    },
    ...more,
  });
  const endpoints = (port: string) => [
    { port, path: '/metrics', interval: '30s' },
    { port, path: '/mlflow/metrics', interval: '30s' },
  ];

  test('are served at the same port, for the same monitor', () => {
    const objects = render(values({}));
    expect(one(objects, 'ConfigMap', name).data.GW_METRICS_MLFLOW).toBe('true');
    expect(one(objects, 'ServiceMonitor').spec.endpoints).toEqual(endpoints('metrics'));
    const sidecars = render(values({ mode: 'sidecar', injection: { method: 'webhook' } }));
    expect(one(sidecars, 'PodMonitor').spec.podMetricsEndpoints).toEqual(endpoints('gateway-metrics'));
    const settings = JSON.parse(one(sidecars, 'ConfigMap', `${name}-inject`).data['settings.json']);
    expect(settings.gateway.env).toContainEqual({ name: 'GW_METRICS_MLFLOW', value: 'true' });
  });

  test('need the gateway’s metrics, and only the value enables them', () => {
    const alone = { ...REQUIRED, metrics: { mlflow: { enabled: true } } };
    expect(refusal(alone)).toContain('metrics.mlflow.enabled: needs metrics.enabled');
    expect(refusal({ ...alone, mode: 'sidecar' })).toContain('metrics.mlflow.enabled: needs metrics.enabled');
    expect(refusal({ config: { ...REQUIRED.config, GW_METRICS_MLFLOW: true } })).toContain(
      'GW_METRICS_MLFLOW',
    );
  });
});

describe('callers of the metrics port', () => {
  const rules = (values: object | string, port: number) =>
    render(values)
      .filter(({ kind, metadata }) => kind === 'NetworkPolicy' && metadata.name === name)
      .flatMap(({ spec }) => spec.ingress)
      .filter(({ ports }) => ports.some((open: { port: number }) => open.port === port));

  test.each<[string, object, number]>([
    ['standalone', enabled, 1],
    ['sidecar', { ...sidecar, injection: { namespaces: ['ml', 'other'] } }, 2],
  ])('%s: the named peers, by port number, in a separate rule', (_mode, values, policies) => {
    const expected = { ports: [{ protocol: 'TCP', port: 9464 }], from };
    expect(rules(values, 9464)).toEqual(Array.from({ length: policies }, () => expected));
  });

  test('callers of the gateway cannot read its metrics', () => {
    const caller = [{ podSelector: { matchLabels: { app: 'caller' } } }];
    const values = { ...enabled, networkPolicy: { ingressFrom: caller } };
    expect(rules(values, 9464)).toEqual([{ ports: [{ protocol: 'TCP', port: 9464 }], from }]);
    expect(rules(values, 8000)[0].from).toContainEqual(caller[0]);
  });

  test('without metrics there is no rule and no port', () => {
    for (const values of [REQUIRED, { ...REQUIRED, mode: 'sidecar' }]) {
      expect(rules(values, 9464)).toEqual([]);
      const made = render(values).filter(({ kind }) => !kind.startsWith('ValidatingAdmission'));
      // The guard lists variables that pods may have.
      expect(JSON.stringify(made)).not.toMatch(/GW_METRICS|gateway-metrics|9464/);
    }
  });
});

test.each<[string, object, string]>([
  ['no callers', { enabled: true }, 'metrics.from: is required with metrics.enabled'],
  ['the gateway’s own port', { enabled: true, from, port: 8000 }, 'metrics.port: is 8000'],
  ['a monitor alone', { serviceMonitor: { enabled: true } }, 'metrics.serviceMonitor.enabled: needs'],
  ['rules alone', { prometheusRule: { enabled: true } }, 'metrics.prometheusRule.enabled: needs'],
  ['no duration', { serviceMonitor: { interval: 'often' } }, '/metrics/serviceMonitor/interval'],
])('refuses by name: %s', (_what, metrics, message) => {
  expect(refusal({ ...REQUIRED, metrics })).toContain(message);
});

test('refuses the port of MLflow, which sidecars take over; requires no peers without NetworkPolicies', () => {
  expect(refusal({ ...sidecar, metrics: { enabled: true, from, port: 5000 } })).toContain(
    'metrics.port: is 5000',
  );
  expect(refusal({ ...REQUIRED, config: { ...REQUIRED.config, GW_METRICS_PORT: 1 } })).toContain(
    'GW_METRICS_PORT',
  );
  const open = { ...REQUIRED, metrics: { enabled: true }, networkPolicy: { enabled: false } };
  expect(kinds(render(open))).not.toContain('NetworkPolicy');
});

test('renders the operator’s kinds only on request', () => {
  for (const values of [enabled, sidecar])
    expect(kinds(render(values)).filter((kind) => OPERATOR.includes(kind))).toEqual([]);
});

describe('queries', () => {
  let samples: readonly Sample[];
  beforeAll(async () => {
    const metrics = new Metrics();
    const times = { decisionMs: 1, totalMs: 1 };
    metrics.requests.note({
      operation: undefined,
      decision: 'allow',
      reason: 'forwarded',
      status: 200,
      ...times,
    });
    samples = readSamples((await metrics.render()).text);
  });

  /** The gateway must serve every metric; labels that it does not set come from the operator. */
  function check(query: string): void {
    const { metrics, labels } = readQuery(query);
    expect(metrics.length, query).toBeGreaterThan(0);
    const known = new Set(['namespace', 'pod']);
    for (const metric of metrics) {
      const own = samples.filter((sample) => sample.name === metric);
      expect(own.length, metric).toBeGreaterThan(0);
      for (const label of Object.keys(own[0]!.labels)) known.add(label);
    }
    for (const label of labels) expect(known, query).toContain(label);
  }

  test.each(['standalone', 'sidecar-metrics'])(
    'the alerts of %s are valid PromQL and use existing metrics',
    (values) => {
      const { spec } = one(render(values), 'PrometheusRule');
      const rules: { alert: string; expr: string; labels: { severity: string } }[] = spec.groups[0].rules;
      expect(rules.length).toBeGreaterThan(7);
      expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length);
      for (const { expr, labels } of rules) {
        check(expr);
        expect(labels.severity).toMatch(/^(warning|critical)$/);
        for (const [, causes = ''] of expr.matchAll(/cause!?[=~]+"([^"]*)"/g))
          for (const cause of causes.split('|')) expect(CAUSES).toContain(cause);
      }
    },
  );

  test('thresholds come from the values, and additional rules come last', () => {
    const rules: { alert: string; expr: string; annotations: { description: string } }[] = one(
      render('standalone'),
      'PrometheusRule',
    ).spec.groups[0].rules;
    const exprOf = (wanted: string) => rules.find(({ alert }) => alert === wanted)!.expr;
    expect(exprOf('MlflowGatewayServerErrors')).toMatch(/> 0\.01$/);
    expect(exprOf('MlflowGatewayManyDenials')).toMatch(/> 0\.5$/);
    expect(exprOf('MlflowGatewayNotReady')).toContain('namespace=~"ml"');
    expect(rules.at(-1)!.alert).toBe('MlflowGatewayBusy');
    expect(rules[0]!.annotations.description).toContain('{{ $labels.namespace }}/{{ $labels.pod }}');
  });

  test('the alert of failing issuers names their number and the pod', () => {
    const rules: { alert: string; expr: string; for: string; annotations: { description: string } }[] = one(
      render('sidecar-metrics'),
      'PrometheusRule',
    ).spec.groups[0].rules;
    const { expr, annotations, ...rule } = rules.find(
      ({ alert }) => alert === 'MlflowGatewayIssuersFailing',
    )!;
    expect(expr).toBe(
      'max by (namespace, pod) (mlflow_gateway_issuers_failing{namespace=~"ml|ml-staging"}) > 0',
    );
    // An issuer's keys are late at every start.
    expect(rule.for).toBe('5m');
    expect(annotations.description).toContain(
      '{{ $labels.namespace }}/{{ $labels.pod }} has had no signing keys of {{ $value }} of its issuers',
    );
  });

  test('the alert of unknown operations names method and template, and omits daily refusals', () => {
    const rules: { alert: string; expr: string; annotations: { description: string } }[] = one(
      render('sidecar-metrics'),
      'PrometheusRule',
    ).spec.groups[0].rules;
    const { expr, annotations } = rules.find(({ alert }) => alert === 'MlflowGatewayUnknownOperations')!;
    expect(expr).toBe(
      'sum by (namespace, method, template) (increase(mlflow_gateway_unknown_operations_total{namespace=~"ml|ml-staging",template!~"/[{][}]|/ajax-api/2.0/mlflow/users/[{][}]"}[15m])) > 5',
    );
    expect(annotations.description).toContain('{{ $labels.method }} {{ $labels.template }}');
    // Prometheus anchors it at both ends.
    const leftOut = new RegExp(`^(?:${/template!~"([^"]*)"/.exec(expr)![1]})$`);
    const shapes = new PathShapes(OPERATIONS);
    for (const path of ['/favicon.ico', '/wp-admin/x', '/ajax-api/2.0/mlflow/users/current'])
      expect(shapes.of(path)).toMatch(leftOut);
    for (const path of ['/ajax-api/3.0/mlflow/skills', '/api/2.0/mlflow/runs/x', '/api/4.0/mlflow/looms/x'])
      expect(shapes.of(path)).not.toMatch(leftOut);
    expect('other').not.toMatch(leftOut);
  });

  test('the queries of docs/metrics.md are valid too', () => {
    const page = readFileSync(join(CHART, '../docs/metrics.md'), 'utf8');
    const blocks = [...page.matchAll(/```promql\n([\s\S]*?)```/g)].flatMap(([, block = '']) =>
      block.split('\n'),
    );
    const queries = blocks.filter((line) => line !== '' && !line.startsWith('#'));
    expect(queries.length).toBeGreaterThan(5);
    for (const query of queries) check(query);
  });

  test('docs/metrics.md lists every alert with its severity', () => {
    const page = readFileSync(join(CHART, '../docs/metrics.md'), 'utf8');
    const written = [...page.matchAll(/^\| `(Mlflow\w+)` \| (\w+) \|/gm)].map(([, alert, severity]) => [
      alert,
      severity,
    ]);
    const { rules } = one(render('sidecar-metrics'), 'PrometheusRule').spec.groups[0];
    const made = rules.map(({ alert, labels }: { alert: string; labels: { severity: string } }) => [
      alert,
      labels.severity,
    ]);
    expect(written).toEqual(made);
  });

  test('invalid PromQL is detected', () => {
    expect(() => readQuery('sum(rate(x[5m])')).toThrow('not PromQL');
    expect(() => readQuery('x{a=b}')).toThrow('not PromQL');
  });
});
