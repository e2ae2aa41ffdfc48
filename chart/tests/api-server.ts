import { execFileSync } from 'node:child_process';
import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../dev/ports.ts';
import { startProcess } from '../../dev/process.ts';
import { FEW_COLLECTIONS, type KubeObject } from './helm.ts';

/**
 * The folder with `kube-apiserver`, `etcd` and `kubectl`, by the name that the Kubernetes project uses for it.
 * https://book.kubebuilder.io/reference/envtest
 */
export const ASSETS = process.env.KUBEBUILDER_ASSETS;

export interface ApiServer {
  readonly kubeconfig: string;
  /** Runs kubectl; errors end with its output. */
  kubectl(args: readonly string[], input?: object | readonly object[]): string;
  /** Sends an object through admission as a dry run. */
  admit(object: object, namespace: string): KubeObject;
  stop(): Promise<void>;
}

const START_TIMEOUT_MS = 60_000;

/**
 * Starts a real API server with an etcd, on loopback, without a kubelet: it validates objects and evaluates admission
 * policies, but runs no pods.
 */
export async function startApiServer(dir: string): Promise<ApiServer> {
  if (ASSETS === undefined || !existsSync(join(ASSETS, 'etcd')))
    throw new Error('KUBEBUILDER_ASSETS does not name a folder with etcd and kube-apiserver');
  mkdirSync(dir, { recursive: true });
  const [client, peer, port] = [await freePort(), await freePort(), await freePort()];
  const token = randomUUID();
  const etcd = await startProcess({
    name: 'etcd',
    command: join(ASSETS, 'etcd'),
    args: [
      `--data-dir=${join(dir, 'etcd')}`,
      '--unsafe-no-fsync',
      `--listen-client-urls=http://127.0.0.1:${client}`,
      `--advertise-client-urls=http://127.0.0.1:${client}`,
      `--listen-peer-urls=http://127.0.0.1:${peer}`,
    ],
    env: { GOGC: FEW_COLLECTIONS },
    log: join(dir, 'etcd.log'),
  });
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  writeFileSync(join(dir, 'sa.key'), privateKey.export({ type: 'pkcs1', format: 'pem' }), { mode: 0o600 });
  writeFileSync(join(dir, 'tokens.csv'), `${token},tester,1,system:masters\n`);
  const server = await startProcess({
    name: 'kube-apiserver',
    command: join(ASSETS, 'kube-apiserver'),
    args: [
      `--etcd-servers=http://127.0.0.1:${client}`,
      '--bind-address=127.0.0.1',
      `--secure-port=${port}`,
      `--cert-dir=${join(dir, 'certs')}`,
      '--service-cluster-ip-range=10.0.0.0/24',
      '--service-account-issuer=https://kubernetes.default.svc',
      `--service-account-key-file=${join(dir, 'sa.key')}`,
      `--service-account-signing-key-file=${join(dir, 'sa.key')}`,
      `--token-auth-file=${join(dir, 'tokens.csv')}`,
      '--authorization-mode=RBAC',
      // Needs a controller that creates the accounts.
      '--disable-admission-plugins=ServiceAccount',
      '--feature-gates=MutatingAdmissionPolicy=true',
      '--runtime-config=admissionregistration.k8s.io/v1beta1=true',
    ],
    env: { GOGC: FEW_COLLECTIONS },
    log: join(dir, 'apiserver.log'),
  });
  const kubeconfig = join(dir, 'kubeconfig');
  writeFileSync(kubeconfig, kubeconfigFor(port, token), { mode: 0o600 });

  const kubectl: ApiServer['kubectl'] = (args, input) => {
    try {
      return execFileSync(join(ASSETS, 'kubectl'), ['--kubeconfig', kubeconfig, ...args], {
        input: input === undefined ? '' : JSON.stringify(asList(input)),
        env: { ...process.env, GOGC: FEW_COLLECTIONS },
        encoding: 'utf8',
        stdio: ['pipe', 'pipe', 'pipe'],
      });
    } catch (error) {
      throw new Error(`kubectl ${args[0]}: ${(error as { stderr?: string }).stderr ?? error}`);
    }
  };
  const stop = async (): Promise<void> => {
    await server.stop();
    await etcd.stop();
  };
  const deadline = performance.now() + START_TIMEOUT_MS;
  for (;;) {
    try {
      kubectl(['get', '--raw', '/readyz']);
      // The server creates it after it is ready.
      kubectl(['get', 'namespace', 'default']);
      break;
    } catch (error) {
      if (server.gone() === undefined && performance.now() < deadline) {
        await sleep(200);
        continue;
      }
      await stop();
      throw new Error(`the API server does not start: ${(error as Error).message}\n${server.tail()}`);
    }
  }
  const admit: ApiServer['admit'] = (object, namespace) =>
    dryRun(`https://127.0.0.1:${port}`, token, namespace, object as KubeObject);
  return { kubeconfig, kubectl, admit, stop };
}

/** As `kubectl create --dry-run=server`, without its start, which takes ten times the processor time of curl's. */
function dryRun(server: string, token: string, namespace: string, object: KubeObject): KubeObject {
  const { apiVersion, kind } = object;
  const group = apiVersion.includes('/') ? `apis/${apiVersion}` : `api/${apiVersion}`;
  const path = `${group}/namespaces/${namespace}/${kind.toLowerCase()}s?dryRun=All&fieldValidation=Strict`;
  const headers = ['-H', `Authorization: Bearer ${token}`, '-H', 'Content-Type: application/json'];
  const output = execFileSync(
    'curl',
    ['--silent', '--show-error', '--insecure', ...headers, '--data-binary', '@-', `${server}/${path}`],
    { input: JSON.stringify(object), encoding: 'utf8', maxBuffer: 16 * 1024 * 1024 },
  );
  const answer = JSON.parse(output) as KubeObject;
  if (answer.kind === 'Status') throw new Error(`Error from server (${answer.reason}): ${answer.message}`);
  return answer;
}

const asList = (input: object | readonly object[]): object =>
  Array.isArray(input) ? { apiVersion: 'v1', kind: 'List', items: input } : input;

function kubeconfigFor(port: number, token: string): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'test',
    // The server's certificate is self-signed and new.
    clusters: [
      {
        name: 'test',
        cluster: { server: `https://127.0.0.1:${port}`, 'insecure-skip-tls-verify': true },
      },
    ],
    users: [{ name: 'test', user: { token } }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
  });
}
