import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type DemoIdp, startDemoIdp } from '../dev/demo-idp.ts';
import { type Contender, direct, startBareProxy, startFullGateway, startStub } from './contender.ts';
import { nginxVersion, startNginx } from './nginx.ts';
import { requireRefusal, requireSameAnswer } from './preflight.ts';
import { type Rendered, renderRequest } from './request.ts';
import { measureRounds, type Row, type Scenario } from './rounds.ts';
import { runId, searchRunsBody } from './shapes.ts';

/** The two operations that make up most of a tracking server's traffic, as requests to the stub. */
export const STUB_OPERATIONS: Readonly<Record<string, Rendered>> = {
  getRun: { method: 'GET', path: `/api/2.0/mlflow/runs/get?run_id=${runId(0)}` },
  searchRuns: { method: 'POST', path: '/api/2.0/mlflow/runs/search', json: searchRunsBody('1') },
};

const CONNECTIONS = [1, 32];

/** All contenders over one kind of connection to the upstream. */
export interface StubGroup {
  readonly transport: 'Unix socket' | 'TCP';
  readonly rows: readonly Row[];
}

export interface StubResult {
  readonly groups: readonly StubGroup[];
  /** `undefined` if it is not installed. */
  readonly nginx: string | undefined;
}

export interface BenchOptions {
  /** For sockets, logs and audit files; its creator removes it. */
  readonly dir: string;
  readonly rounds: number;
  readonly seconds: number;
  readonly progress: (line: string) => void;
}

/**
 * Part one: the cost of the gateway alone, compared with a bare proxy and nginx, in front of an upstream of almost no
 * cost. All programs run on this machine and share its processors.
 */
export async function benchStub(options: BenchOptions): Promise<StubResult> {
  const { dir, rounds, seconds, progress } = options;
  mkdirSync(dir, { recursive: true });
  const idp = await startDemoIdp();
  try {
    const stub = await startStub(dir);
    const nginx = await nginxVersion();
    const upstream = direct('direct', stub.tcp);
    const socket = await startPeers(stub.unix, 'unix', dir, idp, nginx !== undefined);
    const tcp = await startPeers(stub.tcp, 'tcp', dir, idp, nginx !== undefined);
    const token = await idp.token('alice-contributor');
    const rendered = Object.entries(STUB_OPERATIONS).map(
      ([operation, request]) => [operation, renderRequest(request, token)] as const,
    );
    for (const { name, target } of [...socket, ...tcp]) {
      for (const [, request] of rendered) await requireSameAnswer(name, target, upstream.target, request);
    }
    const withoutToken = renderRequest(STUB_OPERATIONS.getRun!, undefined);
    for (const group of [socket, tcp]) {
      const { name, target } = group.at(-1)!;
      await requireRefusal(name, target, withoutToken);
    }
    const scenarios: Scenario[] = CONNECTIONS.flatMap((connections) =>
      rendered.map(([operation, request]) => ({ operation, connections, requestFor: () => () => request })),
    );
    const rows = await measureRounds({
      contenders: [upstream, ...socket, ...tcp],
      scenarios,
      rounds,
      seconds,
      progress: (line) => progress(`stub: ${line}`),
    });
    const of = (names: readonly Contender[]): Row[] =>
      rows
        .filter((row) => row.contender === upstream.name || names.some(({ name }) => name === row.contender))
        .map((row) => ({ ...row, contender: row.contender.replace(/ \((unix|tcp)\)$/, '') }));
    return {
      groups: [
        { transport: 'Unix socket', rows: of(socket) },
        { transport: 'TCP', rows: of(tcp) },
      ],
      nginx,
    };
  } finally {
    await idp.stop();
  }
}

/** The gateway comes last. */
async function startPeers(
  upstream: string,
  kind: 'unix' | 'tcp',
  dir: string,
  idp: DemoIdp,
  nginx: boolean,
): Promise<Contender[]> {
  return [
    await startBareProxy(`bare httpxy (${kind})`, upstream, dir),
    ...(nginx ? [await startNginx(`nginx (${kind})`, upstream, dir)] : []),
    await startFullGateway(`gateway (${kind})`, upstream, join(dir, 'gateways'), idp),
  ];
}
