import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { CHILD_ENV } from '../../dev/child-env.ts';
import { type DemoIdp, startDemoIdp } from '../../dev/demo-idp.ts';
import { fetcher } from '../../dev/http.ts';
import type { MlflowServer } from '../../dev/mlflow-server.ts';
import { freePort } from '../../dev/ports.ts';
import { startProcess } from '../../dev/process.ts';
import { type Contender, direct, startStub, untilListening } from '../contender.ts';
import { askOnce } from '../load.ts';
import { type Seeded, seed } from '../mlflow-bench.ts';
import { startNginx } from '../nginx.ts';
import { requireRefusal, requireSameAnswer } from '../preflight.ts';
import { renderWith } from '../request.ts';
import { measureRounds, type Row } from '../rounds.ts';
import { runId, WORKSPACE } from '../shapes.ts';
import { median } from '../stats.ts';
import type { BenchOptions } from '../stub-bench.ts';
import type { Peers } from './install.ts';
import { createUsers, type Person, personsOf } from './people.ts';
import { cpuOfGroups, peakMebibytesOfGroups } from './process-group.ts';
import {
  type Started,
  startBasicAuth,
  startBundledGateway,
  startNodeScript,
  startOauth2Proxy,
  startOidcAuth,
  startPlainMlflow,
} from './servers.ts';
import { ANY_FOLDER, type Caller, type Direction, type Transfer, transfer } from './transfer.ts';

const CONNECTIONS = [1, 32];
const FILE_MEBIBYTES = 512;
const STARTS = 3;
const START_TIMEOUT_MS = 300_000;

/** The names of the rows. */
const NODE = 'bare node:http';
const HTTPXY = 'bare httpxy';
const NGINX = 'nginx';
const OAUTH2_PROXY = 'oauth2-proxy';
export const GATEWAY = 'mlflow-gateway';
const MLFLOW_ALONE = 'MLflow alone';
const BASIC_AUTH = 'basic-auth';
const BASIC_AUTH_CACHED = 'basic-auth with its cache';
const OIDC_AUTH_APP = 'mlflow-oidc-auth';

/** The start of a server, until it answers the request with 200. */
export interface Start {
  readonly milliseconds: number;
  readonly cpuSeconds: number;
}

/** Peak memory, and the median of the starts. */
export interface Footprint {
  readonly contender: string;
  readonly peakMebibytes: number;
  readonly start: Start | undefined;
}

export interface SpeedResult {
  /** Proxies in front of an upstream that answers at once. */
  readonly proxies: readonly Row[];
  readonly proxyFootprints: readonly Footprint[];
  readonly transfers: readonly Transfers[];
  /** A real MLflow, behind a proxy or with an app in it. */
  readonly servers: readonly Row[];
  readonly serverFootprints: readonly Footprint[];
  readonly serverTransfers: readonly Transfers[];
}

/** A file in both directions, the median of some. */
export interface Transfers extends Readonly<Record<Direction, Transfer>> {
  readonly contender: string;
}

/** Measures the peers: proxies alone, files through them, and each of them as a whole server with a real MLflow, with files too. */
export async function benchSpeed(options: BenchOptions, peers: Peers): Promise<SpeedResult> {
  mkdirSync(options.dir, { recursive: true });
  const idp = await startDemoIdp();
  try {
    const [alice] = await personsOf(idp);
    return {
      ...(await benchProxies(options, peers, idp, alice)),
      transfers: await benchTransfers(options, peers, idp, alice),
      ...(await benchServers(options, peers, idp, alice)),
    };
  } finally {
    await idp.stop();
  }
}

type StartProxy = (upstream: string, dir: string) => Promise<Started>;

/** How each proxy starts; those that verify tokens come last. */
function proxiesOf(peers: Peers, idp: DemoIdp, tenancy: 'workspaces' | 'tags'): Record<string, StartProxy> {
  return {
    [NODE]: (upstream, dir) => startNodeScript(NODE, 'peers/node-proxy.ts', upstream, dir),
    [HTTPXY]: (upstream, dir) => startNodeScript(HTTPXY, 'bare-proxy.ts', upstream, dir),
    [NGINX]: async (upstream, dir) => {
      const { stop, ...contender } = await startNginx(NGINX, upstream, dir, peers.nginx);
      return { contender: { ...contender, groups: [contender.pid!] }, stop };
    },
    [OAUTH2_PROXY]: (upstream, dir) => startOauth2Proxy(OAUTH2_PROXY, peers, upstream, dir, idp),
    [GATEWAY]: (upstream, dir) => startBundledGateway(GATEWAY, upstream, dir, idp, tenancy),
  };
}

const VERIFIES_TOKENS = new Set([OAUTH2_PROXY, GATEWAY]);

async function benchProxies(
  options: BenchOptions,
  peers: Peers,
  idp: DemoIdp,
  alice: Person,
): Promise<Pick<SpeedResult, 'proxies' | 'proxyFootprints'>> {
  const progress = (line: string): void => options.progress(`proxies: ${line}`);
  const dir = join(options.dir, 'p');
  mkdirSync(dir);
  const stub = await startStub(dir);
  const proxies = proxiesOf(peers, idp, 'workspaces');
  const path = `/api/2.0/mlflow/runs/get?run_id=${runId(0)}`;
  const request = renderWith({ method: 'GET', path }, [
    `X-MLFLOW-WORKSPACE: ${WORKSPACE}`,
    `Authorization: ${alice.bearer}`,
  ]);
  progress('cold starts');
  const starts = new Map<string, Start>();
  for (const [name, start] of Object.entries(proxies)) {
    const { start: took, server } = await medianStart(
      STARTS,
      (n) => start(stub.tcp, join(dir, `start-${n}`)),
      { pid: ({ contender }) => contender.pid!, ready: ({ contender }) => answers({ contender, request }) },
    );
    await server.stop();
    starts.set(name, took);
  }
  const started: Started[] = [];
  for (const start of Object.values(proxies)) started.push(await start(stub.tcp, dir));
  const contenders = started.map(({ contender }) => contender);
  const upstream = direct('direct', stub.tcp);
  for (const { name, target } of contenders) {
    await requireSameAnswer(name, target, upstream.target, request);
    if (VERIFIES_TOKENS.has(name))
      await requireRefusal(name, target, renderWith({ method: 'GET', path }, ['Accept: application/json']));
  }
  const rows = await measureRounds({
    contenders: [upstream, ...contenders],
    scenarios: CONNECTIONS.map((connections) => ({
      operation: 'getRun',
      connections,
      requestFor: () => () => request,
    })),
    rounds: options.rounds,
    seconds: options.seconds,
    progress,
  });
  const proxyFootprints = footprints(contenders, starts);
  for (const { stop } of started) await stop();
  return { proxies: rows, proxyFootprints };
}

async function benchTransfers(
  options: BenchOptions,
  peers: Peers,
  idp: DemoIdp,
  alice: Person,
): Promise<SpeedResult['transfers']> {
  const dir = join(options.dir, 'f');
  mkdirSync(dir);
  const port = await freePort();
  const script = fileURLToPath(new URL('files-upstream.ts', import.meta.url));
  const upstream = await startProcess({
    name: 'the upstream with files',
    command: process.execPath,
    args: [script, String(port)],
    env: CHILD_ENV,
    log: join(dir, 'upstream.log'),
  });
  await untilListening(upstream, port, 'the upstream with files');
  const results: Transfers[] = [];
  const fields = [`X-MLFLOW-WORKSPACE: ${WORKSPACE}`, `Authorization: ${alice.bearer}`];
  for (const [name, start] of Object.entries(proxiesOf(peers, idp, 'workspaces'))) {
    options.progress(`files: ${name}`);
    const { contender, stop } = await start(`http://127.0.0.1:${port}`, dir);
    results.push(await transfersOf(contender, { folder: ANY_FOLDER, fields }));
    await stop();
  }
  await upstream.stop();
  return results;
}

/** The file up, and then the same file down. */
async function transfersOf(contender: Contender, caller: Caller): Promise<Transfers> {
  const of = async (direction: Direction): Promise<Transfer> => {
    // The first file finds cold code; it is not counted.
    await transfer(contender, direction, FILE_MEBIBYTES / 8, caller);
    const three: Transfer[] = [];
    for (let i = 0; i < 3; i++) three.push(await transfer(contender, direction, FILE_MEBIBYTES, caller));
    return {
      mebibytesPerSecond: median(three.map((one) => one.mebibytesPerSecond)),
      cpuSecondsPerGibibyte: median(three.map((one) => one.cpuSecondsPerGibibyte)),
    };
  };
  // MLflow must have the file before it can send it.
  const up = await of('up');
  return { contender: contender.name, up, down: await of('down') };
}

/** A whole server: the contender, a request to it, and where a caller's files go. */
interface Whole {
  readonly contender: Contender;
  readonly request: Buffer;
  readonly caller: Caller;
}

async function benchServers(
  options: BenchOptions,
  peers: Peers,
  idp: DemoIdp,
  alice: Person,
): Promise<Pick<SpeedResult, 'servers' | 'serverFootprints' | 'serverTransfers'>> {
  const progress = (line: string): void => options.progress(`MLflow: ${line}`);
  const dir = join(options.dir, 'm');
  mkdirSync(dir);
  const wholes: Whole[] = [];
  const starts = new Map<string, Start>();

  progress('starting MLflow');
  const plain = await startPlainMlflow(join(dir, 'plain'), false);
  const seeded = await seed(plain, false);
  const whole = (contender: Contender, { experimentId, runId }: Seeded, authorization: string): Whole => ({
    contender,
    request: renderWith({ method: 'GET', path: `/api/2.0/mlflow/runs/get?run_id=${runId}` }, [
      `Authorization: ${authorization}`,
    ]),
    caller: {
      folder: `/api/2.0/mlflow-artifacts/artifacts/${experimentId}/${runId}/artifacts`,
      fields: [`Authorization: ${authorization}`],
    },
  });
  wholes.push(whole({ ...direct(MLFLOW_ALONE, plain.address), groups: [plain.pid] }, seeded, alice.bearer));
  const { [NODE]: _node, [HTTPXY]: _httpxy, ...passing } = proxiesOf(peers, idp, 'tags');
  for (const start of Object.values(passing)) {
    const { contender } = await start(plain.address, dir);
    wholes.push(whole({ ...contender, groups: [contender.pid!, plain.pid] }, seeded, alice.bearer));
  }

  const apps: Readonly<Record<string, (dir: string) => Promise<MlflowServer>>> = {
    [BASIC_AUTH]: (home) => startBasicAuth(home, { cached: false, others: 'NO_PERMISSIONS' }),
    [BASIC_AUTH_CACHED]: (home) => startBasicAuth(home, { cached: true, others: 'NO_PERMISSIONS' }),
    [OIDC_AUTH_APP]: (home) => startOidcAuth(home, idp),
  };
  for (const [name, start] of Object.entries(apps)) {
    progress(`starting ${name}`);
    const home = join(dir, name.replaceAll(/\W+/g, '-'));
    const first = await start(home);
    const basic = name !== OIDC_AUTH_APP;
    if (basic) await createUsers(first, [alice]);
    const authorization = basic ? alice.basic : alice.bearer;
    const own = await seed({ ...first, fetch: fetcher(first.address, { authorization }) }, false);
    await first.stop();
    const wholeAt = ({ address, pid }: MlflowServer): Whole =>
      whole({ ...direct(name, address), groups: [pid] }, own, authorization);
    const { start: took, server } = await medianStart(STARTS, () => start(home), {
      pid: ({ pid }) => pid,
      ready: (one) => answers(wholeAt(one)),
    });
    starts.set(name, took);
    wholes.push(wholeAt(server));
    await requireRefusal(name, direct(name, server.address).target, unauthenticated(own.runId));
  }

  const rows = await measureRounds({
    contenders: wholes.map(({ contender }) => contender),
    scenarios: CONNECTIONS.map((connections) => ({
      operation: 'getRun',
      connections,
      requestFor: (contender) => {
        const { request } = wholes.find((one) => one.contender === contender)!;
        return () => request;
      },
    })),
    rounds: options.rounds,
    seconds: options.seconds,
    progress,
  });
  // Before the files, which fill memory.
  const serverFootprints = footprints(
    wholes.map(({ contender }) => contender),
    starts,
  );
  const serverTransfers: Transfers[] = [];
  for (const { contender, caller } of wholes) {
    progress(`files: ${contender.name}`);
    serverTransfers.push(await transfersOf(contender, caller));
  }
  return { servers: rows, serverFootprints, serverTransfers };
}

function unauthenticated(run: string): Buffer {
  return renderWith({ method: 'GET', path: `/api/2.0/mlflow/runs/get?run_id=${run}` }, []);
}

const answers = async ({ contender, request }: Pick<Whole, 'contender' | 'request'>): Promise<boolean> =>
  (await askOnce(contender.target, request).catch(() => undefined))?.status === 200;

function footprints(contenders: readonly Contender[], starts: ReadonlyMap<string, Start>): Footprint[] {
  return contenders
    .filter(({ groups }) => groups !== undefined)
    .map(({ name, groups }) => ({
      contender: name,
      peakMebibytes: peakMebibytesOfGroups(groups!),
      start: starts.get(name),
    }));
}

/** How the start of a server is measured: its process, and whether it answers. */
interface Measured<T> {
  readonly pid: (server: T) => number;
  readonly ready: (server: T) => Promise<boolean>;
}

/** Starts a server several times, and stops all of them but the last. */
async function medianStart<T extends { stop(): Promise<void> }>(
  times: number,
  start: (n: number) => Promise<T>,
  of: Measured<T>,
): Promise<{ readonly server: T; readonly start: Start }> {
  const all: Start[] = [];
  for (let n = 0; ; n++) {
    const { server, start: took } = await timed(() => start(n), of);
    all.push(took);
    if (all.length < times) {
      await server.stop();
      continue;
    }
    const milliseconds = median(all.map((one) => one.milliseconds));
    return { server, start: { milliseconds, cpuSeconds: median(all.map((one) => one.cpuSeconds)) } };
  }
}

async function timed<T>(
  start: () => Promise<T>,
  of: Measured<T>,
): Promise<{ readonly server: T; readonly start: Start }> {
  const began = performance.now();
  const server = await start();
  while (!(await of.ready(server))) {
    if (performance.now() - began > START_TIMEOUT_MS)
      throw new Error('it does not answer the request with 200');
    await sleep(5);
  }
  const milliseconds = performance.now() - began;
  return { server, start: { milliseconds, cpuSeconds: cpuOfGroups([of.pid(server)]) / 1e6 } };
}
