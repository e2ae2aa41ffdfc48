/**
 * The memory and time that the worst bodies cost the released gateway: the bundle, with the flags of the image, in a cgroup with the
 * chart's memory limit.
 *
 *     npm run build && node bench/memory.ts [seconds] [MiB]
 *
 * Needs root on Linux with cgroup v1 or v2. Exits with 1 if the gateway ended, or a caller got no response.
 */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { imageEntrypoint } from '../build/image-command.ts';
import { freePort } from '../dev/ports.ts';
import { startProcess } from '../dev/process.ts';
import { startStub } from './contender.ts';
import { type WorstBody, worstBodies } from './worst-bodies.ts';

const CONNECTIONS = 64;
const TENANTS = ['team-a', 'team-b'];
/** Connections with unread responses and half-sent bodies, beside the requests. */
const STALLED = 16;
const ANSWER_WITHIN_MS = 30_000;

const [seconds = '30', mebibytes = '256'] = process.argv.slice(2);
const at = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const dir = mkdtempSync(join(tmpdir(), 'gateway-memory-'));
const cgroup = makeCgroup(Number(mebibytes) * 1024 * 1024);
const delayFile = join(dir, 'delay.json');

const stub = await startStub(dir);
const port = await freePort();
const gateway = await startProcess({
  name: 'the gateway',
  command: '/bin/sh',
  args: [
    '-c',
    `echo $$ > ${cgroup.procs}; exec "$@"`,
    'sh',
    process.execPath,
    ...flagsOfImage(),
    `--import=${at('delay-probe.ts')}`,
    at('../dist/mlflow-gateway.mjs'),
    'serve',
  ],
  env: {
    PATH: process.env.PATH!,
    GW_LISTEN_HOST: '127.0.0.1',
    GW_LISTEN_PORT: String(port),
    GW_TARGET_BASE_URL: stub.unix,
    GW_AUTH_MODE: 'off',
    GW_TENANCY: 'workspaces',
    GW_AUDIT_FILE: join(dir, 'audit.jsonl'),
    BENCH_DELAY_FILE: delayFile,
  },
  log: join(dir, 'gateway.log'),
});
await sleep(4_000);
const idle = look();
const bodies = worstBodies();
const end = performance.now() + Number(seconds) * 1000;
const statuses = new Map<string, number>();
let unanswered = 0;
let requests = 0;
const latencies: number[] = [];

const stalled = Array.from({ length: STALLED }, (_, i) => stall(i));
await Promise.all([
  ...Array.from({ length: CONNECTIONS }, (_, i) => attack(i)),
  ...TENANTS.map((tenant) => work(tenant)),
]);
for (const socket of stalled) socket.destroy();
await sleep(1_000);
const after = look();
const gone = gateway.gone();
await gateway.stop();
const peak = Number(readFileSync(cgroup.peak, 'utf8'));
rmdirSync(cgroup.dir);

latencies.sort((a, b) => a - b);
const mib = (bytes: number): string => `${(bytes / 1024 / 1024).toFixed(0)} MiB`;
const percentile = (p: number): string =>
  `${(latencies[Math.floor(latencies.length * p)] ?? 0).toFixed(1)} ms`;
const report = {
  limit: `${mebibytes} MiB`,
  requests,
  ended: gone ?? 'no',
  unanswered,
  'RSS before': mib(idle.rss),
  'RSS after': mib(after.rss),
  'peak of the cgroup (with buffers of sockets and files)': mib(peak),
  'longest delay of the event loop': `${after.delayMs.toFixed(1)} ms`,
  'longest computation between two samples': `${after.cpuMs.toFixed(1)} ms`,
  'getRun of another team, p50': percentile(0.5),
  'getRun of another team, p99': percentile(0.99),
  answers: Object.fromEntries([...statuses].sort()),
};
console.log(JSON.stringify(report, null, 2));
process.exit(gone === undefined && unanswered === 0 ? 0 : 1);

function flagsOfImage(): readonly string[] {
  return imageEntrypoint(at('..')).filter((arg) => /^--(?:max|heap|disallow)/.test(arg));
}

function makeCgroup(bytes: number): { dir: string; procs: string; peak: string } {
  const v1 = existsSync('/sys/fs/cgroup/memory');
  const dir = join(v1 ? '/sys/fs/cgroup/memory' : '/sys/fs/cgroup', `gateway-memory-${process.pid}`);
  mkdirSync(dir);
  writeFileSync(join(dir, v1 ? 'memory.limit_in_bytes' : 'memory.max'), String(bytes));
  const peak = join(dir, v1 ? 'memory.max_usage_in_bytes' : 'memory.peak');
  return { dir, procs: join(dir, 'cgroup.procs'), peak };
}

function look(): { delayMs: number; cpuMs: number; rss: number } {
  return JSON.parse(readFileSync(delayFile, 'utf8')) as { delayMs: number; cpuMs: number; rss: number };
}

function head(
  { path, type, coding, body, chunked }: WorstBody,
  tenant: string,
  subject = 'attacker',
): string {
  return [
    `POST ${path} HTTP/1.1`,
    'Host: gateway',
    `X-Tenant: ${tenant}`,
    `X-Subject: ${subject}`,
    `Content-Type: ${type}`,
    'X-MLflow-Experiment-Id: 1',
    ...(coding === undefined ? [] : [`Content-Encoding: ${coding}`]),
    chunked ? 'Transfer-Encoding: chunked' : `Content-Length: ${body.length}`,
    '\r\n',
  ].join('\r\n');
}

async function attack(first: number): Promise<void> {
  for (let i = first; performance.now() < end; i++) {
    const sent = bodies[i % bodies.length]!;
    requests++;
    const status = await once(sent, TENANTS[first % TENANTS.length]!);
    if (status === undefined) {
      unanswered++;
      if (gateway.gone() !== undefined) return;
    }
    const key = `${sent.name}: ${status ?? 'none'}`;
    statuses.set(key, (statuses.get(key) ?? 0) + 1);
  }
}

/** Sends one request on a connection of its own and waits for the status. */
function once(sent: WorstBody, tenant: string): Promise<number | undefined> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const timer = setTimeout(() => socket.destroy(), ANSWER_WITHIN_MS);
    let text = '';
    const done = (): void => {
      clearTimeout(timer);
      socket.destroy();
      const status = /^HTTP\/1\.1 (\d{3})/.exec(text)?.[1];
      resolve(status === undefined ? undefined : Number(status));
    };
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
      if (text.includes('\r\n\r\n')) done();
    });
    // A caller that sends more of a refused body than the gateway reads sees the response or a reset.
    socket.on('error', done).on('close', done);
    socket.write(head(sent, tenant));
    if (!sent.chunked) socket.write(sent.body);
    else {
      socket.write(`${sent.body.length.toString(16)}\r\n`);
      socket.write(sent.body);
      socket.write('\r\n0\r\n\r\n');
    }
  });
}

/** Sends half of a large body. */
function stall(i: number): Socket {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => {});
  const [sent] = bodies as readonly [WorstBody];
  socket.write(head(sent, TENANTS[i % TENANTS.length]!, 'staller'));
  socket.write(sent.body.subarray(0, sent.body.length / 2));
  return socket;
}

/** Sends the ordinary requests of a team. */
async function work(tenant: string): Promise<void> {
  while (performance.now() < end && gateway.gone() === undefined) {
    const start = performance.now();
    const answer = await fetch(`http://127.0.0.1:${port}/api/2.0/mlflow/runs/get?run_id=${'1'.repeat(32)}`, {
      headers: { 'x-tenant': tenant },
    }).catch(() => undefined);
    await answer?.arrayBuffer();
    if (answer?.ok !== true) unanswered++;
    else latencies.push(performance.now() - start);
    await sleep(20);
  }
}
