import { expect, test } from 'vitest';
import { one, REQUIRED, refusal, render } from './helm.ts';

const name = 'gw-mlflow-gateway';

test('an Ingress routes to the gateway, or to oauth2-proxy in front of it', () => {
  const values = { ...REQUIRED, ingress: { enabled: true, hosts: ['a.example', 'b.example'] } };
  const backends = one(render(values), 'Ingress').spec.rules.map(
    // biome-ignore lint/suspicious/noExplicitAny: a rule
    ({ host, http }: any) => [host, http.paths[0].path, http.paths[0].backend.service],
  );
  expect(backends).toEqual([
    ['a.example', '/', { name, port: { name: 'http' } }],
    ['b.example', '/', { name, port: { name: 'http' } }],
  ]);
  const { spec } = one(render('ingress-sso'), 'Ingress');
  expect(spec.rules[0].http.paths[0].backend.service.name).toBe(`${name}-sso`);
  expect(spec.ingressClassName).toBe('nginx');
});

test('an HTTPRoute and a Route do the same', () => {
  expect(one(render('standalone'), 'HTTPRoute').spec).toMatchObject({
    parentRefs: [{ name: 'public', namespace: 'gateways' }],
    hostnames: ['mlflow.example.com'],
    rules: [{ backendRefs: [{ name, port: 80 }] }],
  });
  expect(one(render('openshift'), 'Route').spec).toMatchObject({
    host: 'mlflow.apps.example.com',
    to: { kind: 'Service', name },
    port: { targetPort: 'http' },
    tls: { termination: 'edge', insecureEdgeTerminationPolicy: 'Redirect' },
  });
});

test('in sidecar mode the Service selects only pods with a gateway', () => {
  expect(one(render('sidecar-policy'), 'Service').spec).toMatchObject({
    selector: { 'mlflow-gateway.io/inject': 'enabled', 'mlflow-gateway.io/has-gateway': 'true' },
    ports: [{ name: 'http', port: 80, targetPort: 5000 }],
  });
});

test('a release outside MLflow’s namespace creates no Service for pods that it cannot select', () => {
  const values = { ...REQUIRED, mode: 'sidecar', injection: { namespaces: ['elsewhere'] } };
  const services = render(values).filter(({ kind }) => kind === 'Service');
  expect(services.map(({ metadata }) => metadata.name)).toEqual([`${name}-inject`]);
  expect(render(values).some(({ kind }) => kind === 'Pod')).toBe(false);
  expect(refusal({ ...values, ingress: { enabled: true, hosts: ['a.example'] } })).toContain(
    'ingress.enabled: leads to pods of this namespace, which is not among injection.namespaces',
  );
});

test('oauth2-proxy serves in front of the gateway, with its secrets by reference', () => {
  const objects = render('ingress-sso');
  const { args, env, image } = one(objects, 'Deployment', `${name}-sso`).spec.template.spec.containers[0];
  expect(args).toEqual(
    expect.arrayContaining([
      '--upstream=http://gw-mlflow-gateway.ml.svc:80/',
      '--oidc-issuer-url=https://idp.example.com/realms/ml',
      '--client-id=mlflow-ui',
      '--redirect-url=https://mlflow.example.com/oauth2/callback',
      '--pass-authorization-header=true',
      '--skip-jwt-bearer-tokens=true',
      '--extra-jwt-issuers=https://idp.example.com/realms/ml=mlflow',
    ]),
  );
  expect(args.filter((arg: string) => arg.startsWith('--upstream='))).toHaveLength(1);
  expect(args.join(' ')).not.toMatch(/secret/);
  expect(env).toEqual([
    {
      name: 'OAUTH2_PROXY_CLIENT_SECRET',
      valueFrom: { secretKeyRef: { name: 'mlflow-sso', key: 'client-secret' } },
    },
    {
      name: 'OAUTH2_PROXY_COOKIE_SECRET',
      valueFrom: { secretKeyRef: { name: 'mlflow-sso', key: 'cookie-secret' } },
    },
  ]);
  expect(image).toBe('quay.io/oauth2-proxy/oauth2-proxy:v7.15.4');
  const egress = one(objects, 'NetworkPolicy', `${name}-sso`).spec.egress;
  expect(egress.at(-1)).toMatchObject({ ports: [{ protocol: 'TCP', port: 8000 }] });
});

test('oauth2-proxy trusts the provider’s CA like the gateway', () => {
  const { spec } = one(
    render({
      config: { ...REQUIRED.config, GW_OIDC_AUDIENCE: 'ui' },
      certificateAuthorities: { provider: { secret: 'ca', key: 'ca.pem' } },
      sso: { enabled: true, publicUrl: 'https://m.example', clientId: 'ui', existingSecret: 's' },
    }),
    'Deployment',
    `${name}-sso`,
  );
  expect(spec.template.spec.volumes).toEqual([
    { name: 'provider-ca', secret: { secretName: 'ca', items: [{ key: 'ca.pem', path: 'ca.crt' }] } },
  ]);
  expect(spec.template.spec.containers[0].env).toContainEqual({
    name: 'OAUTH2_PROXY_PROVIDER_CA_FILES',
    value: '/etc/provider-ca/ca.crt',
  });
});

test('routes use the gateway’s path and do not rewrite it', () => {
  const config = { ...REQUIRED.config, GW_OIDC_AUDIENCE: 'ui', GW_PATH_PREFIX: '/team/ml.flow' };
  const sso = {
    enabled: true,
    publicUrl: 'https://m.example/team/ml.flow',
    clientId: 'ui',
    existingSecret: 's',
  };
  const objects = render({
    config,
    sso,
    ingress: { enabled: true, hosts: ['m.example'] },
    httpRoute: { enabled: true, parentRefs: [{ name: 'public' }] },
    openshift: { route: { enabled: true, host: 'm.example' } },
  });
  expect(one(objects, 'Ingress').spec.rules[0].http.paths[0]).toMatchObject({
    path: '/team/ml.flow',
    pathType: 'Prefix',
  });
  expect(one(objects, 'HTTPRoute').spec.rules).toMatchObject([
    { matches: [{ path: { type: 'PathPrefix', value: '/team/ml.flow' } }] },
  ]);
  // Rewriting the path would bypass the comparison.
  expect(JSON.stringify(one(objects, 'HTTPRoute'))).not.toContain('filters');
  expect(one(objects, 'Route').spec.path).toBe('/team/ml.flow');
  const { args } = one(objects, 'Deployment', `${name}-sso`).spec.template.spec.containers[0];
  expect(args).toEqual(
    expect.arrayContaining([
      '--redirect-url=https://m.example/team/ml.flow/oauth2/callback',
      '--proxy-prefix=/team/ml.flow/oauth2',
      '--cookie-path=/team/ml.flow',
      '--cookie-name=__Secure-mlflow',
      '--upstream=http://gw-mlflow-gateway.ml.svc:80/',
      '--api-route=^/team/ml\\.flow/api/',
    ]),
  );
  expect(args.join(' ')).not.toContain('__Host-');
  // Probes come from Kubernetes and keep their paths.
  const probes = JSON.stringify(one(objects, 'Deployment', name).spec.template.spec.containers[0]);
  expect(probes).toContain('"path":"/readyz"');
  expect(one(objects, 'Pod').spec.containers[0].env).toContainEqual({
    name: 'PREFIX',
    value: '/team/ml.flow',
  });
});

test('without a path prefix no route has one', () => {
  expect(one(render('openshift'), 'Route').spec.path).toBeUndefined();
  expect(one(render('standalone'), 'HTTPRoute').spec.rules[0].matches[0].path.value).toBe('/');
  const { args } = one(render('ingress-sso'), 'Deployment', `${name}-sso`).spec.template.spec.containers[0];
  expect(args).toContain('--cookie-name=__Host-mlflow');
  expect(args.join(' ')).not.toMatch(/--(cookie-path|proxy-prefix)/);
});

test.each([
  [{ GW_PATH_PREFIX: '/ml' }, 'https://m.example', 'has the path /, and config.GW_PATH_PREFIX is /ml'],
  [{}, 'https://m.example/ml', 'has the path /ml, and config.GW_PATH_PREFIX is not set'],
])('refuses two different paths: %j and %s', (path, publicUrl, why) => {
  const sso = { enabled: true, publicUrl, clientId: 'mlflow', existingSecret: 's' };
  expect(refusal({ config: { ...REQUIRED.config, ...path }, sso })).toContain(`sso.publicUrl: ${why}`);
});

test('refuses a path from a source that the chart cannot read', () => {
  const configFrom = { GW_PATH_PREFIX: { configMap: 'a', key: 'b' } };
  expect(refusal({ ...REQUIRED, configFrom })).toContain('configFrom.GW_PATH_PREFIX: must be in config');
  expect(refusal({ config: { ...REQUIRED.config, GW_PATH_PREFIX: '/ml/' } })).toContain('GW_PATH_PREFIX');
});
