import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { startDemoIdp } from '../dev/demo-idp.ts';
import { type MlflowServer, startMlflow } from '../dev/mlflow-server.ts';
import { found } from '../dev/waiting.ts';
import { type Contender, direct, startBareProxy, startFullGateway } from './contender.ts';
import type { NextRequest } from './load.ts';
import { requireRefusal, requireSameAnswer } from './preflight.ts';
import { type Rendered, renderRequest } from './request.ts';
import { measureRounds, type Row, type Scenario } from './rounds.ts';
import { logBatchBody, RUNS, runData, searchRunsBody, TENANT_TAG, WORKSPACE } from './shapes.ts';
import type { BenchOptions } from './stub-bench.ts';

/** MLflow's own default. */
export const WORKERS = 4;
const MEASURED_WAIT_MS = 15_000;
/** The names of the rows. All others are compared with the first. */
export const DIRECT = 'direct, kept-alive TCP';

export interface MlflowResult {
  readonly version: string;
  readonly workers: number;
  /** How the gateway decided to use TCP connections. */
  readonly tcpConnections: string;
  readonly rows: readonly Row[];
}

/** The resources that `seed` created. */
export interface Seeded {
  readonly experimentId: string;
  readonly runId: string;
  /** The run that log-batch writes to, so that the runs for reading do not grow. */
  readonly writtenRunId: string;
}

/**
 * Part two: the latency for a user, with a real MLflow and its default four workers. One MLflow listens on a Unix socket
 * and one, with the same data, on TCP, since it cannot do both; each contender is measured over one kept-alive connection.
 */
export async function benchMlflow(options: BenchOptions): Promise<MlflowResult> {
  const { dir, rounds, seconds } = options;
  const progress = (line: string): void => options.progress(`mlflow: ${line}`);
  progress(`starting two MLflow with ${WORKERS} workers each`);
  const start = (name: string, listen: { unix: true } | { port: number }): Promise<MlflowServer> =>
    startMlflow({ dir: join(dir, name), workers: WORKERS, workspaces: true, listen });
  const [onSocket, onTcp] = await Promise.all([start('socket', { unix: true }), start('tcp', { port: 0 })]);
  const idp = await startDemoIdp();
  try {
    progress('writing runs');
    const [socketData, tcpData] = await Promise.all([seed(onSocket), seed(onTcp)]);
    const token = await idp.token('alice-contributor');

    const straight = direct(DIRECT, onTcp.address);
    const bare = await startBareProxy('bare httpxy, Unix socket', onSocket.address, dir);
    const gateway = await startFullGateway('gateway, Unix socket', onSocket.address, dir, idp);
    const gatewayTcp = await startFullGateway('gateway, TCP', onTcp.address, dir, idp);
    const tcpConnections = await decidedConnections(gatewayTcp);

    const dataOf = (contender: Contender): Seeded =>
      contender === bare || contender === gateway ? socketData : tcpData;
    for (const [, request] of reads(socketData, token)) {
      await requireSameAnswer(gateway.name, gateway.target, bare.target, request);
    }
    for (const [, request] of reads(tcpData, token)) {
      await requireSameAnswer(gatewayTcp.name, gatewayTcp.target, straight.target, request);
    }
    const withoutToken = reads(socketData, undefined)[0]![1];
    for (const { name, target } of [gateway, gatewayTcp]) await requireRefusal(name, target, withoutToken);

    const scenarios: Scenario[] = [
      ...reads(socketData, token).map(([operation], i) => ({
        operation,
        connections: 1,
        requestFor: (contender: Contender): NextRequest => {
          const request = reads(dataOf(contender), token)[i]![1];
          return () => request;
        },
      })),
      {
        operation: 'logBatch',
        connections: 1,
        requestFor: (contender) => logBatches(dataOf(contender).writtenRunId, token),
      },
    ];
    const rows = await measureRounds({
      contenders: [straight, bare, gateway, gatewayTcp],
      scenarios,
      rounds,
      seconds,
      progress,
    });
    return { version: onSocket.version, workers: WORKERS, tcpConnections, rows };
  } finally {
    await idp.stop();
  }
}

function reads({ experimentId, runId }: Seeded, token: string | undefined): (readonly [string, Buffer])[] {
  const operations: Record<string, Rendered> = {
    getExperiment: {
      method: 'GET',
      path: `/api/2.0/mlflow/experiments/get?experiment_id=${experimentId}`,
    },
    getRun: { method: 'GET', path: `/api/2.0/mlflow/runs/get?run_id=${runId}` },
    searchRuns: {
      method: 'POST',
      path: '/api/2.0/mlflow/runs/search',
      json: searchRunsBody(experimentId),
    },
  };
  return Object.entries(operations).map(([name, request]) => [name, renderRequest(request, token)] as const);
}

let step = 0;

function logBatches(runId: string, token: string): NextRequest {
  return () => {
    const json = logBatchBody(runId, ++step);
    return renderRequest({ method: 'POST', path: '/api/2.0/mlflow/runs/log-batch', json }, token);
  };
}

/** Writes an experiment with runs, in the tenant's workspace or with the tenant's tag. */
export async function seed({ fetch }: MlflowServer, workspaces = true): Promise<Seeded> {
  const headers: Record<string, string> = workspaces ? { 'x-mlflow-workspace': WORKSPACE } : {};
  const post = async (path: string, json: unknown): Promise<Record<string, unknown>> => {
    const answer = await fetch(path, { json, headers });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`MLflow answered ${answer.status} to ${path}: ${text}`);
    return JSON.parse(text) as Record<string, unknown>;
  };
  const createRun = async (n: number): Promise<string> => {
    const { tags } = runData(n);
    const body = {
      experiment_id: experimentId,
      run_name: `able-crane-${n}`,
      start_time: 1_700_000_000_000 + n,
      tags,
    };
    const { run } = await post('/api/2.0/mlflow/runs/create', body);
    return (run as { info: { run_id: string } }).info.run_id;
  };
  if (workspaces) {
    const created = await fetch('/api/3.0/mlflow/workspaces', { json: { name: WORKSPACE } });
    if (!created.ok) throw new Error(`MLflow answered ${created.status}: ${await created.text()}`);
  }
  const experiment = await post('/api/2.0/mlflow/experiments/create', { name: 'bench', tags: [TENANT_TAG] });
  const experimentId = String(experiment.experiment_id);
  const runIds: string[] = [];
  for (let n = 0; n < RUNS; n++) {
    const runId = await createRun(n);
    const { metrics, params } = runData(n);
    await post('/api/2.0/mlflow/runs/log-batch', { run_id: runId, metrics, params });
    runIds.push(runId);
  }
  return { experimentId, runId: runIds[0]!, writtenRunId: await createRun(RUNS) };
}

/** The gateway measures TCP connections when MLflow starts, and logs the result. */
async function decidedConnections({ log, name }: Contender): Promise<string> {
  const decision = (): string | undefined =>
    /"connections":"(keepalive|fresh)"/.exec(readFileSync(log!, 'utf8'))?.[1];
  return found(`${name} logs how it uses connections (${log})`, decision, { timeoutMs: MEASURED_WAIT_MS });
}
