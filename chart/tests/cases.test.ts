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

  test('every object carries the labels of the release, and those with a namespace name it', () => {
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

  test('no two objects have one name', () => {
    const names = objects.map(({ kind, metadata }) => `${kind}/${metadata.namespace ?? ''}/${metadata.name}`);
    expect(new Set(names).size).toBe(names.length);
  });

  test('its pods are what Pod Security "restricted" asks for, without a token of Kubernetes', () => {
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

  test('selectors find the pods they are meant for', () => {
    const templates = objects.filter(({ kind }) => kind === 'Deployment');
    for (const { spec, metadata } of templates) {
      expect(spec.template.metadata.labels, metadata.name).toMatchObject(spec.selector.matchLabels);
      const budget = objects.find(
        (object) => object.kind === 'PodDisruptionBudget' && object.metadata.name === metadata.name,
      );
      expect(budget?.spec.selector.matchLabels).toEqual(spec.selector.matchLabels);
    }
  });

  test('what callers from outside reach is a Service of the chart', () => {
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

  test('Secrets are referred to and never made, but for a certificate of the webhook', () => {
    const secrets = objects.filter(({ kind }) => kind === 'Secret');
    for (const { type, metadata } of secrets) {
      expect(type).toBe('kubernetes.io/tls');
      expect(metadata.name).toMatch(/-inject-tls$/);
    }
  });
});

test('the cases are those that the documentation names', () => {
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

test('standalone mode makes nothing that watches pods, sidecar mode no pods of the gateway', () => {
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

test('versions of chart, image and package are one', () => {
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
