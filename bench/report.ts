import { type AgainstResult, OTHER, THIS } from './against-bench.ts';
import type { IdentityResult } from './identity-bench.ts';
import { growth, type MemoryResult } from './memory-bench.ts';
import type { MlflowResult } from './mlflow-bench.ts';
import type { ParserResult } from './parsers.ts';
import { over, type Round, type Row, ratio } from './rounds.ts';
import type { StubGroup, StubResult } from './stub-bench.ts';
import type { TagsResult } from './tags-bench.ts';

const throughput = (round: Round): number => round.requestsPerSecond;
const p50 = (round: Round): number => round.p50Ms;
const p99 = (round: Round): number => round.p99Ms;
const cpu = (round: Round): number => round.cpuMicroseconds!;
const hasCpu = (row: Row): boolean => row.rounds.every((round) => round.cpuMicroseconds !== null);

/** The cost of each parser in its worst cases, as Markdown. */
export function parsersReport(results: readonly ParserResult[]): string {
  const rows = results.map((row) => [
    row.parser,
    row.shape,
    String(row.bytes),
    row.nsPerByte.toFixed(1),
    row.totalMs.toFixed(2),
    row.exponent.toFixed(2),
  ]);
  return `### Parsers: the worst known cases

${table(['parser', 'shape', 'bytes', 'ns/byte', 'ms', 'exponent'], rows)}`;
}

/** Part one as Markdown: a table for each kind of connection to the upstream, with ratios to the bare proxy. */
export function stubReport({ groups, nginx }: StubResult): string {
  const note =
    nginx === undefined
      ? '\nWithout nginx, which is not installed on this machine (Debian, Ubuntu: `apt-get install nginx`).\n'
      : '';
  return `${groups.map(stubTable).join('\n')}${note}`;
}

function stubTable({ transport, rows }: StubGroup): string {
  const lines = rows.map((row) => {
    const bare = sibling(rows, row, 'bare httpxy');
    return [
      row.operation,
      String(row.connections),
      row.contender,
      over(row, throughput).toFixed(0),
      over(row, p50).toFixed(2),
      over(row, p99).toFixed(2),
      hasCpu(row) ? over(row, cpu).toFixed(0) : '-',
      ratio(row, bare, throughput).toFixed(2),
    ];
  });
  const head = ['operation', 'connections', 'contender', 'requests/s', 'p50 ms', 'p99 ms', 'CPU µs/request'];
  return `### Upstream: stub on ${transport === 'TCP' ? 'TCP' : 'a Unix socket'}

${table([...head, 'requests/s, ratio to bare'], lines)}`;
}

/** Part two as Markdown. */
export function mlflowReport({ version, workers, tcpConnections, rows }: MlflowResult): string {
  const contenders = [...new Set(rows.map((row) => row.contender))];
  const [straight] = contenders;
  const lines = [...new Set(rows.map((row) => row.operation))].map((operation) => {
    const own = rows.filter((row) => row.operation === operation);
    const reference = own.find((row) => row.contender === straight)!;
    return [
      operation,
      ...contenders.map((name) => {
        const row = own.find((candidate) => candidate.contender === name)!;
        const ms = over(row, p50).toFixed(1);
        return row === reference ? ms : `${ms} (${ratio(row, reference, p50).toFixed(2)})`;
      }),
    ];
  });
  return `### Upstream: MLflow ${version}, ${workers} workers, SQLite

p50 in ms over one kept-alive connection; in brackets the ratio to the same client directly at MLflow.
The gateway's choice for connections over TCP: ${tcpConnections}.

${table(['operation', ...contenders], lines)}`;
}

/** This version compared with another one, as Markdown. */
export function againstReport(result: AgainstResult): string {
  return Object.entries(result)
    .map(
      ([strategy, rows]) =>
        `### Strategy ${strategy}: this version and another one\n\n${besideTable(rows, OTHER, THIS)}`,
    )
    .join('\n');
}

/** Part three as Markdown: the strategy `tags` compared with `workspaces`, then with MLflow alone. */
export function tagsReport({ version, workers, stub, mlflow }: TagsResult): string {
  return `### Strategy tags compared with workspaces, in front of the stub

Cold: every request names a run or an experiment that the gateway has not seen before.

${besideTable(stub, 'workspaces', 'tags')}
### Strategy tags compared with no gateway, MLflow ${version} without workspaces, ${workers} workers, SQLite

The gateway reaches MLflow over a Unix socket; without a gateway the client uses kept-alive TCP.

${besideTable(mlflow, 'direct', 'tags')}`;
}

/** The rows of one contender compared with those of another, which is measured first and called `baseline` in the head. */
function besideTable(rows: readonly Row[], baseline: string, name: string): string {
  const [first] = new Set(rows.map((row) => row.contender));
  const lines = rows
    .filter((row) => row.contender !== first)
    .map((row) => {
      const other = sibling(rows, row, first!);
      return [
        row.operation,
        String(row.connections),
        over(other, p50).toFixed(2),
        over(row, p50).toFixed(2),
        ratio(row, other, p50).toFixed(2),
        ratio(row, other, throughput).toFixed(2),
      ];
    });
  const head = ['operation', 'connections', `p50 ms, ${baseline}`, `p50 ms, ${name}`];
  return table([...head, 'p50, ratio', 'requests/s, ratio'], lines);
}

/** The times to identify a caller as Markdown. */
export function identityReport(results: readonly IdentityResult[]): string {
  const lines = results.map(({ who, tokenBytes, cachedUs, verifiedUs }) => [
    who,
    String(tokenBytes),
    cachedUs.toFixed(2),
    verifiedUs.toFixed(0),
  ]);
  return `### Identifying a caller\n\n${table(['', 'token, bytes', 'cached, µs', 'verified, µs'], lines)}`;
}

/** Requests with one issuer and with two, as Markdown; each compared with the first contender. */
export function issuersReport(rows: readonly Row[]): string {
  const [first] = new Set(rows.map((row) => row.contender));
  const lines = rows.map((row) => {
    const other = sibling(rows, row, first!);
    return [
      row.operation,
      String(row.connections),
      row.contender,
      over(row, p50).toFixed(2),
      ratio(row, other, p50).toFixed(2),
      ratio(row, other, throughput).toFixed(2),
      hasCpu(row) ? over(row, cpu).toFixed(0) : '-',
      hasCpu(row) && hasCpu(other) ? ratio(row, other, cpu).toFixed(2) : '-',
    ];
  });
  const measured = ['p50 ms', 'p50, ratio', 'requests/s, ratio', 'CPU µs/request', 'CPU, ratio'];
  const head = ['operation', 'connections', '', ...measured];
  return `### Requests of such callers, in front of the stub\n\n${table(head, lines)}`;
}

/** The memory run as Markdown. */
export function memoryReport(result: MemoryResult): string {
  const lines = result.looks.map(({ requests, heapUsed, external, rss }) => [
    String(requests),
    megabytes(heapUsed),
    megabytes(external),
    megabytes(rss),
  ]);
  const grown = growth(result);
  const verdict = grown > result.allowedGrowth ? 'GROWS' : 'no growth';
  return `### Memory of the gateway

getRun and searchRuns in turn over ${result.connections} connections, after ${result.warmUp} requests of warm-up; garbage is collected before each measurement.

${table(['requests', 'heap MB', 'external MB', 'RSS MB'], lines)}
Memory held at the last measurement, less that at the first: ${(grown / 1000).toFixed(0)} kB (${verdict}; allowed ${(result.allowedGrowth / 1000).toFixed(0)} kB).
`;
}

/**
 * A Markdown table, numbers to the right.
 *
 * @example
 * table(['contender', 'ms'], [['a', '1.5']]);
 */
export function table(head: readonly string[], lines: readonly (readonly string[])[]): string {
  const numeric = head.map((_, i) => lines.length > 0 && lines.every((line) => /^[\d.(]|^-$/.test(line[i]!)));
  const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |\n`;
  return `${row(head)}${row(numeric.map((is) => (is ? '--:' : '---')))}${lines.map(row).join('')}`;
}

function sibling(rows: readonly Row[], { operation, connections }: Row, contender: string): Row {
  return rows.find(
    (row) => row.operation === operation && row.connections === connections && row.contender === contender,
  )!;
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(1);
}
