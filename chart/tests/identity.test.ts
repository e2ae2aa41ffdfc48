/** `gateway.identity`: the identity file of the gateway, as values. */
import { describe, expect, test } from 'vitest';
import { parseIdentityFile } from '../../src/config/identity-file/identity-file.ts';
import { createRoles } from '../../src/rbac/roles.ts';
import { type KubeObject, one, REQUIRED, refusal, render } from './helm.ts';

const identity = {
  issuers: [
    {
      issuer: 'https://idp.example.com:8443/realms/ml',
      audience: ['mlflow', 'mlflow-ui', 'batch'],
      grants: [{ groups: 'groups', pattern: '/teams/{tenant}/{role}' }],
    },
    {
      issuer: 'https://other.example.com',
      audience: ['mlflow'],
      keys: { uri: 'http://keys.example.com:8080/jwks' },
      grants: [{ tenantClaim: 'tenant', roleClaims: ['roles'] }],
    },
    {
      issuer: 'kubernetes',
      audience: ['mlflow'],
      grants: [{ namespace: { pattern: 'ml-{tenant}', role: 'contributor' } }],
    },
  ],
};
const values = { gateway: { identity }, clusterKeys: { enabled: true } };
const NAME = 'gw-mlflow-gateway-identity';
const MOUNT = { name: 'mlflow-gateway-identity', mountPath: '/etc/mlflow-gateway/identity', readOnly: true };
const VOLUME = { name: 'mlflow-gateway-identity', configMap: { name: NAME } };

const read = (text: string) =>
  parseIdentityFile(text, {
    path: '/etc/mlflow-gateway/identity/identity.json',
    roles: createRoles(),
    readTable: () => '',
  });

describe('in standalone mode', () => {
  const objects = render(values);

  test('the gateway reads the file that the chart mounts, in a folder that the kubelet can replace', () => {
    expect(one(objects, 'ConfigMap', 'gw-mlflow-gateway').data).toMatchObject({
      GW_IDENTITY_FILE: '/etc/mlflow-gateway/identity/identity.json',
    });
    const { volumes, containers } = one(objects, 'Deployment').spec.template.spec;
    expect(volumes).toContainEqual(VOLUME);
    expect(containers[0].volumeMounts).toContainEqual(MOUNT);
  });

  test('the gateway accepts the file as rendered', () => {
    const text = one(objects, 'ConfigMap', NAME).data['identity.json'];
    expect(JSON.parse(text)).toEqual(identity);
    expect(read(text).issuers).toHaveLength(3);
  });

  test('the NetworkPolicy opens the ports of all issuers', () => {
    const { egress } = objects
      .filter(({ kind }) => kind === 'NetworkPolicy')
      .map(({ spec }) => spec)
      .find((spec: KubeObject) => JSON.stringify(spec.egress ?? []).includes('8443')) as KubeObject;
    const ports = (egress as { ports: { port: number }[] }[]).flatMap((rule) =>
      rule.ports.map(({ port }) => port),
    );
    expect(ports).toEqual(expect.arrayContaining([8443, 8080]));
  });

  test('a change of it does not restart the pods, since the gateway reads the file again', () => {
    const annotations = (all: readonly KubeObject[]) =>
      one(all, 'Deployment').spec.template.metadata.annotations;
    const changed = { issuers: identity.issuers.slice(1) };
    expect(annotations(render({ ...values, gateway: { identity: changed } }))).toEqual(annotations(objects));
  });
});

describe('in sidecar mode', () => {
  const sidecar = { mode: 'sidecar', ...values, injection: { namespaces: ['ml', 'research'] } };

  test('every namespace of MLflow has the file', () => {
    const maps = render(sidecar).filter(
      ({ kind, metadata }) => kind === 'ConfigMap' && metadata.name === NAME,
    );
    expect(maps.map(({ metadata }) => metadata.namespace)).toEqual(['ml', 'research']);
  });

  test('the webhook gives the sidecar the variable, the volume and the mount', () => {
    const settings = JSON.parse(
      one(render(sidecar), 'ConfigMap', 'gw-mlflow-gateway-inject').data['settings.json'],
    );
    expect(settings.volumes).toContainEqual(VOLUME);
    expect(settings.gateway.volumeMounts).toContainEqual(MOUNT);
    expect(settings.gateway.env).toContainEqual({
      name: 'GW_IDENTITY_FILE',
      value: '/etc/mlflow-gateway/identity/identity.json',
    });
  });

  test('the admission policy gives them too', () => {
    const text = JSON.stringify(
      one(render({ ...sidecar, injection: { method: 'admissionPolicy' } }), 'MutatingAdmissionPolicy'),
    );
    for (const part of [NAME, MOUNT.mountPath, 'GW_IDENTITY_FILE']) expect(text).toContain(part);
  });
});

describe('sign-in', () => {
  const sso = {
    enabled: true,
    publicUrl: 'https://mlflow.example.com',
    clientId: 'mlflow-ui',
    existingSecret: 's',
    issuer: 'https://idp.example.com:8443/realms/ml',
  };

  test('is at the issuer that the values name, for its audiences', () => {
    const { args } = one(render({ ...values, sso }), 'Deployment', 'gw-mlflow-gateway-sso').spec.template.spec
      .containers[0];
    expect(args).toEqual(
      expect.arrayContaining([
        `--oidc-issuer-url=${sso.issuer}`,
        `--extra-jwt-issuers=${sso.issuer}=mlflow`,
        `--extra-jwt-issuers=${sso.issuer}=batch`,
      ]),
    );
  });

  test.each<[string, object, string]>([
    [
      'no issuer',
      { ...sso, issuer: '' },
      'sso.issuer: must be one of the issuers of gateway.identity: https://idp',
    ],
    ['another issuer', { ...sso, issuer: 'https://x' }, 'sso.issuer: must be one of the issuers'],
    [
      'a client of another issuer',
      { ...sso, clientId: 'x' },
      'sso.clientId: x must be in the audience of sso.issuer',
    ],
  ])('%s is refused', (_what, own, message) => {
    expect(refusal({ ...values, sso: own })).toContain(message);
  });

  test('an issuer without gateway.identity is refused', () => {
    expect(refusal({ ...REQUIRED, sso: { issuer: 'https://x' } })).toContain(
      'sso.issuer: is for gateway.identity',
    );
  });
});

test.each<[string, object, string | RegExp]>([
  [
    'both forms',
    { ...values, config: { ...REQUIRED.config, GW_ROLE_CLAIM: 'roles' } },
    'gateway.identity: is set together with config.GW_OIDC_ISSUER, config.GW_OIDC_AUDIENCE, config.GW_ROLE_CLAIM',
  ],
  [
    'keys of the other form from a Secret',
    { ...values, configFrom: { GW_JWKS_JSON: { secret: 's', key: 'k' } } },
    'gateway.identity: is set together with configFrom.GW_JWKS_JSON',
  ],
  [
    'authentication that is off',
    { ...values, allowAuthOff: true, config: { GW_AUTH_MODE: 'off' } },
    'gateway.identity: has no effect with GW_AUTH_MODE=off',
  ],
  [
    'the path of the file',
    { ...REQUIRED, config: { ...REQUIRED.config, GW_IDENTITY_FILE: '/x' } },
    "'GW_IDENTITY_FILE'",
  ],
  [
    'an unknown field of the file',
    { gateway: { identity: { issuers: [{ ...identity.issuers[0], audiences: ['x'] }] } } },
    /\/gateway\/identity/,
  ],
  [
    'a number that was text',
    { gateway: { identity: { issuers: [{ ...identity.issuers[0], audience: [123] }] } } },
    /\/gateway\/identity/,
  ],
])('%s is refused', (_what, wrong, message) => {
  if (typeof message === 'string') expect(refusal(wrong)).toContain(message);
  else expect(refusal(wrong)).toMatch(message);
});
