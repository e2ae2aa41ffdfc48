/**
 * Runs one pod as processes, in the namespaces of `unshare`: reads its plan from standard input, and writes its problems as
 * JSON. Started by `run-pod.ts`.
 */
import { spawn } from 'node:child_process';
import { mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { startDemoIdp } from '../../../dev/demo-idp.ts';
import { listeners } from './listeners.ts';
import { ISSUER_PORT, type Plan, POD_IP, type ProcessPlan } from './plan.ts';

/** The additions of `run-pod.ts` to a plan. */
export interface Job {
  readonly plan: Plan;
  /** The first folder of MLflow's PATH. */
  readonly bin: string;
  readonly pythonPath: string | undefined;
  readonly oauth2Proxy: string | undefined;
  /** An SQLite file with MLflow's tables and no data, in base64: the host's `/tmp` is not visible. */
  readonly emptyDatabase: string;
}

/** The result; without problems if the pod works. */
export interface Proof {
  readonly problems: readonly string[];
  /** Ends of the logs, if there are problems. */
  readonly logs: Readonly<Record<string, string>>;
  /** Seconds until it was ready. */
  readonly readyAfter: number | undefined;
}

const MAIN = fileURLToPath(new URL('../../../src/main.ts', import.meta.url));
/** As long as the startup probe of MLflow’s own chart. */
const READY_TIMEOUT_MS = 300_000;
const LOG_BYTES = 2_500;
const PROXY_PORT = 4180;

const { plan, bin, pythonPath, oauth2Proxy, emptyDatabase } = JSON.parse(readFileSync(0, 'utf8')) as Job;
const processes = new Map<string, { pid: number; log: string; gone: () => string | undefined }>();

function start(name: string, command: readonly string[], env: Readonly<Record<string, string>>): void {
  const log = `/tmp/${name}.log`;
  const output = openSync(log, 'w');
  const child = spawn(command[0]!, command.slice(1), { cwd: '/', env, stdio: ['ignore', output, output] });
  let gone: string | undefined;
  child.on('error', (error) => {
    gone = error.message;
  });
  child.on('exit', (code, signal) => {
    gone ??= `ended (${signal ?? `exit code ${code}`})`;
  });
  processes.set(name, { pid: child.pid ?? 0, log, gone: () => gone });
}

const at = (port: number, path: string): string => `http://${POD_IP}:${port}${path}`;

async function ask(url: string, init: RequestInit = {}): Promise<{ status: number; body: string }> {
  try {
    const answer = await fetch(url, { ...init, redirect: 'manual', signal: AbortSignal.timeout(20_000) });
    return { status: answer.status, body: await answer.text() };
  } catch (error) {
    return {
      status: 0,
      body: ((error as Error).cause as Error | undefined)?.message ?? (error as Error).message,
    };
  }
}

const isProbeSuccess = (status: number): boolean => status >= 200 && status < 400;

async function untilReady(): Promise<string | undefined> {
  const deadline = performance.now() + READY_TIMEOUT_MS;
  let last = 'no answer';
  while (performance.now() < deadline) {
    for (const [name, { gone }] of processes) {
      const why = gone();
      if (why !== undefined) return `${name} ${why}`;
    }
    const { status, body } = await ask(at(plan.port, '/readyz'));
    if (status === 200) return undefined;
    last = `${status} ${body.trim().slice(0, 500)}`;
    await sleep(250);
  }
  return `not ready after ${READY_TIMEOUT_MS / 1000} s: ${last}`;
}

async function problemsOf(token: string, other: string): Promise<string[]> {
  const problems: string[] = [];
  for (const { port, path, scheme } of plan.probes) {
    const { status, body } = await ask(at(port, path).replace('http:', `${scheme.toLowerCase()}:`));
    if (!isProbeSuccess(status))
      problems.push(`the probe of ${path} is answered ${status} (${body.slice(0, 200)})`);
  }
  const api = `${plan.prefix}/api/2.0/mlflow/experiments`;
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const calls = [
    { path: `${api}/create`, body: { name: 'proof' } },
    { path: `${api}/search`, body: { max_results: 10 } },
  ];
  for (const { path, body } of calls) {
    const init = { method: 'POST', headers, body: JSON.stringify(body) };
    const answer = await ask(at(plan.port, path), init);
    if (answer.status !== 200)
      problems.push(`${path} is answered ${answer.status} (${answer.body.slice(0, 300)})`);
    const open = await ask(at(plan.port, path), { ...init, headers: { 'content-type': 'application/json' } });
    if (open.status !== 401) problems.push(`${path} without a token is answered ${open.status}`);
  }
  const { status, body } = await ask(at(plan.port, `${api}/search`), {
    method: 'POST',
    headers: { ...headers, authorization: `Bearer ${other}` },
    body: '{"max_results":10}',
  });
  if (status !== 200 || body.includes('"proof"'))
    problems.push(`the search of another tenant is answered ${status} (${body.slice(0, 200)})`);
  if (plan.metricsPort !== undefined) {
    const { status, body } = await ask(at(plan.metricsPort, '/mlflow/metrics'));
    if (status !== 200) problems.push(`/mlflow/metrics is answered ${status} (${body.slice(0, 200)})`);
  }
  if (plan.proxy !== undefined) {
    const { status, body } = await ask(at(PROXY_PORT, '/ping'));
    if (status !== 200) problems.push(`oauth2-proxy answers ${status} (${body.slice(0, 200)})`);
    const past = await ask(at(PROXY_PORT, `${api}/search?max_results=10`));
    if (past.status === 200 || past.status === 0)
      problems.push(`oauth2-proxy answers ${past.status} without a sign-in`);
  }
  const open = listeners(POD_IP).filter((port) => !plan.ports.includes(port));
  if (open.length > 0) problems.push(`port ${open.join(', ')} can be reached around the gateway`);
  return problems;
}

const tail = (log: string): string => {
  try {
    return readFileSync(log, 'utf8').slice(-LOG_BYTES);
  } catch {
    return '';
  }
};

const clean = { PATH: `${bin}:/usr/local/bin:/usr/bin:/bin`, HOME: '/tmp', LANG: 'C.UTF-8' };
const began = performance.now();
const idp = await startDemoIdp({ port: ISSUER_PORT });
mkdirSync('/tmp/proof-artifacts');
writeFileSync('/tmp/mlflow.env', '');
writeFileSync('/tmp/proof.db', Buffer.from(emptyDatabase, 'base64'));
const withPath = (process: ProcessPlan): Record<string, string> => ({
  ...clean,
  ...(pythonPath === undefined ? {} : { PYTHONPATH: pythonPath }),
  PYTHONDONTWRITEBYTECODE: '1',
  ...process.env,
});
// A native sidecar starts first.
const node = [process.execPath, '--disallow-code-generation-from-strings', MAIN, 'serve'];
start('gateway', node, { PATH: clean.PATH, HOME: '/', ...plan.gateway.env });
start('mlflow', plan.mlflow.command, withPath(plan.mlflow));
if (plan.proxy !== undefined && oauth2Proxy !== undefined)
  start('oauth2-proxy', [oauth2Proxy, ...plan.proxy.command], { PATH: clean.PATH, ...plan.proxy.env });
const notReady = await untilReady();
const readyAfter = notReady === undefined ? (performance.now() - began) / 1000 : undefined;
const problems =
  notReady === undefined
    ? await problemsOf(await idp.token('alice-contributor'), await idp.token('bob-contributor'))
    : [notReady];
const logs =
  problems.length === 0 ? {} : Object.fromEntries([...processes].map(([name, { log }]) => [name, tail(log)]));
const proof: Proof = { problems, logs, readyAfter };
process.stdout.write(JSON.stringify(proof), () => process.exit(0));
