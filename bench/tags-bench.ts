import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type DemoIdp, startDemoIdp } from '../dev/demo-idp.ts';
import { startMlflow } from '../dev/mlflow-server.ts';
import { type Clones, cloneRows } from './clone-rows.ts';
import { type Contender, direct, startFullGateway, startStub } from './contender.ts';
import type { NextRequest } from './load.ts';
import { DIRECT, seed, WORKERS } from './mlflow-bench.ts';
import { requireRefusal } from './preflight.ts';
import { type Rendered, renderRequest } from './request.ts';
import { measureRounds, type Row, type Scenario } from './rounds.ts';
import { logBatchBody, logMetricBody, runId, searchRunsBody } from './shapes.ts';
import type { BenchOptions } from './stub-bench.ts';

export interface TagsResult {
  readonly version: string;
  readonly workers: number;
  /** Workspaces and tags. */
  readonly stub: readonly Row[];
  /** Direct and tags. */
  readonly mlflow: readonly Row[];
}

/** The target of a request. */
interface Ids {
  readonly runId: string;
  readonly experimentId: string;
}

type Write = (ids: Ids, step: number) => Rendered;

const OPERATIONS: Readonly<Record<string, Write>> = {
  getRun: ({ runId }) => ({ method: 'GET', path: `/api/2.0/mlflow/runs/get?run_id=${runId}` }),
  searchRuns: ({ experimentId }) => ({
    method: 'POST',
    path: '/api/2.0/mlflow/runs/search',
    json: searchRunsBody(experimentId),
  }),
  logMetric: ({ runId }, step) => ({
    method: 'POST',
    path: '/api/2.0/mlflow/runs/log-metric',
    json: logMetricBody(runId, step),
  }),
  logBatch: ({ runId }, step) => ({
    method: 'POST',
    path: '/api/2.0/mlflow/runs/log-batch',
    json: logBatchBody(runId, step),
  }),
};

/** Runs on a page of the UI, which requests their metrics at once. */
const PAGE = 100;

/** Requests that name many resources: a known page needs no lookup, a new one needs one. */
function historyOf(runIds: readonly string[]): Rendered {
  const ids = runIds.map((id) => `run_id=${id}`).join('&');
  return {
    method: 'GET',
    path: `/ajax-api/2.0/mlflow/metrics/get-history-bulk?${ids}&metric_key=val_metric_0`,
  };
}

/** Runs and experiments copied for the cold requests to a real MLflow, each of which needs one of its own. */
const CLONES = 30_000;

/**
 * Part three: the cost of the strategy `tags`. In front of the stub it is compared with `workspaces`; in front of a real
 * MLflow with the same client without a gateway. Warm, the owner of the run or experiment is in the gateway's cache; cold,
 * the gateway has to look it up first.
 */
export async function benchTags(options: BenchOptions): Promise<TagsResult> {
  mkdirSync(options.dir, { recursive: true });
  const idp = await startDemoIdp();
  try {
    const token = await idp.token('alice-contributor');
    const stub = await besideWorkspaces(options, idp, token);
    const { version, rows } = await besideNothing(options, idp, token);
    return { version, workers: WORKERS, stub, mlflow: rows };
  } finally {
    await idp.stop();
  }
}

async function besideWorkspaces(options: BenchOptions, idp: DemoIdp, token: string): Promise<Row[]> {
  const { dir, rounds, seconds, progress } = options;
  const stub = await startStub(dir);
  const workspaces = await startFullGateway('workspaces', stub.unix, dir, idp);
  const tags = await startFullGateway('tags', stub.unix, dir, idp, { GW_TENANCY: 'tags' });
  await requireEnforcement([workspaces, tags], FIRST);
  return measureRounds({
    contenders: [workspaces, tags],
    scenarios: stubScenarios(token),
    rounds,
    seconds,
    progress: (line) => progress(`tags, stub: ${line}`),
  });
}

async function besideNothing(
  options: BenchOptions,
  idp: DemoIdp,
  token: string,
): Promise<{ version: string; rows: Row[] }> {
  const { dir, rounds, seconds } = options;
  const progress = (line: string): void => options.progress(`tags, mlflow: ${line}`);
  progress(`starting two MLflow with ${WORKERS} workers each`);
  const start = (name: string, listen: { unix: true } | { port: number }) =>
    startMlflow({ dir: join(dir, name), workers: WORKERS, workspaces: false, listen });
  const [onSocket, onTcp] = await Promise.all([start('socket', { unix: true }), start('tcp', { port: 0 })]);
  progress('writing runs');
  const straight = direct(DIRECT, onTcp.address);
  const tags = await startFullGateway('tags', onSocket.address, dir, idp, { GW_TENANCY: 'tags' });
  const data = new Map<Contender, { warm: Ids; clones: Clones; used: number }>();
  for (const [contender, server, name] of [
    [straight, onTcp, 'tcp'],
    [tags, onSocket, 'socket'],
  ] as const) {
    const { experimentId, runId } = await seed(server, false);
    const clones = cloneRows(join(dir, name, 'mlflow.db'), runId, experimentId, CLONES);
    data.set(contender, { warm: { runId, experimentId }, clones, used: 0 });
  }
  const take = (contender: Contender, count: number): number => {
    const own = data.get(contender)!;
    if (own.used + count > CLONES)
      throw new Error(`all ${CLONES} copies are used up: choose fewer rounds or seconds`);
    own.used += count;
    return own.used - count;
  };
  const cold = (contender: Contender): Ids => {
    const { clones } = data.get(contender)!;
    const at = take(contender, 1);
    return { runId: clones.runIds[at]!, experimentId: clones.experimentIds[at]! };
  };
  const page = (how: string, at: (contender: Contender) => number): Scenario => ({
    operation: `metrics of ${PAGE} runs, ${how}`,
    connections: 1,
    requestFor: (contender) => () => {
      const first = at(contender);
      return renderRequest(
        historyOf(data.get(contender)!.clones.runIds.slice(first, first + PAGE)),
        token,
        '',
      );
    },
  });
  const warmPage = new Map([straight, tags].map((contender) => [contender, take(contender, PAGE)]));
  await requireEnforcement([tags], data.get(tags)!.warm);
  const rows = await measureRounds({
    contenders: [straight, tags],
    scenarios: [
      ...scenarios([1], 'warm', (contender) => data.get(contender)!.warm, token),
      ...scenarios([1], 'cold', cold, token),
      page('warm', (contender) => warmPage.get(contender)!),
      page('cold', (contender) => take(contender, PAGE)),
    ],
    rounds,
    seconds,
    progress,
  });
  return { version: onSocket.version, rows };
}

/** The run and experiment of warm requests. */
export const FIRST: Ids = { runId: runId(0), experimentId: '1' };

let step = 0;

/** In front of the stub, warm and cold: cold, every request names a run or an experiment that no request named before. */
export function stubScenarios(token: string): Scenario[] {
  let fresh = 1_000;
  const cold = (): Ids => ({ runId: runId(++fresh), experimentId: String(fresh) });
  return [...scenarios([1, 32], 'warm', () => FIRST, token), ...scenarios([1, 32], 'cold', cold, token)];
}

/** The operations, each at some numbers of connections. */
function scenarios(
  connections: readonly number[],
  how: 'warm' | 'cold',
  ids: (contender: Contender) => Ids,
  token: string,
): Scenario[] {
  return connections.flatMap((count) =>
    Object.entries(OPERATIONS).map(([operation, write]) => ({
      operation: `${operation}, ${how}`,
      connections: count,
      requestFor: (contender: Contender): NextRequest => {
        return () => renderRequest(write(ids(contender), ++step), token, '');
      },
    })),
  );
}

/** @throws {Error} if a gateway lets a request without a token through */
export async function requireEnforcement(gateways: readonly Contender[], ids: Ids): Promise<void> {
  const withoutToken = renderRequest(OPERATIONS.getRun!(ids, 0), undefined);
  for (const { name, target } of gateways) await requireRefusal(name, target, withoutToken);
}
