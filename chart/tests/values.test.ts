import { describe, expect, test } from 'vitest';
import { REQUIRED, refusal, render } from './helm.ts';

describe('the schema refuses by name', () => {
  test.each<[string, object, RegExp]>([
    ['a variable that does not exist', { config: { GW_OIDC_ISUER: 'x' } }, /\/config'.*'GW_OIDC_ISUER'/],
    ['a variable that the chart sets', { config: { GW_LISTEN_PORT: 1 } }, /\/config'.*'GW_LISTEN_PORT'/],
    ['a secret written as a value', { config: { GW_JWKS_JSON: '{"keys":[]}' } }, /\/config'.*'GW_JWKS_JSON'/],
    ['a number that is too large', { config: { GW_DRAIN_SECONDS: 9999 } }, /\/config\/GW_DRAIN_SECONDS/],
    ['a word that is none of them', { config: { GW_TENANCY: 'magic' } }, /\/config\/GW_TENANCY/],
    ['YAML’s own reading of off', { config: { GW_AUTH_MODE: false } }, /\/config\/GW_AUTH_MODE/],
    ['a value that does not exist', { replicaCuont: 3 }, /'replicaCuont'/],
    ['a value within one', { autoscaling: { enable: true } }, /\/autoscaling'.*'enable'/],
    ['a mode that does not exist', { mode: 'daemonset' }, /\/mode/],
    ['a port that is none', { mlflow: { port: 70000 } }, /\/mlflow\/port/],
    [
      'a reference to both',
      { configFrom: { GW_JWKS_JSON: { secret: 'a', configMap: 'b', key: 'c' } } },
      /\/configFrom\/GW_JWKS_JSON/,
    ],
    [
      'a reference without a key',
      { configFrom: { GW_JWKS_JSON: { secret: 'a' } } },
      /\/configFrom\/GW_JWKS_JSON/,
    ],
    ['a digest that is none', { image: { digest: 'latest' } }, /\/image\/digest/],
    [
      'a socket outside the folder that the gateway may use',
      { injection: { socket: { directory: '/tmp' } } },
      /\/injection\/socket\/directory/,
    ],
    [
      'a public address that is not https',
      { sso: { publicUrl: 'http://mlflow.example.com' } },
      /\/sso\/publicUrl/,
    ],
    ['a label that is none', { mlflow: { podLabels: { app: 1 } } }, /\/mlflow\/podLabels/],
  ])('%s', (_what, values, message) => {
    expect(refusal({ ...REQUIRED, ...values })).toMatch(message);
  });
});

describe('the templates refuse by name', () => {
  const sidecar = { mode: 'sidecar', ...REQUIRED };
  const sso = {
    config: { ...REQUIRED.config, GW_OIDC_AUDIENCE: 'mlflow, mlflow-ui' },
    sso: {
      enabled: true,
      publicUrl: 'https://mlflow.example.com',
      clientId: 'mlflow-ui',
      existingSecret: 's',
    },
  };

  test.each<[string, object, string]>([
    ['no issuer', { config: { GW_OIDC_AUDIENCE: 'mlflow' } }, 'config.GW_OIDC_ISSUER: is required'],
    ['no audience', { config: { GW_OIDC_ISSUER: 'https://idp' } }, 'config.GW_OIDC_AUDIENCE: is required'],
    [
      'no authentication',
      { config: { GW_AUTH_MODE: 'off' } },
      'config.GW_AUTH_MODE: off does not verify caller identity',
    ],
    [
      'the admission policy without the guard',
      { ...sidecar, injection: { method: 'admissionPolicy', guard: { enabled: false } } },
      'injection.method: admissionPolicy needs injection.guard.enabled=true',
    ],
    [
      'the gateway’s own port among those of others',
      { ...sidecar, networkPolicy: { sidecarPorts: [4180, 5000] } },
      'networkPolicy.sidecarPorts: has 5000',
    ],
    [
      'ports from elsewhere beside those of the network',
      {
        ...sidecar,
        networkPolicy: { sidecarPorts: [4180] },
        configFrom: { GW_SIDECAR_ALLOWED_PORTS: { configMap: 'a', key: 'b' } },
      },
      'configFrom.GW_SIDECAR_ALLOWED_PORTS: cannot be joined',
    ],
    [
      'a host for MLflow from elsewhere',
      { ...sidecar, configFrom: { GW_UPSTREAM_HOST: { configMap: 'a', key: 'b' } } },
      'configFrom.GW_UPSTREAM_HOST: must be in config',
    ],
    [
      'no authentication, by the other variable',
      { config: { GW_AUTH_ENABLED: false } },
      'config.GW_AUTH_MODE: off does not',
    ],
    [
      'one variable twice',
      { ...REQUIRED, configFrom: { GW_OIDC_ISSUER: { secret: 's', key: 'k' } } },
      'configFrom.GW_OIDC_ISSUER: is set in config too',
    ],
    [
      'configuration past the schema',
      { ...REQUIRED, extraEnv: [{ name: 'GW_LISTEN_PORT', value: '1' }] },
      'extraEnv: write GW_LISTEN_PORT in config',
    ],
    [
      'too little time to drain',
      { config: { ...REQUIRED.config, GW_DRAIN_SECONDS: 60 } },
      'terminationGracePeriodSeconds: is 35, and must be more than GW_DRAIN_SECONDS, which is 60',
    ],
    [
      'itself as MLflow',
      { ...REQUIRED, mlflow: { service: 'gw-mlflow-gateway' } },
      "mlflow.service: gw-mlflow-gateway is the gateway's own Service",
    ],
    ['an Ingress without a host', { ...REQUIRED, ingress: { enabled: true } }, 'ingress.hosts: is required'],
    [
      'an HTTPRoute without a Gateway',
      { ...REQUIRED, httpRoute: { enabled: true } },
      'httpRoute.parentRefs: is required',
    ],
    [
      'namespaces of Kubernetes',
      { ...sidecar, injection: { namespaces: ['kube-system'] } },
      'injection.namespaces: kube-system belongs to Kubernetes',
    ],
    [
      'an address in sidecar mode',
      { mode: 'sidecar', config: { ...REQUIRED.config, GW_LISTEN_HOST: '::' } },
      'config.GW_LISTEN_HOST: follows from the pod',
    ],
    [
      'ordinary containers by policy',
      { ...sidecar, injection: { method: 'admissionPolicy', sidecar: 'container' } },
      'injection.sidecar: container is written by the webhook only',
    ],
    ['sign-in without a client', { ...sso, sso: { ...sso.sso, clientId: '' } }, 'sso.clientId: is required'],
    [
      'sign-in without secrets',
      { ...sso, sso: { ...sso.sso, existingSecret: '' } },
      'sso.existingSecret: is required',
    ],
    [
      'sign-in for tokens that the gateway refuses',
      { ...sso, ...REQUIRED },
      'sso.clientId: mlflow-ui must be in config.GW_OIDC_AUDIENCE',
    ],
    [
      'sign-in without authentication',
      { ...sso, config: { GW_AUTH_MODE: 'off' }, allowAuthOff: true },
      'sso.enabled: the gateway would not look at the tokens',
    ],
  ])('%s', (_what, values, message) => {
    expect(refusal(values)).toContain(message);
  });

  test.each([
    ['mlflow.ingress', { mlflow: { ingress: { enabled: true } } }],
    ['mlflow.expose', { mlflow: { expose: true } }],
    ['ingress.backend', { ingress: { backend: { service: { name: 'mlflow' } } } }],
    ['ingress.service', { ingress: { service: 'mlflow' } }],
    ['httpRoute.backendRefs', { httpRoute: { backendRefs: [{ name: 'mlflow', port: 5000 }] } }],
    ['openshift.route.to', { openshift: { route: { to: { name: 'mlflow' } } } }],
    ['service.selector', { service: { selector: { app: 'mlflow' } } }],
    ['service.targetPort', { service: { targetPort: 5000 } }],
    ['sso.upstream', { sso: { upstream: 'http://mlflow:5000' } }],
  ])('exposing MLflow by %s', (name, values) => {
    expect(refusal({ ...REQUIRED, ...values })).toContain(
      `${name}: cannot be set. Only the gateway is ever exposed, never MLflow`,
    );
  });

  test.each([
    '--upstream=http://mlflow:5000',
    '--skip-auth-route=.*',
    '--client-secret=x',
    '--alpha-config=/x',
  ])('oauth2-proxy with %s', (arg) => {
    const message = refusal({ ...sso, sso: { ...sso.sso, extraArgs: [arg] } });
    expect(message).toContain(`sso.extraArgs: ${arg.split('=')[0]} cannot be set`);
  });

  test.each(['ingress', 'httpRoute', 'sso', 'service', 'route'])(
    '%s before labelled pods that no guard stands behind',
    (what) => {
      const values = {
        ingress: { ingress: { enabled: true, hosts: ['a.example'] } },
        httpRoute: { httpRoute: { enabled: true, parentRefs: [{ name: 'g' }] } },
        sso,
        service: { service: { type: 'LoadBalancer' } },
        route: { openshift: { route: { enabled: true } } },
      }[what];
      const open = { ...sidecar, ...values, injection: { guard: { enabled: false } } };
      expect(refusal(open)).toMatch(/would expose pods by a label that nothing enforces/);
      const old = { ...sidecar, ...values, injection: { sidecar: 'container' } };
      expect(refusal(old, { kubernetes: '1.28.0' })).toMatch(/would expose pods by a label/);
      expect(render({ ...sidecar, ...values }).length).toBeGreaterThan(0);
    },
  );

  test('a native sidecar is refused on a Kubernetes without them', () => {
    expect(refusal(sidecar, { kubernetes: '1.28.5' })).toContain(
      'injection.sidecar: native needs Kubernetes 1.29, and this is v1.28.5',
    );
    expect(
      render({ ...sidecar, injection: { sidecar: 'container' } }, { kubernetes: '1.28.5' }).length,
    ).toBeGreaterThan(0);
  });

  test('everything at once', () => {
    const message = refusal({ mode: 'sidecar', injection: { namespaces: ['kube-public'] } });
    expect(message).toContain('config.GW_OIDC_ISSUER: is required');
    expect(message).toContain('config.GW_OIDC_AUDIENCE: is required');
    expect(message).toContain('injection.namespaces: kube-public');
  });

  test('authentication off only with allowAuthOff', () => {
    const objects = render({ config: { GW_AUTH_MODE: 'off' }, allowAuthOff: true });
    expect(objects.find(({ kind }) => kind === 'ConfigMap')?.data.GW_AUTH_MODE).toBe('off');
  });
});
