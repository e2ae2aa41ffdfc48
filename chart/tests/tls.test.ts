import { expect, test } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { one, REQUIRED, refusal, render } from './helm.ts';

const name = 'gw-mlflow-gateway';
const secret = 'gateway-tls';
const clientAuthorities = { configMap: 'proxies', key: 'ca.pem' };
const podOf = (values: object) => one(render({ ...REQUIRED, ...values }), 'Deployment').spec.template.spec;

test('the gateway serves HTTPS with a Secret that the kubelet replaces, and is probed by HTTPS', () => {
  const objects = render({ ...REQUIRED, gateway: { tls: { secret } } });
  const pod = one(objects, 'Deployment').spec.template.spec;
  const [container] = pod.containers;
  // 0440: the key is not readable by everyone; the pod's group reads it.
  expect(pod.volumes).toContainEqual({
    name: 'mlflow-gateway-tls',
    secret: {
      secretName: secret,
      defaultMode: 0o440,
      items: [
        { key: 'tls.crt', path: 'tls.crt' },
        { key: 'tls.key', path: 'tls.key' },
      ],
    },
  });
  expect(pod.securityContext).toMatchObject({ runAsGroup: 65532, fsGroup: 65532 });
  // Without subPath, with which the kubelet never replaces a file.
  expect(container.volumeMounts).toContainEqual({
    name: 'mlflow-gateway-tls',
    mountPath: '/etc/mlflow-gateway/tls',
    readOnly: true,
  });
  for (const probe of ['startupProbe', 'readinessProbe', 'livenessProbe'])
    expect(container[probe].httpGet).toMatchObject({ port: 'http', scheme: 'HTTPS' });
  const { data } = one(objects, 'ConfigMap', name);
  expect(data).toMatchObject({
    GW_TLS_CERT_FILE: '/etc/mlflow-gateway/tls/tls.crt',
    GW_TLS_KEY_FILE: '/etc/mlflow-gateway/tls/tls.key',
  });
  expect(loadConfig(data, { serverFeatures: [] })).toHaveProperty('config');
  expect(one(objects, 'Service', name).spec.ports[0].appProtocol).toBe('https');
  const [test] = one(objects, 'Pod', `${name}-test`).spec.containers;
  expect(test.env).toContainEqual({ name: 'GATEWAY', value: `https://${name}.ml.svc:80` });
});

test('without it, nothing changes', () => {
  const { containers, securityContext } = podOf({});
  expect(containers[0].livenessProbe.httpGet).toEqual({ path: '/healthz', port: 'http' });
  expect(securityContext).not.toHaveProperty('fsGroup');
});

test('client certificates are required, and their names are configured', () => {
  const clientNames = ['proxy.sso.svc', 'spiffe://cluster.local/ns/sso/sa/proxy'];
  const objects = render({ ...REQUIRED, gateway: { tls: { secret, clientAuthorities, clientNames } } });
  const { data } = one(objects, 'ConfigMap', name);
  expect(data).toMatchObject({
    GW_TLS_CLIENT_CA_FILE: '/etc/mlflow-gateway/client-ca/ca.crt',
    GW_TLS_CLIENT_NAMES: clientNames.join(','),
  });
  expect(loadConfig(data, { serverFeatures: [] })).toHaveProperty('config.tls.clientNames', clientNames);
  expect(one(objects, 'Deployment').spec.template.spec.volumes).toContainEqual({
    name: 'mlflow-gateway-client-ca',
    configMap: { name: 'proxies', items: [{ key: 'ca.pem', path: 'ca.crt' }] },
  });
  const [test] = one(objects, 'Pod', `${name}-test`).spec.containers;
  expect(test.env).toContainEqual({ name: 'WITHOUT_TOKEN', value: '403' });
});

test('a client certificate for MLflow is mounted and configured', () => {
  const values = { mlflow: { scheme: 'https', clientCertificate: 'gateway-client' } };
  const objects = render({ ...REQUIRED, ...values });
  expect(one(objects, 'ConfigMap', name).data).toMatchObject({
    GW_TARGET_CERT_FILE: '/etc/mlflow-gateway/mlflow-client/tls.crt',
    GW_TARGET_KEY_FILE: '/etc/mlflow-gateway/mlflow-client/tls.key',
  });
  const pod = one(objects, 'Deployment').spec.template.spec;
  expect(pod.containers[0].volumeMounts).toContainEqual({
    name: 'mlflow-gateway-mlflow-client',
    mountPath: '/etc/mlflow-gateway/mlflow-client',
    readOnly: true,
  });
  expect(pod.containers[0].livenessProbe.httpGet).not.toHaveProperty('scheme');
});

test('OpenShift chooses the group that reads the key', () => {
  expect(
    podOf({ gateway: { tls: { secret } }, openshift: { enabled: true } }).securityContext,
  ).not.toHaveProperty('fsGroup');
});

test.each([
  [
    'authorities without a certificate',
    { gateway: { tls: { clientAuthorities } } },
    'gateway.tls.clientAuthorities: needs',
  ],
  [
    'names without authorities',
    { gateway: { tls: { secret, clientNames: ['a'] } } },
    'gateway.tls.clientNames: needs',
  ],
  [
    'a wildcard',
    { gateway: { tls: { secret, clientAuthorities, clientNames: ['*.a'] } } },
    '/gateway/tls/clientNames/0',
  ],
  [
    'a client certificate for plain HTTP',
    { mlflow: { clientCertificate: 'c' } },
    'mlflow.clientCertificate: has no use',
  ],
  [
    'a Route that sends HTTP',
    { gateway: { tls: { secret } }, openshift: { route: { enabled: true } } },
    'termination: is edge',
  ],
  [
    'the chart’s oauth2-proxy, which sends HTTP',
    {
      gateway: { tls: { secret } },
      sso: { enabled: true, publicUrl: 'https://m.example.com', clientId: 'mlflow', existingSecret: 's' },
    },
    'gateway.tls.secret: cannot be used with sso.enabled',
  ],
  ['TLS of a sidecar', { mode: 'sidecar', gateway: { tls: { secret } } }, 'gateway.tls'],
  [
    'a variable that the chart sets',
    { config: { ...REQUIRED.config, GW_TLS_CERT_FILE: '/x' } },
    'GW_TLS_CERT_FILE',
  ],
])('refuses %s', (_what, values, message) => {
  expect(refusal({ ...REQUIRED, ...values })).toContain(message);
});
