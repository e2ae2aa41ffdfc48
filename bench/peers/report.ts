import { table } from '../report.ts';
import { over, type Row } from '../rounds.ts';
import { chart } from './chart.ts';
import type { LeakResult, Verdict } from './leaks/measure.ts';
import { CROSS_REQUESTS } from './leaks/requests.ts';
import { type Footprint, GATEWAY, type SpeedResult, type Transfers } from './speed.ts';

/** The tables of the speed of the peers, in Markdown. */
export function speedReport(result: SpeedResult): string {
  return `### Proxies in front of an upstream that answers at once

${rowsTable(result.proxies, result.proxyFootprints)}
### A file of 512 MiB through each proxy

${filesTable('proxy', result.transfers)}
### getRun of a real MLflow, the whole server

${rowsTable(result.servers, result.serverFootprints)}
### A file of 512 MiB of a real MLflow, the whole server

${filesTable('contender', result.serverTransfers)}`;
}

function filesTable(first: string, transfers: readonly Transfers[]): string {
  return table(
    [first, 'down, MiB/s', 'down, CPU s/GiB', 'up, MiB/s', 'up, CPU s/GiB'],
    transfers.map(({ contender, down, up }) => [
      contender,
      down.mebibytesPerSecond.toFixed(0),
      down.cpuSecondsPerGibibyte.toFixed(2),
      up.mebibytesPerSecond.toFixed(0),
      up.cpuSecondsPerGibibyte.toFixed(2),
    ]),
  );
}

/** The charts of the table, as SVG. */
export function speedChart({ proxies, servers, serverFootprints }: SpeedResult): string {
  const bars = (rows: readonly Row[], read: (row: Row) => number) =>
    rows
      .filter(({ connections }) => connections === 32)
      .map((row) => ({ label: row.contender, value: read(row), own: row.contender === GATEWAY }));
  const cpu = (row: Row): number => over(row, (round) => round.cpuMicroseconds ?? Number.NaN) / 1000;
  const rate = (row: Row): number => over(row, (round) => round.requestsPerSecond);
  return chart('Speed and memory of the gateway and its peers', [
    {
      title: 'Proxies: processor time of a request, ms (less is better)',
      bars: bars(
        proxies.filter(({ contender }) => contender !== 'direct'),
        cpu,
      ),
    },
    { title: 'With MLflow, 32 connections: requests per second (more is better)', bars: bars(servers, rate) },
    { title: 'With MLflow: processor time of a request, ms (less is better)', bars: bars(servers, cpu) },
    {
      title: 'With MLflow: peak memory of the whole server, MiB (less is better)',
      bars: serverFootprints.map(({ contender, peakMebibytes }) => ({
        label: contender,
        value: peakMebibytes,
        own: contender === GATEWAY,
      })),
    },
  ]);
}

function rowsTable(rows: readonly Row[], footprints: readonly Footprint[]): string {
  return table(
    [
      'contender',
      'connections',
      'requests/s',
      'p50 ms',
      'p99 ms',
      'CPU ms/request',
      'peak memory MiB',
      'cold start ms',
      'cold start CPU s',
    ],
    rows.map((row) => {
      const footprint = footprints.find(({ contender }) => contender === row.contender);
      const cpu = over(row, (round) => round.cpuMicroseconds ?? Number.NaN) / 1000;
      // Once for each contender.
      const once = row.connections === 1 ? footprint : undefined;
      return [
        row.contender,
        String(row.connections),
        over(row, (round) => round.requestsPerSecond).toFixed(0),
        over(row, (round) => round.p50Ms).toFixed(2),
        over(row, (round) => round.p99Ms).toFixed(2),
        Number.isNaN(cpu) ? '-' : cpu.toFixed(3),
        once === undefined ? '-' : once.peakMebibytes.toFixed(0),
        once?.start === undefined ? '-' : once.start.milliseconds.toFixed(0),
        once?.start === undefined ? '-' : once.start.cpuSeconds.toFixed(2),
      ];
    }),
  );
}

const SIGNS: Readonly<Record<Verdict['verdict'], string>> = {
  refused: 'refused',
  leaks: '**leaks**',
  'not served': 'not served',
};

/** The table of the requests of one team for data of the other, in Markdown. */
export function leaksReport(results: readonly LeakResult[]): string {
  const count = ({ verdicts }: LeakResult, verdict: Verdict['verdict']): string =>
    String(verdicts.filter((one) => one.verdict === verdict).length);
  const head = ['request', ...results.map(({ product }) => product)];
  const totals = (['leaks', 'refused', 'not served'] as const).map((verdict) => [
    `**${verdict}**`,
    ...results.map((result) => count(result, verdict)),
  ]);
  const lines = CROSS_REQUESTS.map(({ name, group }) => [
    group === 'GraphQL' ? name : `${group}: ${name}`,
    ...results.map(
      ({ verdicts }) => SIGNS[verdicts.find((one) => one.request === name && one.group === group)!.verdict],
    ),
  ]);
  return table(head, [...totals, ...lines]);
}
