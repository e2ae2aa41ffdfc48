import { expect, it } from 'vitest';
import { findApiServer } from './api-server.ts';

const at = (host: string, port = '443') =>
  findApiServer({ KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port }, '/mount');

it('takes the address that Kubernetes gives every container, and the files of the mount', () => {
  expect(at('10.96.0.1')).toEqual({
    url: 'https://10.96.0.1:443',
    tokenFile: '/mount/token',
    caFile: '/mount/ca.crt',
  });
  expect(at('fd00::1', '6443')?.url).toBe('https://[fd00::1]:6443');
  expect(at('name.hcp.westeurope.azmk8s.io')?.url).toBe('https://name.hcp.westeurope.azmk8s.io:443');
});

it('reads Kubernetes’ own mount where the gateway has none of its own', () => {
  expect(findApiServer({ KUBERNETES_SERVICE_HOST: '10.96.0.1' })).toEqual({
    url: 'https://10.96.0.1:443',
    tokenFile: '/var/run/secrets/kubernetes.io/serviceaccount/token',
    caFile: '/var/run/secrets/kubernetes.io/serviceaccount/ca.crt',
  });
});

it.each([{}, { KUBERNETES_SERVICE_HOST: '' }, { KUBERNETES_SERVICE_HOST: 'a b' }])(
  'finds none outside a cluster (%j)',
  (env) => {
    expect(findApiServer(env)).toBeUndefined();
  },
);
