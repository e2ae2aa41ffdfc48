import { REALM } from '../../idp/realm.ts';
import { makeCertificate } from './certificates.ts';
import { apply, list, rolledOut } from './kubectl.ts';
import { CONTAINER_SECURITY, makeNamespace, POD_SECURITY } from './namespace.ts';
import { settings } from './settings.ts';

export const IDENTITY = 'e2e-identity';
/** The host of Keycloak, for pods and the browser. */
export const KEYCLOAK_HOST = `keycloak.${IDENTITY}.svc`;
export const KEYCLOAK_PORT = 8443;
export const ISSUER = `https://${KEYCLOAK_HOST}:${KEYCLOAK_PORT}/realms/ml`;
/** The address at which Keycloak ends a session. */
export const LOGOUT = `${ISSUER}/protocol/openid-connect/logout`;
/** The Secret with Keycloak's authority, in the namespaces of its clients. */
export const AUTHORITY = { secret: 'keycloak-ca', key: 'ca.crt' } as const;

/**
 * Starts Keycloak with TLS of a private authority and the realm of the integration guide, and waits until it answers. It
 * keeps its data in memory: a new pod starts with the same realm and other keys.
 *
 * @returns the certificate of its authority, PEM
 */
export async function startKeycloak(): Promise<string> {
  await makeNamespace(IDENTITY);
  // A kept Keycloak continues with its certificate.
  const kept = (await list(IDENTITY, 'secrets')).find(({ metadata }) => metadata.name === 'tls');
  if (kept !== undefined && (await list(IDENTITY, 'deployments')).length > 0) {
    await rolledOut(IDENTITY, 'keycloak', 300);
    return Buffer.from(kept.data['ca.crt'], 'base64').toString('utf8');
  }
  const { authority, certificate, key } = await makeCertificate(KEYCLOAK_HOST);
  const stringData = { 'tls.crt': certificate, 'tls.key': key, 'ca.crt': authority };
  await apply(
    IDENTITY,
    { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'tls' }, type: 'kubernetes.io/tls', stringData },
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'realm' },
      data: { 'realm.json': JSON.stringify(REALM) },
    },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'keycloak' },
      spec: { selector: { app: 'keycloak' }, ports: [{ port: KEYCLOAK_PORT }] },
    },
    deployment(),
  );
  await rolledOut(IDENTITY, 'keycloak', 300);
  return authority;
}

/** The Secret that chart values and callers reference. */
export async function trustKeycloak(namespace: string, authority: string): Promise<void> {
  await apply(namespace, {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: AUTHORITY.secret },
    stringData: { [AUTHORITY.key]: authority },
  });
}

function deployment(): object {
  const args = [
    'start',
    '--db=dev-mem',
    '--health-enabled=true',
    `--hostname=https://${KEYCLOAK_HOST}:${KEYCLOAK_PORT}`,
    '--https-certificate-file=/tls/tls.crt',
    '--https-certificate-key-file=/tls/tls.key',
    '--import-realm',
  ];
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'keycloak' },
    spec: {
      selector: { matchLabels: { app: 'keycloak' } },
      template: {
        metadata: { labels: { app: 'keycloak' } },
        spec: {
          automountServiceAccountToken: false,
          securityContext: POD_SECURITY,
          containers: [
            {
              name: 'keycloak',
              image: settings().keycloakImage,
              imagePullPolicy: 'IfNotPresent',
              args,
              env: [{ name: 'JAVA_OPTS_KC_HEAP', value: '-Xmx512m' }],
              readinessProbe: {
                httpGet: { path: '/health/ready', port: 9000, scheme: 'HTTPS' },
                periodSeconds: 2,
                failureThreshold: 150,
              },
              securityContext: CONTAINER_SECURITY,
              volumeMounts: [
                { name: 'tls', mountPath: '/tls', readOnly: true },
                { name: 'realm', mountPath: '/opt/keycloak/data/import', readOnly: true },
              ],
            },
          ],
          volumes: [
            { name: 'tls', secret: { secretName: 'tls' } },
            { name: 'realm', configMap: { name: 'realm' } },
          ],
        },
      },
    },
  };
}
