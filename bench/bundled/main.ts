/**
 * The released gateway, as one file with the flags of the image and everything on, beside bare proxies: processor time per request,
 * requests per second, latency, peak memory, files in both directions, and the time until it is ready.
 *
 *     npm run build && node bench/bundled/main.ts [OPTIONS]
 *
 *     --only LIST         of requests, memory, streams and start; default: all
 *     --against DIR       also another checkout with its own dist/
 *     --rounds N          measurements of each contender, in turn (default 7)
 *     --answers N         requests of each measurement (default 4000)
 *     --connections LIST  default 1,16,32
 *     --operations LIST   of getRun and searchRuns; default getRun
 *     --mebibytes N       size of the file (default 512)
 *
 * Linux only. Processor time hardly depends on other load of the machine; times do, so that the load average is printed beside them.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { type DemoIdp, startDemoIdp } from '../../dev/demo-idp.ts';
import { stopAllProcesses } from '../../dev/process.ts';
import { type Contender, startStub } from '../contender.ts';
import { cpuMicroseconds } from '../cpu-time.ts';
import { load } from '../load.ts';
import { renderRequest } from '../request.ts';
import { median, percentile } from '../stats.ts';
import { STUB_OPERATIONS } from '../stub-bench.ts';
import { startBaseline, startBundledGateway, startFiles } from './contenders.ts';
import { peakMebibytes, residentMebibytes } from './process-numbers.ts';
import { measureStart } from './start-time.ts';
import { type Direction, type Transfer, transfer } from './streams.ts';

const ROOT = join(import.meta.dirname, '../..');
const WARM_UP = 3;
const MEMORY_REQUESTS = 60_000;
const MEMORY_CONNECTIONS = 16;

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: 'requests,memory,streams,start' },
    against: { type: 'string' },
    rounds: { type: 'string', default: '7' },
    answers: { type: 'string', default: '4000' },
    connections: { type: 'string', default: '1,16,32' },
    operations: { type: 'string', default: 'getRun' },
    mebibytes: { type: 'string', default: '512' },
  },
});
const parts = new Set(values.only.split(','));
const rounds = Number(values.rounds);
const answers = Number(values.answers);
const print = (text: string): void => void process.stdout.write(`${text}\n`);
const other = values.against;
const checkouts: readonly (readonly [name: string, checkout: string])[] = [
  ['gateway', ROOT],
  ...(other === undefined ? [] : [['other gateway', resolve(other)] as const]),
];

async function main(dir: string, idp: DemoIdp): Promise<void> {
  const load1 = loadavg()[0]!.toFixed(1);
  print(
    `${availableParallelism()} cores (${cpus()[0]?.model.trim()}), Node ${process.versions.node}, load average ${load1}\n`,
  );
  const token = await idp.token('alice-contributor');
  const stub = (await startStub(dir)).unix;
  if (parts.has('requests')) await requests(await contenders(stub, join(dir, 'requests'), idp), token);
  if (parts.has('memory')) await memory(stub, join(dir, 'memory'), idp, token);
  if (parts.has('streams'))
    await streams(await contenders(await startFiles(dir), join(dir, 'streams'), idp), token);
  if (parts.has('start')) await starts(stub, join(dir, 'start'), idp);
}

async function contenders(upstream: string, dir: string, idp: DemoIdp): Promise<Contender[]> {
  mkdirSync(dir, { recursive: true });
  const gateways: Contender[] = [];
  for (const [name, checkout] of checkouts)
    gateways.push(
      await startBundledGateway(name, checkout, upstream, join(dir, name.replace(' ', '-')), idp),
    );
  return [
    await startBaseline('bare node:http', 'bundled/plain-proxy.ts', upstream, dir),
    await startBaseline('bare httpxy', 'bare-proxy.ts', upstream, dir),
    ...gateways,
  ];
}

async function requests(of: readonly Contender[], token: string): Promise<void> {
  print(
    '| operation | connections | contender | CPU us/request | ratio to httpxy | requests/s | ratio | p50 ms | p99 ms |',
  );
  print('| --- | --: | --- | --: | --: | --: | --: | --: | --: |');
  for (const operation of values.operations.split(',')) {
    const request = renderRequest(STUB_OPERATIONS[operation]!, token);
    for (const connections of values.connections.split(',').map(Number)) {
      const rows = of.map(() => ({
        cpu: [] as number[],
        rate: [] as number[],
        p50: [] as number[],
        p99: [] as number[],
      }));
      for (let round = -WARM_UP; round < rounds; round++) {
        for (let i = 0; i < of.length; i++) {
          const at = (i + Math.abs(round)) % of.length;
          const { target, pid } = of[at]!;
          const before = cpuMicroseconds(pid!)!;
          const { latencies, elapsedMs } = await load({ target, next: () => request, connections, answers });
          const row = rows[at]!;
          if (round < 0) continue;
          row.cpu.push((cpuMicroseconds(pid!)! - before) / latencies.length);
          row.rate.push((1000 * latencies.length) / elapsedMs);
          row.p50.push(percentile(latencies, 0.5));
          row.p99.push(percentile(latencies, 0.99));
        }
      }
      const base = rows[of.findIndex(({ name }) => name === 'bare httpxy')]!;
      const ratio = (own: readonly number[], its: readonly number[]): string =>
        median(own.map((value, i) => value / its[i]!)).toFixed(2);
      rows.forEach((row, i) => {
        print(
          `| ${operation} | ${connections} | ${of[i]!.name} | ${median(row.cpu).toFixed(0)} | ${ratio(row.cpu, base.cpu)} | ` +
            `${median(row.rate).toFixed(0)} | ${ratio(row.rate, base.rate)} | ${median(row.p50).toFixed(2)} | ${median(row.p99).toFixed(2)} |`,
        );
      });
    }
  }
  print('');
}

/** A new process for each, under getRun over 16 connections. */
async function memory(upstream: string, dir: string, idp: DemoIdp, token: string): Promise<void> {
  const request = renderRequest(STUB_OPERATIONS.getRun!, token);
  print('| contender | RSS when ready, MiB | peak RSS, MiB |\n| --- | --: | --: |');
  for (const { name, target, pid } of await contenders(upstream, dir, idp)) {
    const ready = residentMebibytes(pid!);
    await load({ target, next: () => request, connections: MEMORY_CONNECTIONS, answers: MEMORY_REQUESTS });
    print(`| ${name} | ${ready.toFixed(0)} | ${peakMebibytes(pid!).toFixed(0)} |`);
  }
  print('');
}

async function streams(of: readonly Contender[], token: string): Promise<void> {
  const mebibytes = Number(values.mebibytes);
  print(`| ${mebibytes} MiB | contender | CPU s/GiB | ratio to httpxy | MiB/s | ratio | peak RSS, MiB |`);
  print('| --- | --- | --: | --: | --: | --: | --: |');
  for (const direction of ['down', 'up'] as const satisfies readonly Direction[]) {
    const rows: Transfer[][] = of.map(() => []);
    for (let round = -1; round < rounds; round++) {
      for (let i = 0; i < of.length; i++) {
        const at = (i + Math.abs(round)) % of.length;
        const result = await transfer(of[at]!, direction, mebibytes, token);
        if (round >= 0) rows[at]!.push(result);
      }
    }
    const base = rows[of.findIndex(({ name }) => name === 'bare httpxy')]!;
    const cpu = ({ cpuSecondsPerGib }: Transfer): number => cpuSecondsPerGib!;
    const rate = ({ mebibytesPerSecond }: Transfer): number => mebibytesPerSecond;
    rows.forEach((row, i) => {
      const ratio = (read: (t: Transfer) => number): string =>
        median(row.map((one, at) => read(one) / read(base[at]!))).toFixed(2);
      print(
        `| ${direction} | ${of[i]!.name} | ${median(row.map(cpu)).toFixed(2)} | ${ratio(cpu)} | ${median(row.map(rate)).toFixed(0)} | ${ratio(rate)} | ${peakMebibytes(of[i]!.pid!).toFixed(0)} |`,
      );
    });
  }
  print('');
}

async function starts(upstream: string, dir: string, idp: DemoIdp): Promise<void> {
  mkdirSync(dir, { recursive: true });
  print('| start | ready after, ms | least | CPU ms |\n| --- | --: | --: | --: |');
  const all = checkouts.map(() => [] as { readonly readyMs: number; readonly cpuMs: number }[]);
  for (let round = -1; round < rounds; round++) {
    for (const [i, [name, checkout]] of checkouts.entries()) {
      const start = await measureStart(checkout, upstream, join(dir, name.replace(' ', '-')), idp);
      if (round >= 0) all[i]!.push(start);
    }
  }
  for (const [i, [name]] of checkouts.entries()) {
    const ready = all[i]!.map(({ readyMs }) => readyMs);
    const cpu = median(all[i]!.map(({ cpuMs }) => cpuMs));
    print(`| ${name} | ${median(ready).toFixed(0)} | ${Math.min(...ready).toFixed(0)} | ${cpu.toFixed(0)} |`);
  }
  print('');
}

// A short path, as it will contain Unix sockets.
const dir = mkdtempSync(join(tmpdir(), 'gw-b-'));
const idp = await startDemoIdp();
try {
  await main(dir, idp);
} finally {
  await stopAllProcesses();
  await idp.stop();
  rmSync(dir, { recursive: true, force: true });
}
