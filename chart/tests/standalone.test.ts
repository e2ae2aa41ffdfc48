import { expect, test } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { parseDenyList } from '../../src/identity/deny-list/deny-list-file.ts';
import { type KubeObject, MLFLOW, one, REQUIRED, refusal, render } from './helm.ts';

const name = 'gw-mlflow-gateway';

const containerOf = (objects: readonly KubeObject[]) =>
  one(objects, 'Deployment').spec.template.spec.containers[0];

test('the gateway accepts the configuration, with numbers as written', () => {
  const { data } = one(render('standalone'), 'ConfigMap', name);
  expect(data).toMatchObject({
    GW_LISTEN_PORT: '8000',
    GW_TARGET_BASE_URL: 'http://mlflow-tracking.mlops.svc:80',
    GW_MAX_BODY_BYTES: '33554432',
    GW_TOKEN_CACHE_SIZE: '50000',
    GW_WORKSPACE_AUTOCREATE: 'true',
    GW_OIDC_CLOCK_TOLERANCE_SECONDS: '12.5',
    GW_RBAC_POLICY_FILE: '/etc/mlflow-gateway/policy/policy.json',
  });
  const known = Object.fromEntries(
    Object.entries<string>(data).filter(([variable]) => variable !== 'GW_DRAIN_DELAY_SECONDS'),
  );
  expect(loadConfig(known, { serverFeatures: [] })).toHaveProperty('config');
});

test('a change of the roles or the deny list changes no pod, as the gateway reads the files again', () => {
  const deployment = (entries: object[], policy: object) =>
    one(render({ ...REQUIRED, denyList: { entries }, policy }), 'Deployment');
  const entry = { issuer: 'https://idp.example.com', subject: 'mallory', until: '2026-12-01T00:00:00Z' };
  expect(deployment([entry], { roles: { a: {} } })).toEqual(deployment([], { roles: { b: {} } }));
  const { data } = one(
    render({ ...REQUIRED, denyList: { entries: [entry] } }),
    'ConfigMap',
    `${name}-deny-list`,
  );
  expect(parseDenyList(data['deny-list.json']).size).toBe(1);
});

test('the deny list can be an existing Secret, mounted as a folder', () => {
  const objects = render('standalone');
  const { volumes } = one(objects, 'Deployment').spec.template.spec;
  expect(volumes).toContainEqual({
    name: 'mlflow-gateway-deny-list',
    secret: { secretName: 'ended-access', items: [{ key: 'deny-list.json', path: 'deny-list.json' }] },
  });
  expect(containerOf(objects).volumeMounts).toContainEqual({
    name: 'mlflow-gateway-deny-list',
    mountPath: '/etc/mlflow-gateway/deny-list',
    readOnly: true,
  });
  expect(objects.map(({ metadata }) => metadata.name)).not.toContain(`${name}-deny-list`);
  const both = { entries: [], from: { secret: 's', key: 'k' } };
  expect(refusal({ ...REQUIRED, denyList: both })).toContain('denyList.from: names a file that replaces');
  expect(refusal({ ...REQUIRED, denyList: { entries: [{ subject: 'x' }] } })).toContain(
    '/denyList/entries/0',
  );
});

test('the user’s values win over derived ones', () => {
  const { data } = one(
    render({ config: { ...REQUIRED.config, GW_LISTEN_HOST: '::', GW_LOG_LEVEL: 'debug' } }),
    'ConfigMap',
    name,
  );
  expect(data).toMatchObject({ GW_LISTEN_HOST: '::', GW_LOG_LEVEL: 'debug' });
});

test('requests to MLflow have the Host localhost, that of the values, or its Service’s name', () => {
  const host = (mlflow: object) =>
    one(render({ ...REQUIRED, mlflow }), 'ConfigMap', name).data.GW_UPSTREAM_HOST;
  expect(host({})).toBe('localhost');
  expect(host({ host: 'ml.example.com:8443' })).toBe('ml.example.com:8443');
  expect(host({ host: '' })).toBeUndefined();
  expect(refusal({ ...REQUIRED, mlflow: { host: 'a,b' } })).toContain('/mlflow/host');
  expect(refusal({ config: { ...REQUIRED.config, GW_UPSTREAM_HOST: 'ml.example.com' } })).toContain(
    'config.GW_UPSTREAM_HOST: set mlflow.host=ml.example.com instead',
  );
});

test('without a cluster, all values about MLflow are required, and listed in one refusal', () => {
  const bare = (values: object) => refusal({ ...REQUIRED, ...values }, { mlflow: false });
  const required = (values: object) =>
    [...bare(values).matchAll(/mlflow[.](\w+): is required where Helm cannot look it up/g)].map(
      ([, value]) => value,
    );
  expect(required({})).toEqual(['service', 'port', 'podLabels']);
  expect(required({ networkPolicy: { enabled: false } })).toEqual(['service', 'port']);
  const { podLabels } = MLFLOW;
  expect(bare({ mlflow: { service: 'mlflow', port: 80 } })).toContain(
    'kubectl -n ml get service mlflow -o jsonpath={.spec.selector}',
  );
  // The pods of both charts listen at 5000, regardless of the port of their Service.
  expect(required({ mlflow: { service: 'mlflow', port: 80, podLabels } })).toEqual(['podPort']);
  const open = { service: 'mlflow', port: 80 };
  const values = { ...REQUIRED, networkPolicy: { enabled: false }, mlflow: open };
  expect(one(render(values, { mlflow: false }), 'ConfigMap').data.GW_TARGET_BASE_URL).toBe(
    'http://mlflow.ml.svc:80',
  );
});

test('without values and a cluster it renders no manifests', () => {
  expect(refusal({}, { mlflow: false })).toMatch(
    /mlflow.service: is required[\s\S]*config.GW_OIDC_ISSUER: is required/,
  );
});

test('renders a variable from a reference as a reference', () => {
  const { env } = containerOf(render('standalone'));
  expect(env).toContainEqual({
    name: 'GW_JWKS_JSON',
    valueFrom: { secretKeyRef: { name: 'idp-keys', key: 'jwks.json' } },
  });
  expect(env).toContainEqual({ name: 'TZ', value: 'UTC' });
});

test('private CAs are mounted and configured', () => {
  const objects = render({
    ...REQUIRED,
    mlflow: { scheme: 'https' },
    certificateAuthorities: {
      provider: { configMap: 'company', key: 'bundle.pem' },
      mlflow: { secret: 'mlflow-ca', key: 'tls.ca' },
    },
  });
  const { volumes, containers } = one(objects, 'Deployment').spec.template.spec;
  expect(volumes).toEqual([
    {
      name: 'mlflow-gateway-provider-ca',
      configMap: { name: 'company', items: [{ key: 'bundle.pem', path: 'ca.crt' }] },
    },
    {
      name: 'mlflow-gateway-mlflow-ca',
      secret: { secretName: 'mlflow-ca', items: [{ key: 'tls.ca', path: 'ca.crt' }] },
    },
  ]);
  expect(containers[0].env).toEqual([
    { name: 'NODE_EXTRA_CA_CERTS', value: '/etc/mlflow-gateway/provider-ca/ca.crt' },
  ]);
  expect(one(objects, 'ConfigMap').data).toMatchObject({
    GW_TARGET_BASE_URL: 'https://mlflow.ml.svc:5000',
    GW_TARGET_CA_FILE: '/etc/mlflow-gateway/mlflow-ca/ca.crt',
  });
});

test('pods restart only when the configuration changes', () => {
  const annotations = (values: object) =>
    one(render(values), 'Deployment').spec.template.metadata.annotations;
  const before = annotations(REQUIRED);
  expect(annotations(REQUIRED)).toEqual(before);
  expect(annotations({ ...REQUIRED, replicas: 5 })).toEqual(before);
  expect(annotations({ config: { ...REQUIRED.config, GW_LOG_LEVEL: 'debug' } })).not.toEqual(before);
  expect(annotations({ ...REQUIRED, policy: { roles: {} } })).not.toEqual(before);
});

test('pods have the label app=gateway', () => {
  expect(one(render(REQUIRED), 'Deployment').spec.template.metadata.labels.app).toBe('gateway');
});

test('an autoscaler controls the number of pods', () => {
  const fixed = render({ ...REQUIRED, replicas: 3 });
  expect(one(fixed, 'Deployment').spec.replicas).toBe(3);
  const scaled = render({ ...REQUIRED, autoscaling: { enabled: true, maxReplicas: 4 } });
  expect(one(scaled, 'Deployment').spec).not.toHaveProperty('replicas');
  expect(one(scaled, 'HorizontalPodAutoscaler').spec).toMatchObject({ minReplicas: 2, maxReplicas: 4 });
});

test('with strategy tags one pod runs and is replaced after it ends, unless replicas are set', () => {
  const replicas = (values: object) => {
    const objects = render(values);
    const { spec } = one(objects, 'Deployment');
    return [spec.replicas, spec.strategy.type, one(objects, 'ConfigMap').data.GW_REPLICAS];
  };
  const tags = { config: { ...REQUIRED.config, GW_TENANCY: 'tags' } };
  expect(replicas(tags)).toEqual([1, 'Recreate', '1']);
  expect(replicas({ ...tags, replicas: 3 })).toEqual([3, 'RollingUpdate', '2']);
  expect(replicas({ ...tags, autoscaling: { enabled: true } })).toEqual([undefined, 'RollingUpdate', '2']);
  // The tenancy strategy is not known here, so two pods could run during an update.
  expect(replicas(REQUIRED)).toEqual([2, 'RollingUpdate', '2']);
  expect(replicas({ ...REQUIRED, replicas: 1 })).toEqual([1, 'RollingUpdate', '2']);
  const workspaces = { config: { ...REQUIRED.config, GW_TENANCY: 'workspaces' } };
  expect(replicas(workspaces)).toEqual([2, 'RollingUpdate', undefined]);
  expect(() => render({ config: { ...tags.config, GW_REPLICAS: '1' }, replicas: 2 })).toThrow(
    'config.GW_REPLICAS: is 1, and there can be several pods at once',
  );
});

test('pods are spread, with the anti-affinity of the values', () => {
  const pod = (values: object) => one(render({ ...REQUIRED, ...values }), 'Deployment').spec.template.spec;
  expect(pod({}).topologySpreadConstraints).toHaveLength(2);
  expect(pod({ topologySpread: { keys: [] } })).not.toHaveProperty('topologySpreadConstraints');
  expect(pod({}).affinity.podAntiAffinity).toHaveProperty('preferredDuringSchedulingIgnoredDuringExecution');
  expect(pod({ podAntiAffinity: 'required' }).affinity.podAntiAffinity).toHaveProperty(
    'requiredDuringSchedulingIgnoredDuringExecution',
  );
  const own = { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: {} } };
  expect(pod({ podAntiAffinity: 'none', affinity: own }).affinity).toEqual(own);
});

test('a rollout keeps the number of pods, and drains them before they end', () => {
  const { spec } = one(render(REQUIRED), 'Deployment');
  expect(spec.strategy.rollingUpdate).toEqual({ maxSurge: 1, maxUnavailable: 0 });
  expect(spec.template.spec.terminationGracePeriodSeconds).toBe(35);
  expect(one(render(REQUIRED), 'ConfigMap').data.GW_DRAIN_DELAY_SECONDS).toBe('5');
});

test('a digest wins over the tag, the tag over the version', () => {
  const image = (values: object) => containerOf(render({ ...REQUIRED, image: values })).image;
  expect(image({})).toBe('mlflow-gateway:0.1.0');
  expect(image({ repository: 'r.example/gw', tag: '2' })).toBe('r.example/gw:2');
  const digest = `sha256:${'a'.repeat(64)}`;
  expect(image({ tag: '2', digest })).toBe(`mlflow-gateway@${digest}`);
});

test('pods use an existing ServiceAccount', () => {
  const account = (serviceAccount: object) =>
    one(render({ ...REQUIRED, serviceAccount }), 'Deployment').spec.template.spec.serviceAccountName;
  expect(account({})).toBe(name);
  expect(account({ name: 'own' })).toBe('own');
  expect(account({ create: false })).toBe('default');
  expect(account({ create: false, name: 'own' })).toBe('own');
});

test('on OpenShift the SCC chooses the user', () => {
  const user = (values: object | string) =>
    one(render(values), 'Deployment').spec.template.spec.securityContext;
  expect(user(REQUIRED)).toMatchObject({ runAsUser: 65532, runAsGroup: 65532 });
  expect(user('openshift')).toEqual({ runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } });
});
