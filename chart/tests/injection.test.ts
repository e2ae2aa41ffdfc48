import { X509Certificate } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { parseDenyList } from '../../src/identity/deny-list/deny-list-file.ts';
import { one, REQUIRED, render } from './helm.ts';

const name = 'gw-mlflow-gateway';
const sidecar = { ...REQUIRED, mode: 'sidecar' };
const POLICY_API = 'admissionregistration.k8s.io/v1beta1/MutatingAdmissionPolicy';

describe('the injector', () => {
  const writer = (values: object, apiVersions: string[] = []) => {
    const objects = render(values, { apiVersions });
    return objects.find(({ kind }) => /^Mutating.*(Policy|Configuration)$/.test(kind));
  };

  test('is the webhook by default; the admission policy is explicit, in the newest API version', () => {
    expect(writer(sidecar)?.kind).toBe('MutatingWebhookConfiguration');
    expect(writer(sidecar, [POLICY_API])?.kind).toBe('MutatingWebhookConfiguration');
    const chosen = { ...sidecar, injection: { method: 'admissionPolicy' } };
    expect(writer(chosen, [POLICY_API])).toMatchObject({
      kind: 'MutatingAdmissionPolicy',
      apiVersion: 'admissionregistration.k8s.io/v1beta1',
    });
    const both = [POLICY_API, 'admissionregistration.k8s.io/v1/MutatingAdmissionPolicy'];
    expect(writer(chosen, both)?.apiVersion).toBe('admissionregistration.k8s.io/v1');
  });

  test('is the one that the values name; only the webhook adds regular containers', () => {
    const by = (injection: object) => writer({ ...sidecar, injection }, [POLICY_API])?.kind;
    expect(by({ method: 'webhook' })).toBe('MutatingWebhookConfiguration');
    expect(by({ method: 'none' })).toBeUndefined();
    expect(by({ sidecar: 'container' })).toBe('MutatingWebhookConfiguration');
    expect(writer({ ...sidecar, injection: { method: 'admissionPolicy' } })?.kind).toBe(
      'MutatingAdmissionPolicy',
    );
  });

  test.each(['webhook', 'admissionPolicy'])(
    'selects only labelled pods of the named namespaces, by %s',
    (method) => {
      const values = { ...sidecar, injection: { method, namespaces: ['ml', 'other'] } };
      const object = writer(values)!;
      const { namespaceSelector, objectSelector } = object.webhooks?.[0] ?? object.spec.matchConstraints;
      expect(namespaceSelector.matchExpressions).toEqual([
        { key: 'kubernetes.io/metadata.name', operator: 'In', values: ['ml', 'other'] },
      ]);
      expect(objectSelector).toEqual({
        matchLabels: { 'mlflow-gateway.io/inject': 'enabled' },
        matchExpressions: [{ key: 'app.kubernetes.io/name', operator: 'NotIn', values: ['mlflow-gateway'] }],
      });
      expect(object.webhooks?.[0].failurePolicy ?? object.spec.failurePolicy).toBe('Fail');
    },
  );

  test('the guard covers every labelled pod', () => {
    const { matchConstraints, failurePolicy } = one(render(sidecar), 'ValidatingAdmissionPolicy').spec;
    expect(failurePolicy).toBe('Fail');
    expect(matchConstraints.objectSelector).toEqual({
      matchLabels: { 'mlflow-gateway.io/inject': 'enabled' },
    });
    expect(one(render(sidecar), 'ValidatingAdmissionPolicyBinding').spec.validationActions).toEqual(['Deny']);
  });
});

describe('the webhook', () => {
  const objects = render('sidecar-webhook');

  test('its certificate is for its Service, from the CA in the registration', () => {
    const { data } = one(objects, 'Secret', `${name}-inject-tls`);
    const pem = (key: string) => Buffer.from(data[key], 'base64').toString();
    const certificate = new X509Certificate(pem('tls.crt'));
    const authority = new X509Certificate(pem('ca.crt'));
    expect(certificate.checkHost(`${name}-inject.ml.svc`)).toBe(`${name}-inject.ml.svc`);
    expect(certificate.checkIssued(authority)).toBe(true);
    expect(certificate.verify(authority.publicKey)).toBe(true);
    expect(certificate.ca).toBe(false);
    const { clientConfig } = one(objects, 'MutatingWebhookConfiguration').webhooks[0];
    expect(clientConfig).toEqual({
      caBundle: data['ca.crt'],
      service: { name: `${name}-inject`, namespace: 'ml', path: '/mutate', port: 443 },
    });
  });

  test('the CA key is not stored', () => {
    expect(Object.keys(one(objects, 'Secret').data).sort()).toEqual(['ca.crt', 'tls.crt', 'tls.key']);
  });

  test('cert-manager’s certificate is also for its Service', () => {
    const issued = render('sidecar-certmanager');
    expect(issued.some(({ kind }) => kind === 'Secret')).toBe(false);
    expect(one(issued, 'Certificate', `${name}-inject`).spec).toMatchObject({
      secretName: `${name}-inject-tls`,
      dnsNames: [`${name}-inject.ml.svc`, `${name}-inject.ml.svc.cluster.local`],
      issuerRef: { name: `${name}-inject`, kind: 'Issuer' },
    });
    const registration = one(issued, 'MutatingWebhookConfiguration');
    expect(registration.metadata.annotations).toEqual({
      'cert-manager.io/inject-ca-from': `ml/${name}-inject`,
    });
    expect(registration.webhooks[0].clientConfig).not.toHaveProperty('caBundle');
    const own = render({
      ...sidecar,
      injection: {
        method: 'webhook',
        webhook: { certificate: { from: 'certManager', issuerRef: { name: 'ca', kind: 'ClusterIssuer' } } },
      },
    });
    expect(own.filter(({ kind }) => kind === 'Issuer')).toEqual([]);
    expect(one(own, 'Certificate').spec.issuerRef).toEqual({ name: 'ca', kind: 'ClusterIssuer' });
  });

  test('its pods restart when its settings change', () => {
    const annotations = (values: object) =>
      one(render({ ...sidecar, ...values }), 'Deployment').spec.template.metadata.annotations;
    expect(annotations({})).toEqual(annotations({}));
    expect(annotations({})).not.toEqual(annotations({ resources: { limits: { memory: '1Gi' } } }));
  });

  test('its files are mounted at paths that the image’s Node may read', () => {
    const { env, volumeMounts } = one(objects, 'Deployment').spec.template.spec.containers[0];
    for (const { mountPath } of volumeMounts) expect(mountPath).toMatch(/^\/etc\/mlflow-gateway\//);
    for (const { name: variable, value } of env)
      if (variable.endsWith('_FILE')) expect(value).toMatch(/^\/etc\/mlflow-gateway\//);
  });
});

test.each([
  ['1.30.0', 10, { sleep: { seconds: 10 } }],
  // Kubernetes 1.29 has no `sleep` action.
  ['1.29.14', 10, { exec: { command: ['sleep', '10'] } }],
  ['1.34.0', 0, null],
])('on Kubernetes %s, MLflow’s pause of %i seconds is %o', (kubernetes, preStopSeconds, pause) => {
  const objects = render({ ...sidecar, injection: { preStopSeconds } }, { kubernetes });
  const settings = JSON.parse(one(objects, 'ConfigMap', `${name}-inject`).data['settings.json']);
  expect(settings.mlflow.preStop).toEqual(pause);
});

test('every namespace with gateways has the roles', () => {
  const maps = render('sidecar-webhook').filter(({ metadata }) => metadata.name === `${name}-policy`);
  expect(maps.map(({ metadata }) => metadata.namespace)).toEqual(['ml', 'ml-staging']);
  expect(JSON.parse(maps[0]?.data['policy.json'])).toEqual({
    roles: { auditor: { permissions: ['runs:read'] } },
  });
});

test('every namespace with gateways has the deny list, as the gateway reads it', () => {
  const objects = render('sidecar-webhook');
  const maps = objects.filter(({ metadata }) => metadata.name === `${name}-deny-list`);
  expect(maps.map(({ metadata }) => metadata.namespace)).toEqual(['ml', 'ml-staging']);
  expect(parseDenyList(maps[0]?.data['deny-list.json']).size).toBe(1);
  const { gateway, pod } = JSON.parse(one(objects, 'ConfigMap', `${name}-inject`).data['settings.json']);
  expect(gateway.env).toContainEqual({
    name: 'GW_DENY_LIST_FILE',
    value: '/etc/mlflow-gateway/deny-list/deny-list.json',
  });
  expect(JSON.stringify([gateway, pod])).not.toContain('subPath');
});

test('a checksum identifies pods with an old configuration', () => {
  const checksum = (values: object) => {
    const objects = render({ ...sidecar, injection: { method: 'webhook' }, ...values });
    const settings = JSON.parse(one(objects, 'ConfigMap', `${name}-inject`).data['settings.json']);
    return settings.podAnnotations['mlflow-gateway.io/config-checksum'];
  };
  expect(checksum({})).toMatch(/^[0-9a-f]{16}$/);
  expect(checksum({ service: { annotations: { a: 'b' } } })).toBe(checksum({}));
  expect(checksum({ config: { ...REQUIRED.config, GW_LOG_LEVEL: 'debug' } })).not.toBe(checksum({}));
  // A changed file needs no new pod; a new one does.
  const denyList = (...entries: object[]) => checksum({ denyList: { entries }, policy: { roles: {} } });
  expect(denyList({ issuer: 'x', subject: 'y' })).toBe(denyList());
  expect(denyList()).not.toBe(checksum({ policy: { roles: {} } }));
});

describe('the webhook’s settings', () => {
  const settings = (values: object) => {
    const objects = render({ ...sidecar, ...values });
    return JSON.parse(one(objects, 'ConfigMap', `${name}-inject`).data['settings.json']);
  };
  const allowed = (values: object) =>
    settings(values).gateway.env.find(
      (variable: { name: string }) => variable.name === 'GW_SIDECAR_ALLOWED_PORTS',
    )?.value;

  test('list the ports that the NetworkPolicy opens, none without a NetworkPolicy', () => {
    expect(settings({}).openPorts).toEqual([5000]);
    const networkPolicy = { sidecarPorts: [4180] };
    expect(settings({ injection: { port: 8080 }, networkPolicy }).openPorts).toEqual([8080, 4180]);
    expect(settings({ networkPolicy: { ...networkPolicy, enabled: false } }).openPorts).toEqual([]);
  });

  test('allow the ports that the NetworkPolicy opens for other containers, and those of the configuration', () => {
    const config = { ...REQUIRED.config, GW_SIDECAR_ALLOWED_PORTS: '9090, 4180' };
    expect(allowed({})).toBeUndefined();
    expect(allowed({ networkPolicy: { sidecarPorts: [4180] } })).toBe('4180');
    expect(allowed({ config, networkPolicy: { sidecarPorts: [4180] } })).toBe('9090,4180');
    expect(allowed({ config })).toBe('9090,4180');
  });
});
