import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Layer, layeredEnv } from '../../../dev/layered-env.ts';
import { mlflowEnv } from '../../../dev/mlflow-env.ts';
import type { Job, Proof } from './inside.ts';
import { type Plan, POD_IP } from './plan.ts';

const INSIDE = fileURLToPath(new URL('./inside.ts', import.meta.url));
/** For `--expose-prometheus`; the images of both charts have them. */
const METRICS: Layer = {
  name: 'prometheus',
  packages: ['prometheus-flask-exporter==0.23.2', 'prometheus-client==0.23.1'],
};
const TIMEOUT_MS = 400_000;

/**
 * A network, process and mount namespace: ports, `/tmp` and the socket's folder are the pod's own, and so its end is the end of all
 * its processes.
 */
const script = (plan: Plan): string =>
  [
    'set -e',
    'ip link set lo up',
    `ip addr add ${POD_IP}/32 dev lo`,
    'mount -t tmpfs tmpfs /run',
    'mount -t tmpfs tmpfs /tmp',
    `mkdir -p '${plan.socketDirectory}'`,
    ...(plan.readOnlyRoot ? ['mount --bind / /', 'mount -o remount,bind,ro /'] : []),
    'exec "$@"',
  ].join('\n');

/**
 * Runs the processes of a pod and returns its problems. Needs Linux and root, for namespaces.
 *
 * @param database An SQLite file with MLflow's tables, which is copied.
 * @throws Error if the namespaces cannot be created
 */
export async function runPod(plan: Plan, database: string): Promise<Proof> {
  const env = await mlflowEnv(plan.version);
  const needsMetrics = plan.mlflow.command.some((word) => word.startsWith('--expose-prometheus'));
  const layered = needsMetrics ? await layeredEnv(METRICS, plan.version) : undefined;
  const job: Job = {
    plan,
    bin: join(env.dir, 'bin'),
    pythonPath: layered === undefined ? undefined : packagesOf(layered.dir),
    oauth2Proxy: process.env.OAUTH2_PROXY,
    emptyDatabase: readFileSync(database, 'base64'),
  };
  const args = [
    '--net',
    '--mount',
    '--pid',
    '--fork',
    '--mount-proc',
    '--kill-child',
    '--propagation',
    'private',
  ];
  const child = spawn('unshare', [...args, 'sh', '-c', script(plan), 'sh', process.execPath, INSIDE], {
    stdio: ['pipe', 'pipe', 'pipe'],
    timeout: TIMEOUT_MS,
    killSignal: 'SIGKILL',
  });
  const [out, err] = [text(child.stdout), text(child.stderr)];
  child.stdin.on('error', () => {});
  child.stdin.end(JSON.stringify(job));
  await new Promise((resolve, reject) => child.once('exit', resolve).once('error', reject));
  const said = await out;
  if (said === '')
    throw new Error(`the pod's processes could not be run: ${(await err).trim() || 'no answer'}`);
  return JSON.parse(said) as Proof;
}

/** The folder of a Python environment's packages. */
function packagesOf(dir: string): string {
  const [python = 'python3'] = readdirSync(join(dir, 'lib'));
  return join(dir, 'lib', python, 'site-packages');
}

async function text(stream: NodeJS.ReadableStream): Promise<string> {
  const chunks: string[] = [];
  for await (const chunk of stream) chunks.push(String(chunk));
  return chunks.join('');
}
