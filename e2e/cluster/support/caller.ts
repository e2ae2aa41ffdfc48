import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from './eventually.ts';
import { AUTHORITY, ISSUER, trustKeycloak } from './keycloak.ts';
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
  /** Default five seconds. */
  readonly timeoutMs?: number;
}

/** The response; without a status there was none, and `error` has the reason (`timeout`, `ECONNREFUSED`). */
export interface Answer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly text?: string;
  readonly error?: string;
}

export interface LoopResult {
  readonly sent: number;
  /** By status, or error. */
  readonly counts: Readonly<Record<string, number>>;
  /** The first twenty that were not 200. */
  readonly failures: readonly { readonly at: string; readonly what: string; readonly text?: string }[];
  /** The longest time in which no client got a 200. */
  readonly longestGapMs: number;
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
 * Sends requests from the pod `caller` for some seconds, by several clients, half of which keep their connections.
 *
 * @example
 * const { counts } = await loop([{ url: `${gateway}/version` }], { seconds: 20 });
 */
export function loop(
  requests: readonly Ask[],
  { seconds, clients = 4 }: { readonly seconds: number; readonly clients?: number },
): Promise<LoopResult> {
  return inCaller({ loop: requests, seconds, clients }, seconds * 1_000 + 60_000);
}

/** The TCP ports of an address that accept a connection from the pod `caller`, in a range. */
export async function openPorts(host: string, from: number, to: number): Promise<readonly number[]> {
  const { open } = await inCaller<{ open: number[] }>({ scan: host, from, to }, 300_000);
  return open;
}

/** The minimum remaining lifetime of a returned token: longer than any loop. */
const NEEDED_SECONDS = 150;

const tokens = new Map<string, { readonly token: string; readonly until: number }>();

/** An access token of Keycloak for a user of the realm (ada and vera are in team-a, bob is in team-b). */
async function tokenOf(username: string): Promise<string> {
  const known = tokens.get(username);
  if (known !== undefined && known.until > Date.now()) return known.token;
  const form = { grant_type: 'password', client_id: 'mlflow-cli', username, password: 'demo' };
  const { text, error } = await ask({ url: `${ISSUER}/protocol/openid-connect/token`, form });
  const { access_token: token, expires_in: lifetime } = JSON.parse(text ?? '{}');
  if (token === undefined) throw new Error(`Keycloak gave no token: ${error ?? text}`);
  tokens.set(username, { token, until: Date.now() + (lifetime - NEEDED_SECONDS) * 1_000 });
  return token;
}

/** The header with a caller's credentials. */
export async function as(username: string): Promise<{ readonly authorization: string }> {
  return { authorization: `Bearer ${await tokenOf(username)}` };
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
): Promise<readonly { readonly pid: number; readonly line: string }[]> {
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
  return kubectl(['-n', CALLERS, 'exec', name, '--', NODE, ...args], { timeoutMs });
}

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
