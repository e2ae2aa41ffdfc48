import { generateKeyPairSync } from 'node:crypto';
import { makeCertificate } from './certificates.ts';
import { apply, list, rolledOut } from './kubectl.ts';
import { CONTAINER_SECURITY, makeNamespace, POD_SECURITY } from './namespace.ts';
import { ML, partnerRealm } from './realms.ts';
import { settings } from './settings.ts';

export const IDENTITY = 'e2e-identity';
/** The host of Keycloak, for pods and the browser. */
export const KEYCLOAK_HOST = `keycloak.${IDENTITY}.svc`;
export const KEYCLOAK_PORT = 8443;
/** The realms of Keycloak: of the company, and of a partner. */
export type Realm = 'ml' | 'partner';
/** The issuer of a realm's tokens. */
export const issuerOf = (realm: Realm): string => `https://${KEYCLOAK_HOST}:${KEYCLOAK_PORT}/realms/${realm}`;
export const ISSUER = issuerOf('ml');
/** The address at which Keycloak ends a session. */
export const LOGOUT = `${ISSUER}/protocol/openid-connect/logout`;
/** The Secret with Keycloak's authority, in the namespaces of its clients. */
export const AUTHORITY = { secret: 'keycloak-ca', key: 'ca.crt' } as const;

/** The Secret with the realms that Keycloak imports, and with the key that signs the partner's tokens. */
const REALMS = { secret: 'realms', key: 'partner.key' } as const;

/**
 * Starts Keycloak with TLS of a private authority, the realm of the integration guide and a partner's, and waits until it answers. It
 * keeps its data in the container: a new pod starts with the same realms, and other keys of the first.
 *
 * @returns the certificate of its authority, PEM
 */
export async function startKeycloak(): Promise<string> {
  await makeNamespace(IDENTITY);
  // A kept Keycloak continues with its certificate.
  const kept = (await list(IDENTITY, 'secrets')).find(({ metadata }) => metadata.name === 'tls');
  if (kept !== undefined && (await list(IDENTITY, 'deployments')).length > 0) {
    await rolledOut(IDENTITY, 'keycloak', START_SECONDS);
    return Buffer.from(kept.data['ca.crt'], 'base64').toString('utf8');
  }
  const { authority, certificate, key } = await makeCertificate(KEYCLOAK_HOST);
  const stringData = { 'tls.crt': certificate, 'tls.key': key, 'ca.crt': authority };
  const keyOfPartner = newKey();
  await apply(
    IDENTITY,
    { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'tls' }, type: 'kubernetes.io/tls', stringData },
    {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: REALMS.secret },
      stringData: {
        'ml.json': JSON.stringify(ML),
        'partner.json': JSON.stringify(partnerRealm(keyOfPartner)),
        [REALMS.key]: keyOfPartner,
      },
    },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'keycloak' },
      spec: { selector: { app: 'keycloak' }, ports: [{ port: KEYCLOAK_PORT }] },
    },
    deployment(),
  );
  await rolledOut(IDENTITY, 'keycloak', START_SECONDS);
  return authority;
}

/** The private key that signs the tokens of the partner's realm, PEM. */
export async function partnerKey(): Promise<string> {
  const realms = (await list(IDENTITY, 'secrets')).find(({ metadata }) => metadata.name === REALMS.secret);
  return Buffer.from(realms!.data[REALMS.key], 'base64').toString('utf8');
}

const newKey = (): string =>
  generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  }).privateKey;

/** The Secret that chart values and callers reference. */
export async function trustKeycloak(namespace: string, authority: string): Promise<void> {
  await apply(namespace, {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: AUTHORITY.secret },
    stringData: { [AUTHORITY.key]: authority },
  });
}

/** A start takes half a minute of processor time. */
const START_SECONDS = 600;

const IMPORTED = ['ml.json', 'partner.json'].map((key) => ({ key, path: key }));

function deployment(): object {
  const args = [
    'start',
    '--db=dev-file',
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
                { name: 'realms', mountPath: '/opt/keycloak/data/import', readOnly: true },
              ],
            },
          ],
          volumes: [
            { name: 'tls', secret: { secretName: 'tls' } },
            { name: 'realms', secret: { secretName: REALMS.secret, items: IMPORTED } },
          ],
        },
      },
    },
  };
}
