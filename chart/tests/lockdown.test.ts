import { expect, test } from 'vitest';
import { one, REQUIRED, refusal, render } from './helm.ts';

const name = 'gw-mlflow-gateway';
const gateway = {
  'app.kubernetes.io/name': 'mlflow-gateway',
  'app.kubernetes.io/instance': 'gw',
  'app.kubernetes.io/component': 'gateway',
};

const policy = (values: object | string, which = name) => one(render(values), 'NetworkPolicy', which);

test('only the gateway reaches MLflow’s pods, in their own namespace', () => {
  const { metadata, spec } = policy('standalone', `${name}-mlflow`);
  expect(metadata.namespace).toBe('mlops');
  expect(spec.podSelector.matchLabels).toEqual({ 'app.kubernetes.io/name': 'mlflow' });
  expect(spec.policyTypes).toEqual(['Ingress']);
  expect(spec.ingress).toEqual([
    {
      from: [
        {
          namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'ml' } },
          podSelector: { matchLabels: gateway },
        },
      ],
      ports: [{ protocol: 'TCP', port: 5000 }],
    },
  ]);
});

test('the gateway connects to DNS, MLflow and the provider’s port only', () => {
  const { spec } = policy({ config: { ...REQUIRED.config, GW_OIDC_ISSUER: 'https://idp.example:8443/x' } });
  expect(spec.policyTypes).toEqual(['Ingress', 'Egress']);
  expect(spec.egress).toEqual([
    {
      ports: [
        { protocol: 'UDP', port: 53 },
        { protocol: 'TCP', port: 53 },
      ],
    },
    {
      ports: [{ protocol: 'TCP', port: 5000 }],
      to: [
        {
          namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'ml' } },
          podSelector: { matchLabels: { app: 'mlflow' } },
        },
      ],
    },
    { ports: [{ protocol: 'TCP', port: 8443 }] },
  ]);
});

test.each([
  ['https://idp.example/realms/ml', {}, [443]],
  ['http://idp.ml.svc/realms/ml', {}, [80]],
  ['https://idp.example', { GW_JWKS_URI: 'https://keys.example:9443/jwks' }, [443, 9443]],
])('the gateway may connect to the port of the provider %s', (issuer, more, ports) => {
  const { spec } = policy({ config: { ...REQUIRED.config, GW_OIDC_ISSUER: issuer, ...more } });
  expect(spec.egress.at(-1).ports.map(({ port }: { port: number }) => port)).toEqual(ports);
});

test('the provider’s address can be limited, and needs no rule without requests to it', () => {
  const to = [{ ipBlock: { cidr: '192.0.2.7/32' } }];
  const named = policy({ ...REQUIRED, networkPolicy: { identityProvider: { to, ports: [8080] } } });
  expect(named.spec.egress.at(-1)).toEqual({ ports: [{ protocol: 'TCP', port: 8080 }], to });
  const inline = policy({ ...REQUIRED, configFrom: { GW_JWKS_JSON: { secret: 's', key: 'k' } } });
  expect(inline.spec.egress).toHaveLength(2);
});

test('OpenShift’s DNS uses another port', () => {
  const ports = policy('openshift').spec.egress[0].ports.map(({ port }: { port: number }) => port);
  expect(ports).toEqual([53, 53, 5353, 5353]);
});

test('callers of the gateway can be limited; the release’s own pods always may', () => {
  expect(policy(REQUIRED).spec.ingress).toEqual([{ ports: [{ protocol: 'TCP', port: 8000 }] }]);
  const { from } = policy('standalone').spec.ingress[0];
  expect(from).toHaveLength(2);
  expect(from[1].podSelector.matchLabels).toEqual({
    'app.kubernetes.io/name': 'mlflow-gateway',
    'app.kubernetes.io/instance': 'gw',
  });
});

test('pods with the gateway accept connections at its port only, in each of their namespaces', () => {
  const objects = render('sidecar-webhook').filter(
    ({ kind, metadata }) => kind === 'NetworkPolicy' && metadata.name === name,
  );
  expect(objects.map(({ metadata }) => metadata.namespace)).toEqual(['ml', 'ml-staging']);
  for (const { spec } of objects) {
    expect(spec).toEqual({
      podSelector: { matchLabels: { 'mlflow-gateway.io/inject': 'enabled' } },
      policyTypes: ['Ingress'],
      ingress: [{ ports: [{ protocol: 'TCP', port: 5000 }] }],
    });
  }
});

test('a value opens other ports of pods with the gateway, to the same callers', () => {
  const from = [{ podSelector: { matchLabels: { app: 'caller' } } }];
  const networkPolicy = { sidecarPorts: [4180], ingressFrom: from };
  const [rule, ...others] = policy({ ...REQUIRED, mode: 'sidecar', networkPolicy }).spec.ingress;
  expect(others).toEqual([]);
  expect(rule.ports).toEqual([
    { protocol: 'TCP', port: 5000 },
    { protocol: 'TCP', port: 4180 },
  ]);
  expect(rule.from[0]).toEqual(from[0]);
  expect(refusal({ ...REQUIRED, networkPolicy: { sidecarPorts: [4180] } })).toContain(
    'networkPolicy.sidecarPorts: is for mode=sidecar',
  );
});

test('the NetworkPolicy of MLflow lists the accepted other policies, which sidecars do not have', () => {
  const networkPolicy = { acceptedPolicies: ['one', 'two'] };
  expect(policy({ ...REQUIRED, networkPolicy }, `${name}-mlflow`).metadata.annotations).toEqual({
    'mlflow-gateway.io/accepted-policies': 'one,two',
  });
  expect(refusal({ ...REQUIRED, mode: 'sidecar', networkPolicy })).toContain(
    'networkPolicy.acceptedPolicies: is for mode=standalone',
  );
});

test('the webhook may open no connections', () => {
  const { spec } = policy('sidecar-webhook', `${name}-inject`);
  expect(spec.policyTypes).toEqual(['Ingress', 'Egress']);
  expect(spec).not.toHaveProperty('egress');
});

test('the lockdown can be disabled', () => {
  for (const values of [REQUIRED, { ...REQUIRED, mode: 'sidecar' }])
    expect(
      render({ ...values, networkPolicy: { enabled: false } }).filter(({ kind }) => kind === 'NetworkPolicy'),
    ).toEqual([]);
  const { spec } = policy({ ...REQUIRED, networkPolicy: { egress: false } });
  expect(spec.policyTypes).toEqual(['Ingress']);
});

test('renders the guard unless it is disabled or not supported', () => {
  const has = (values: object, kubernetes: string) =>
    render(values, { kubernetes }).some(({ kind }) => kind === 'ValidatingAdmissionPolicy');
  const sidecar = { ...REQUIRED, mode: 'sidecar' };
  expect(has(sidecar, '1.30.0')).toBe(true);
  expect(has(sidecar, '1.29.9')).toBe(false);
  expect(has({ ...sidecar, injection: { guard: { enabled: false } } }, '1.34.0')).toBe(false);
  expect(has(REQUIRED, '1.34.0')).toBe(false);
});
