import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from './eventually.ts';
import { AUTHORITY, issuerOf, type Realm, trustKeycloak } from './keycloak.ts';
import { apply, kubectl, list } from './kubectl.ts';
import { CONTAINER_SECURITY, makeNamespace, POD_SECURITY } from './namespace.ts';
import { settings } from './settings.ts';

export const CALLERS = 'e2e-callers';
const CALLER = 'caller';
const ON_NODE = 'on-node';
const NODE = '/usr/local/bin/node';

export interface Ask {
  readonly url: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly json?: unknown;
  readonly form?: Readonly<Record<string, string>>;
  /** An address to connect to, in place of that of the URL's host. */
  readonly at?: string;
  /** The only authority that is trusted, PEM. Default: the public ones and that of Keycloak. */
  readonly ca?: string;
  /** Default 30 seconds; under load five. */
  readonly timeoutMs?: number;
}

/** The response; without a status there was none, and `error` has the reason (`timeout`, `ECONNREFUSED`). */
export interface Answer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly text?: string;
  readonly error?: string;
}

/** A process of a pod, as its node sees it. */
export interface PodProcess {
  readonly pid: number;
  readonly line: string;
}

export interface Load {
  readonly sent: number;
  /** By status, or error. */
  readonly counts: Readonly<Record<string, number>>;
  /** The first twenty that were not 200. */
  readonly failures: readonly { readonly at: string; readonly what: string; readonly text?: string }[];
  /** The longest time in which no client got a 200. */
  readonly longestGapMs: number;
  /** The values of `{serial}` in requests with a 200 response. */
  readonly made: readonly string[];
}

/**
 * Starts two pods in a namespace of their own: `caller`, which sends requests over the network and has no rights and no
 * allowed labels; and `on-node`, which sees the processes and files of its node.
 */
export async function startCallers(authority: string): Promise<void> {
  await makeNamespace(CALLERS, 'privileged');
  await trustKeycloak(CALLERS, authority);
  const script = (name: string): string => readFileSync(join(import.meta.dirname, 'pods', name), 'utf8');
  const data = { 'caller.mjs': script('caller.mjs'), 'kill.mjs': script('kill.mjs') };
  await apply(
    CALLERS,
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'scripts' }, data },
    pod(CALLER, { securityContext: POD_SECURITY }, CONTAINER_SECURITY),
    pod(ON_NODE, { hostPID: true }, { runAsUser: 0, privileged: true }),
  );
  await kubectl(['-n', CALLERS, 'wait', '--for=condition=Ready', 'pod', '--all', '--timeout=120s']);
}

/** Sends a request from the pod `caller`. */
export function ask(request: Ask): Promise<Answer> {
  return inCaller({ ask: request });
}

/**
 * The response, as soon as there is one: the rules of a Service follow its pods, and a NetworkPolicy, by moments.
 *
 * @throws Error when there is none within two minutes
 */
export function answered(request: Ask): Promise<Answer> {
  return eventually(`an answer of ${request.url}`, async () => {
    const answer = await ask(request);
    if (answer.status === undefined) throw new Error(answer.error);
    return answer;
  });
}

/** A load ends with what it is for; a hanging one ends by this time. */
const LONGEST_LOAD_MS = 270_000;
const CLIENTS = 4;

/**
 * Sends requests from the pod `caller` while something happens, by several clients, half of which keep their connections. It happens
 * when each client has had a 200; afterwards each client sends until it gets one more. `{serial}` in a request is replaced by text that is
 * another in each request.
 *
 * @throws Error when the clients get no 200 at first, and the error of `happens`
 * @example
 * const { counts } = await underLoad([{ url: `${gateway}/version` }], () => killProcesses(uid, /python/));
 */
export async function underLoad(requests: readonly Ask[], happens: () => Promise<unknown>): Promise<Load> {
  const loaded = Promise.withResolvers<void>();
  const end = Promise.withResolvers<string>();
  const output = kubectl(
    [...inPod(CALLER, '-i'), '/scripts/caller.mjs', JSON.stringify({ load: requests, clients: CLIENTS })],
    {
      timeoutMs: LONGEST_LOAD_MS,
      input: end.promise,
      onOutput: (text) => text.includes('loaded') && loaded.resolve(),
    },
  );
  output.catch(loaded.reject);
  try {
    await loaded.promise;
    await happens();
  } finally {
    end.resolve('');
  }
  return JSON.parse((await output).trim().split('\n').at(-1)!);
}

/** The TCP ports of an address that accept a connection from the pod `caller`, in a range. */
export async function openPorts(host: string, from: number, to: number): Promise<readonly number[]> {
  const { open } = await inCaller<{ open: number[] }>({ scan: host, from, to }, 300_000);
  return open;
}

/** The minimum remaining lifetime of a returned token: longer than most loads. */
const NEEDED_SECONDS = 150;

const tokens = new Map<string, { readonly token: string; readonly until: number }>();

/** An access token of Keycloak for a user of a realm (realms.ts; in `ml` ada and vera are in team-a, bob is in team-b). */
async function tokenOf(username: string, realm: Realm): Promise<string> {
  const issuer = issuerOf(realm);
  const key = `${issuer} ${username}`;
  const known = tokens.get(key);
  if (known !== undefined && known.until > Date.now()) return known.token;
  const form = { grant_type: 'password', client_id: 'mlflow-cli', username, password: 'demo' };
  const { text, error } = await ask({ url: `${issuer}/protocol/openid-connect/token`, form });
  const { access_token: token, expires_in: lifetime } = JSON.parse(text ?? '{}');
  if (token === undefined) throw new Error(`Keycloak gave no token: ${error ?? text}`);
  tokens.set(key, { token, until: Date.now() + (lifetime - NEEDED_SECONDS) * 1_000 });
  return token;
}

/** The header with the credentials of a user of Keycloak. */
export async function as(username: string, realm: Realm = 'ml'): Promise<{ readonly authorization: string }> {
  return { authorization: `Bearer ${await tokenOf(username, realm)}` };
}

/** The processes of a pod, by their command lines. */
export async function processesOf(uid: string, command: RegExp): Promise<readonly PodProcess[]> {
  return JSON.parse(await exec(ON_NODE, ['/scripts/kill.mjs', uid, command.source, '0']));
}

/** The header with a new token of a service account, which is not bound to a pod. */
export async function asAccount(
  namespace: string,
  account: string,
  audience = 'mlflow',
): Promise<{ readonly authorization: string }> {
  const token = await kubectl(['-n', namespace, 'create', 'token', account, '--audience', audience]);
  return { authorization: `Bearer ${token.trim()}` };
}

/**
 * Ends processes of a pod by SIGKILL, from outside it, and returns them.
 *
 * @throws Error when there was none
 */
export async function killProcesses(
  uid: string,
  command: RegExp,
  limit = 999,
): Promise<readonly PodProcess[]> {
  const args = ['/scripts/kill.mjs', uid, command.source, String(limit)];
  const killed = JSON.parse(await exec(ON_NODE, args));
  if (killed.length === 0) throw new Error(`no process of pod ${uid} matches ${command}`);
  return killed;
}

/**
 * Makes the volume of a claim writable for all users, as most provisioners of local volumes do; for
 * volumes with files on the node itself.
 */
export async function openVolume(namespace: string, claim: string): Promise<void> {
  const volume = await eventually('a volume', async () => {
    const found = (await list(namespace, 'persistentvolumeclaims')).find(
      ({ metadata }) => metadata.name === claim,
    );
    const name = found?.spec.volumeName;
    if (name === undefined) throw new Error(`the claim is ${found?.status?.phase ?? 'missing'}`);
    return (await list('', 'persistentvolumes')).find(({ metadata }) => metadata.name === name)!;
  });
  const directory = volume.spec.hostPath?.path ?? volume.spec.local?.path;
  if (directory === undefined) return;
  await eventually('its directory', () => onNode(`fs.chmodSync(root + '${directory}', 0o777)`), {
    timeoutMs: 60_000,
  });
}

/**
 * Runs JavaScript in the pod `on-node`: `fs` is Node's, and `root` is the folder of the node's own files, as its first process sees
 * them.
 */
export async function onNode(script: string): Promise<void> {
  await exec(ON_NODE, ['--eval', `const fs = require('node:fs'), root = '/proc/1/root'; ${script}`]);
}

async function inCaller<T>(task: object, timeoutMs?: number): Promise<T> {
  return JSON.parse(await exec(CALLER, ['/scripts/caller.mjs', JSON.stringify(task)], timeoutMs));
}

function exec(name: string, args: readonly string[], timeoutMs = 60_000): Promise<string> {
  return kubectl([...inPod(name), ...args], { timeoutMs });
}

const inPod = (name: string, ...options: readonly string[]): readonly string[] => [
  ...['-n', CALLERS, 'exec', ...options, name, '--', NODE],
];

function pod(name: string, spec: object, securityContext: object): object {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, labels: { app: name } },
    spec: {
      automountServiceAccountToken: false,
      terminationGracePeriodSeconds: 0,
      ...spec,
      containers: [
        {
          name,
          image: settings().gatewayImage,
          imagePullPolicy: 'IfNotPresent',
          command: [NODE, '--eval', 'setInterval(() => {}, 1e6)'],
          env: [{ name: 'NODE_EXTRA_CA_CERTS', value: '/authority/ca.crt' }],
          securityContext,
          volumeMounts: [
            { name: 'scripts', mountPath: '/scripts', readOnly: true },
            { name: 'authority', mountPath: '/authority', readOnly: true },
          ],
        },
      ],
      volumes: [
        { name: 'scripts', configMap: { name: 'scripts' } },
        { name: 'authority', secret: { secretName: AUTHORITY.secret } },
      ],
    },
  };
}
