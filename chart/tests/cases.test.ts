import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { CHART, helm, KUBERNETES, type KubeObject, kinds, render } from './helm.ts';

const cases = readdirSync(join(CHART, 'ci')).map((file) => file.replace(/-values\.yaml$/, ''));

const policyApi = ['admissionregistration.k8s.io/v1beta1/MutatingAdmissionPolicy'];

describe.each(cases)('%s', (name) => {
  const objects = render(name, { apiVersions: policyApi });

  test('passes helm lint --strict', () => {
    expect(helm(['lint', '--strict', CHART, '--kube-version', KUBERNETES], name)).toContain(
      '0 chart(s) failed',
    );
  });

  test('every object has the labels of the release, and every namespaced one names its namespace', () => {
    for (const { kind, metadata } of objects) {
      expect(metadata.labels, `${kind}/${metadata.name}`).toMatchObject({
        'app.kubernetes.io/name': 'mlflow-gateway',
        'app.kubernetes.io/instance': 'gw',
        'app.kubernetes.io/managed-by': 'Helm',
      });
      const everywhere = /^(Mutating|Validating)(Admission|Webhook)/.test(kind);
      if (everywhere) expect(metadata.namespace).toBeUndefined();
      else expect(metadata.namespace, `${kind}/${metadata.name}`).toMatch(/./);
    }
  });

  test('object names are unique', () => {
    const names = objects.map(({ kind, metadata }) => `${kind}/${metadata.namespace ?? ''}/${metadata.name}`);
    expect(new Set(names).size).toBe(names.length);
  });

  test('its pods satisfy Pod Security "restricted" and have no Kubernetes token', () => {
    const pods = objects.map(podOf).filter((pod) => pod !== undefined);
    for (const pod of pods) {
      expect(pod.automountServiceAccountToken).toBe(false);
      expect(pod.securityContext).toMatchObject({
        runAsNonRoot: true,
        seccompProfile: { type: 'RuntimeDefault' },
      });
      for (const container of pod.containers) {
        expect(container.securityContext).toMatchObject({
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          runAsNonRoot: true,
          capabilities: { drop: ['ALL'] },
        });
        expect(container.resources.requests).toHaveProperty('memory');
        expect(container.resources.limits).toHaveProperty('memory');
      }
    }
  });

  test('selectors match their pods', () => {
    const templates = objects.filter(({ kind }) => kind === 'Deployment');
    for (const { spec, metadata } of templates) {
      expect(spec.template.metadata.labels, metadata.name).toMatchObject(spec.selector.matchLabels);
      const budget = objects.find(
        (object) => object.kind === 'PodDisruptionBudget' && object.metadata.name === metadata.name,
      );
      expect(budget?.spec.selector.matchLabels).toEqual(spec.selector.matchLabels);
    }
  });

  test('callers from outside reach a Service of the chart', () => {
    const services = objects.filter(({ kind }) => kind === 'Service').map(({ metadata }) => metadata.name);
    for (const { kind, spec } of objects) {
      if (kind === 'Ingress')
        for (const { http } of spec.rules)
          for (const { backend } of http.paths) expect(services).toContain(backend.service.name);
      if (kind === 'HTTPRoute')
        for (const { backendRefs } of spec.rules)
          for (const { name } of backendRefs) expect(services).toContain(name);
      if (kind === 'Route') expect(services).toContain(spec.to.name);
    }
  });

  test('creates no Secret except the webhook’s certificate', () => {
    const secrets = objects.filter(({ kind }) => kind === 'Secret');
    for (const { type, metadata } of secrets) {
      expect(type).toBe('kubernetes.io/tls');
      expect(metadata.name).toMatch(/-inject-tls$/);
    }
  });
});

test('the documentation lists the same cases', () => {
  expect(cases.sort()).toEqual([
    'ingress-sso',
    'minimal',
    'openshift',
    'other-names',
    'sidecar-by-hand',
    'sidecar-certmanager',
    'sidecar-metrics',
    'sidecar-policy',
    'sidecar-webhook',
    'standalone',
  ]);
});

test('standalone mode creates no pod admission, sidecar mode no gateway pods', () => {
  expect(kinds(render('minimal'))).toEqual([
    'ConfigMap',
    'Deployment',
    'NetworkPolicy',
    'Pod',
    'PodDisruptionBudget',
    'Service',
    'ServiceAccount',
  ]);
  expect(kinds(render('sidecar-policy'))).toEqual([
    'MutatingAdmissionPolicy',
    'MutatingAdmissionPolicyBinding',
    'NetworkPolicy',
    'Pod',
    'Service',
    'ServiceAccount',
    'ValidatingAdmissionPolicy',
    'ValidatingAdmissionPolicyBinding',
  ]);
});

test('chart, image and package have the same version', () => {
  const chart = parse(readFileSync(join(CHART, 'Chart.yaml'), 'utf8'));
  const { version } = JSON.parse(readFileSync(join(CHART, '../package.json'), 'utf8'));
  expect(chart.version).toBe(version);
  expect(chart.appVersion).toBe(version);
});

// biome-ignore lint/suspicious/noExplicitAny: a pod's spec
function podOf({ kind, spec }: KubeObject): any {
  if (kind === 'Pod') return spec;
  return kind === 'Deployment' ? spec.template.spec : undefined;
}
