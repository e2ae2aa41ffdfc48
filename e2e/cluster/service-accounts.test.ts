/**
 * Service accounts of the cluster as callers, beside the people of Keycloak (docs/kubernetes-service-accounts.md): the gateway reads the
 * cluster's issuer and keys, and the namespace decides the tenant. The gateway serves HTTPS (docs/tls.md), and its files change while it runs.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parse } from 'yaml';
import { expectAudit } from './support/audit.ts';
import { type Answer, type Ask, as, asAccount, ask, CALLERS, openVolume } from './support/caller.ts';
import { type Certificate, makeCertificate } from './support/certificates.ts';
import { eventually } from './support/eventually.ts';
import { ISSUER, trustKeycloak } from './support/keycloak.ts';
import { apply, kubectl, remove, rolledOut } from './support/kubectl.ts';
import { mlflow } from './support/mlflow.ts';
import { CONTAINER_SECURITY, makeNamespace, POD_SECURITY, removeNamespace } from './support/namespace.ts';
import { podsOf } from './support/pods.ts';
import { pythonPackage } from './support/python-package.ts';
import { FULLNAME, install } from './support/release.ts';
import { heading, note } from './support/report.ts';
import { settings } from './support/settings.ts';
import { rotateSigningKey } from './support/signing-key.ts';
import { SEARCH } from './support/work.ts';

const NAMESPACE = 'e2e-accounts';
const VISION = 'e2e-ml-vision';
const AUDIO = 'e2e-ml-audio';
const HOST = `${FULLNAME}.${NAMESPACE}.svc`;
const GATEWAY = `https://${HOST}`;
const CREATE = `${GATEWAY}/api/2.0/mlflow/experiments/create`;

const IDENTITY = {
  issuers: [
    {
      issuer: ISSUER,
      audience: ['mlflow'],
      grants: [{ tenantClaim: 'tenant_id', roleClaims: ['realm_access.roles'] }],
    },
    {
      issuer: 'kubernetes',
      audience: ['mlflow'],
      grants: [
        {
          namespace: {
            pattern: 'e2e-ml-{tenant}',
            role: 'contributor',
            accounts: { [`${VISION}/auditor`]: 'viewer' },
          },
        },
      ],
    },
  ],
};

/** The existing ConfigMap that `denyList.from` names. */
const DENY_LIST = 'denied-callers';
const denyList = (...denied: readonly object[]): object => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: DENY_LIST },
  data: { 'list.json': JSON.stringify({ denied }) },
});

const TLS = 'gateway-tls';
/** The Secret as cert-manager writes it. */
const tlsSecret = ({ certificate, key }: Certificate): object => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: TLS },
  type: 'kubernetes.io/tls',
  stringData: { 'tls.crt': certificate, 'tls.key': key },
});
let tls: Certificate;

/** A request to the gateway, by a caller that trusts the authority of its certificate alone. */
const send = (request: Ask): Promise<Answer> => ask({ ca: tls.authority, ...request });

beforeAll(async () => {
  heading('Service accounts');
  await makeNamespace(NAMESPACE);
  tls = await makeCertificate(HOST);
  await trustKeycloak(NAMESPACE, process.env.E2E_AUTHORITY!);
  await apply(NAMESPACE, ...mlflow());
  const script = readFileSync(join(import.meta.dirname, 'support/pods/train.py'), 'utf8');
  const wheel = (await pythonPackage()).toString('base64');
  for (const namespace of [VISION, AUDIO]) {
    await makeNamespace(namespace);
    await apply(
      namespace,
      ...['trainer', 'auditor', 'temporary', 'leaver'].map((name) => ({
        apiVersion: 'v1',
        kind: 'ServiceAccount',
        metadata: { name },
      })),
      {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: 'training' },
        data: { 'train.py': script, 'ca.crt': tls.authority },
        binaryData: { 'package.whl': wheel },
      },
    );
  }
  await openVolume(NAMESPACE, 'mlflow');
  await rolledOut(NAMESPACE, 'mlflow');
  await apply(NAMESPACE, denyList(), tlsSecret(tls));
  await install(NAMESPACE, {
    mode: 'standalone',
    clusterKeys: { enabled: true },
    gateway: { identity: IDENTITY, tls: { secret: TLS } },
    service: { port: 443 },
    denyList: { from: { configMap: DENY_LIST, key: 'list.json' } },
  });
});

afterAll(async () => {
  for (const namespace of [NAMESPACE, VISION, AUDIO]) await removeNamespace(namespace);
});

interface TrainingPod {
  metadata: { namespace: string; name: string };
  spec: {
    securityContext?: object;
    containers: [
      {
        image: string;
        command: string[];
        workingDir?: string;
        securityContext?: object;
        env: { name: string; value: string }[];
        volumeMounts: object[];
      },
    ];
    volumes: object[];
  };
}

/** How long a training takes, beside its start. */
interface Training {
  readonly steps: number;
  readonly secondsBetween: number;
}

/** The pod of the documentation, with the names, the image and the program of the test. */
function podOfPage(namespace: string, name: string, { steps, secondsBetween }: Training): TrainingPod {
  const page = readFileSync(join(import.meta.dirname, '../../docs/kubernetes-service-accounts.md'), 'utf8');
  const pod = parse(/```yaml\n(apiVersion: v1\nkind: Pod\n[\s\S]*?)```/.exec(page)![1]!) as TrainingPod;
  pod.metadata = { namespace, name };
  pod.spec.securityContext = POD_SECURITY;
  pod.spec.volumes.push({ name: 'training', configMap: { name: 'training' } });
  const [container] = pod.spec.containers;
  container.image = settings().mlflowImage;
  const program = ['python3', '-W', 'ignore', '/training/train.py'];
  container.command = [...program, 'training', String(steps), String(secondsBetween)];
  container.workingDir = '/tmp';
  container.securityContext = CONTAINER_SECURITY;
  container.volumeMounts.push({ name: 'training', mountPath: '/training' });
  container.env.find(({ name: variable }) => variable === 'MLFLOW_TRACKING_URI')!.value = GATEWAY;
  const more = {
    // The authority is a private one.
    MLFLOW_TRACKING_SERVER_CERT_PATH: '/training/ca.crt',
    // In place of a package in the image.
    PYTHONPATH: '/opt/site-packages:/training/package.whl',
    HOME: '/tmp',
    MLFLOW_DISABLE_TELEMETRY: 'true',
    // A lost request ends the training.
    MLFLOW_HTTP_REQUEST_MAX_RETRIES: '0',
  };
  container.env.push(...Object.entries(more).map(([variable, value]) => ({ name: variable, value })));
  return pod;
}

interface Trained {
  readonly run: string;
  readonly status: string;
  readonly steps: number;
  readonly artifacts: readonly string[];
  readonly experiments: readonly string[];
}

const logOf = ({ metadata: { namespace, name } }: TrainingPod): Promise<string> =>
  kubectl(['-n', namespace, 'logs', name]);

/** Starts a pod, and waits until its training has logged something. */
async function start(pod: TrainingPod): Promise<void> {
  const { namespace, name } = pod.metadata;
  await remove(namespace, 'pod', name);
  await apply(namespace, pod);
  await eventually('the first step', async () => expect(await logOf(pod)).toContain('started'));
}

/** Waits for the end of a training, and returns the output of its program. */
async function end(pod: TrainingPod): Promise<Trained> {
  const { namespace, name } = pod.metadata;
  await eventually('the end of the training', async () => {
    const phase = await kubectl(['-n', namespace, 'get', 'pod', name, '-o', 'jsonpath={.status.phase}']);
    if (phase !== 'Succeeded') throw new Error(`${phase}\n${await logOf(pod)}`);
  });
  return JSON.parse((await logOf(pod)).trim().split('\n').at(-1)!);
}

const SHORT: Training = { steps: 3, secondsBetween: 0 };

test('the gateway’s account may read the issuer and its keys, and nothing else', async () => {
  // Without the groups of service accounts, which have the role by default.
  const may = async (account: string, ...what: readonly string[]): Promise<string> => {
    const identity = [`--as=system:serviceaccount:${NAMESPACE}:${account}`, '--as-group=e2e'];
    return (await kubectl(['auth', 'can-i', ...what, ...identity]).catch(({ message }) => message)).trim();
  };
  for (const path of ['/openid/v1/jwks', '/.well-known/openid-configuration']) {
    expect(await may(FULLNAME, 'get', path)).toBe('yes');
    expect(await may('default', 'get', path)).toMatch(/\bno$/);
  }
  const list = async (account: string) =>
    (await may(account, '--list')).split('\n').map((line) => line.replaceAll(/\s+/g, ' '));
  const without = await list('default');
  const added = (await list(FULLNAME)).filter((line) => !without.includes(line));
  expect(added).not.toEqual([]);
  for (const line of added)
    expect(line).toMatch(/^ ?\[\/(openid\/v1\/jwks|\.well-known\/openid-configuration)\/?\] \[\] \[get\]/);
});

test('a training pod logs with a projected token, and no secret', async () => {
  const began = performance.now();
  const pod = podOfPage(VISION, 'training', SHORT);
  await start(pod);
  const trained = await end(pod);
  expect(trained).toMatchObject({
    status: 'FINISHED',
    steps: 3,
    artifacts: ['result.txt'],
    experiments: expect.arrayContaining(['training']),
  });
  note(
    `A training pod, from its creation to the finished run: ${Math.round((performance.now() - began) / 1_000)} s.`,
  );
  const read = `${GATEWAY}/api/2.0/mlflow/runs/get?run_id=${trained.run}`;
  const status = async (headers: Readonly<Record<string, string>>) =>
    (await send({ url: read, headers })).status;
  expect(await status(await asAccount(VISION, 'auditor'))).toBe(200);
  // Neither another namespace nor a person of Keycloak sees it.
  expect(await status(await asAccount(AUDIO, 'trainer'))).toBe(404);
  expect(await status(await as('ada'))).toBe(404);
  await expectAudit(NAMESPACE, 'app=gateway', 'audit-accounts.jsonl', {
    tenant: 'vision',
    subject: `system:serviceaccount:${VISION}:trainer`,
    operation: 'createRun',
    decision: 'allow',
  });
});

test('each namespace has its own tenant, an account its own role, and another namespace none', async () => {
  // A kept cluster may have it from an earlier run.
  const name = `the same name ${Date.now()}`;
  const create = async (namespace: string, account: string, audience?: string) => {
    const headers = await asAccount(namespace, account, audience);
    const { status, text } = await send({ url: CREATE, json: { name }, headers });
    return { status, text };
  };
  expect(await create(VISION, 'trainer')).toMatchObject({ status: 200 });
  expect(await create(AUDIO, 'trainer')).toMatchObject({ status: 200 });
  expect(await create(VISION, 'auditor')).toMatchObject({ status: 403 });
  const none = await create(CALLERS, 'default');
  expect([401, 403]).toContain(none.status);
  expect(none.text).toContain('kubernetes.io');
  for (const audience of ['other', 'https://kubernetes.default.svc.cluster.local'])
    expect(await create(VISION, 'trainer', audience)).toMatchObject({
      status: 401,
      text: expect.stringContaining('The token is for another audience'),
    });
});

test('the token of a Secret, which never expires, is refused', async () => {
  await apply(VISION, {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'legacy', annotations: { 'kubernetes.io/service-account.name': 'trainer' } },
    type: 'kubernetes.io/service-account-token',
  });
  const token = await eventually('the token', async () => {
    const read = ['-n', VISION, 'get', 'secret', 'legacy', '-o', 'jsonpath={.data.token}'];
    const text = Buffer.from(await kubectl(read), 'base64').toString();
    if (text === '') throw new Error('the Secret is empty');
    return text;
  });
  const headers = { authorization: `Bearer ${token}` };
  expect(await send({ url: GATEWAY + SEARCH, headers })).toMatchObject({
    status: 401,
    text: expect.stringContaining('Tokens of Secrets are not accepted'),
  });
});

test('a token outlives its service account', async () => {
  const headers = await asAccount(VISION, 'temporary');
  await remove(VISION, 'serviceaccount', 'temporary');
  await expect(asAccount(VISION, 'temporary')).rejects.toThrow('not found');
  // As the documentation says: until its `exp`.
  expect(await send({ url: GATEWAY + SEARCH, headers })).toMatchObject({ status: 200 });
});

/** Restarts the API server, which takes minutes; docs/e2e.md has the last result. */
const ROTATE = process.env.E2E_KEY_ROTATION === 'yes';

if (ROTATE) test('a rotated signing key ends no training, and pods with tokens of the new key log', rotated);

async function rotated(): Promise<void> {
  const began = performance.now();
  const running = podOfPage(VISION, 'during-the-rotation', { steps: 100, secondsBetween: 0.5 });
  await start(running);
  const old = await asAccount(VISION, 'trainer');
  const kid = await rotateSigningKey();
  const headers = await eventually('a token of the new key', async () => {
    const next = await asAccount(VISION, 'trainer');
    const [header] = next.authorization.slice('Bearer '.length).split('.');
    expect(JSON.parse(Buffer.from(header!, 'base64url').toString()).kid).toBe(kid);
    return next;
  });
  await eventually('the gateway with the new key', async () =>
    expect(await send({ url: GATEWAY + SEARCH, headers })).toMatchObject({ status: 200 }),
  );
  expect(await send({ url: GATEWAY + SEARCH, headers: old })).toMatchObject({ status: 200 });
  expect(await end(running)).toMatchObject({ status: 'FINISHED', steps: 100 });
  const next = podOfPage(VISION, 'after-the-rotation', SHORT);
  await start(next);
  expect(await end(next)).toMatchObject({ status: 'FINISHED' });
  const seconds = Math.round((performance.now() - began) / 1_000);
  note(`A new signing key of the cluster: a training of 100 steps meanwhile, none lost; ${seconds} s.`);
  // The gateway itself has not restarted.
  for (const { status } of await podsOf(NAMESPACE, 'app=gateway'))
    expect(status.containerStatuses[0].restartCount).toBe(0);
}

// Last, since the gateway has another certificate then.
test('a changed deny list, identity file and certificate are in use without a restart, once the kubelet has brought them', async () => {
  const leaver = await asAccount(VISION, 'leaver');
  const auditor = await asAccount(VISION, 'auditor');
  const next = await makeCertificate(HOST);
  const pods = await podsOf(NAMESPACE, 'app=gateway');
  expect(pods).toHaveLength(2);
  /** A creation at each pod, whichever of the two certificates it has. */
  const create = (headers: Readonly<Record<string, string>>): Promise<readonly Answer[]> =>
    Promise.all(
      pods.map(async ({ status: { podIP: at } }) => {
        const json = { name: `${at} ${Date.now()}` };
        const request = { url: CREATE.replace(HOST, `${HOST}:8000`), at, json, headers };
        const answer = await send(request);
        return answer.status === undefined ? send({ ...request, ca: next.authority }) : answer;
      }),
    );
  const both = (answer: Answer) => [expect.objectContaining(answer), expect.objectContaining(answer)];
  expect(await create(leaver)).toEqual(both({ status: 200 }));
  expect(await create(auditor)).toEqual(both({ status: 403 }));
  const [, payload] = leaver.authorization.slice('Bearer '.length).split('.');
  const { iss: issuer, sub: subject } = JSON.parse(Buffer.from(payload!, 'base64url').toString());

  const data = { 'identity.json': JSON.stringify(IDENTITY).replace('"viewer"', '"contributor"') };
  await kubectl([
    ...['-n', NAMESPACE, 'patch', 'configmap', `${FULLNAME}-identity`, '--type=merge'],
    ...['-p', JSON.stringify({ data })],
  ]);
  await apply(NAMESPACE, denyList({ issuer, subject }), tlsSecret(next));
  const began = performance.now();
  await kubectl(['-n', NAMESPACE, ...annotateOfPage()]);
  await eventually('the denial', async () =>
    expect(await create(leaver)).toEqual(
      both({ status: 401, text: expect.stringContaining('token_denied') }),
    ),
  );
  const seconds = Math.round((performance.now() - began) / 1_000);
  note(`A changed deny list: in use ${seconds} s after the annotation of the pods, without a restart.`);
  await eventually('the other role', async () =>
    expect(await create(auditor)).toEqual(both({ status: 200 })),
  );
  await eventually('the new certificate', async () => {
    for (const { status } of pods) {
      const request = { url: `https://${HOST}:8000/healthz`, at: status.podIP };
      expect(await send(request)).toEqual({ error: expect.stringMatching(/CERT|SIGNATURE/) });
      expect(await send({ ...request, ca: next.authority })).toMatchObject({ status: 200 });
    }
  });
  const after = await podsOf(NAMESPACE, 'app=gateway');
  expect(after.map(({ metadata }) => metadata.uid)).toEqual(pods.map(({ metadata }) => metadata.uid));
  for (const { status } of after) expect(status.containerStatuses[0].restartCount).toBe(0);
});

/** The command of the documentation that makes the kubelet look at once, as arguments. */
function annotateOfPage(): readonly string[] {
  const page = readFileSync(join(import.meta.dirname, '../../docs/ending-access.md'), 'utf8');
  const [, command] = /^kubectl (annotate pod .*)$/m.exec(page)!;
  return command!.replace('"$(date +%s)"', String(Date.now())).split(' ');
}
