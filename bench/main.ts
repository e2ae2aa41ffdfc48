/** `npm run bench`: see `--help` and docs/benchmarks.md. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, release, tmpdir, type } from 'node:os';
import { join } from 'node:path';
import { stopAllProcesses } from '../dev/process.ts';
import { benchAgainst } from './against-bench.ts';
import { benchIdentity } from './identity-bench.ts';
import { benchIssuers } from './issuers-bench.ts';
import { benchMemory, growth } from './memory-bench.ts';
import { benchMlflow } from './mlflow-bench.ts';
import { nginxVersion } from './nginx.ts';
import { HELP, type Options, parseOptions, UsageError } from './options.ts';
import { benchParsers } from './parsers.ts';
import { benchPeers, peersReport, writePeers } from './peers/bench-peers.ts';
import {
  againstReport,
  identityReport,
  issuersReport,
  memoryReport,
  mlflowReport,
  parsersReport,
  stubReport,
  tagsReport,
} from './report.ts';
import { benchStub } from './stub-bench.ts';
import { benchTags } from './tags-bench.ts';

const progress = (line: string): void => void process.stderr.write(`${line}\n`);
const print = (text: string): void => void process.stdout.write(`${text}\n`);

async function main(
  { parts, rounds, seconds, json, against, write }: Options,
  dir: string,
): Promise<boolean> {
  const machine = await describeMachine();
  const results: Record<string, unknown> = { machine, rounds, seconds };
  let fine = true;
  print(
    `${machine.cores} cores (${machine.cpu}), ${machine.system}, Node ${machine.node}, ${machine.nginx ?? 'no nginx'}; ` +
      `load average ${machine.loadAverage} at start; median of ${rounds} rounds of ${seconds} s\n`,
  );
  for (const part of parts) {
    const options = { dir: join(dir, part), rounds, seconds, progress };
    if (part === 'stub') {
      const result = await benchStub(options);
      results.stub = result;
      print(stubReport(result));
    } else if (part === 'mlflow') {
      const result = await benchMlflow(options);
      results.mlflow = result;
      print(mlflowReport(result));
    } else if (part === 'tags') {
      const result = await benchTags(options);
      results.tags = result;
      print(tagsReport(result));
    } else if (part === 'against' && against !== undefined) {
      const result = await benchAgainst(options, against);
      results.against = result;
      print(againstReport(result));
    } else if (part === 'peers') {
      const where = `${machine.cores} cores (${machine.cpu}), ${machine.system}, Node ${machine.node}, load average ${machine.loadAverage} at start`;
      const result = await benchPeers(options, where);
      results.peers = result;
      print(peersReport(result));
      if (write) writePeers(result);
    } else if (part === 'parsers') {
      const result = benchParsers(progress);
      results.parsers = result;
      print(parsersReport(result));
    } else if (part === 'identity') {
      const times = await benchIdentity(rounds, progress);
      const rows = await benchIssuers(options, against);
      results.identity = { times, rows };
      print(identityReport(times));
      print(issuersReport(rows));
    } else {
      const result = await benchMemory(options.dir, progress);
      results.memory = result;
      fine = growth(result) <= result.allowedGrowth;
      print(memoryReport(result));
    }
    await stopAllProcesses();
  }
  if (json !== undefined) writeFileSync(json, `${JSON.stringify(results, null, 2)}\n`);
  return fine;
}

async function describeMachine() {
  return {
    cores: availableParallelism(),
    cpu: cpus()[0]?.model.trim() ?? 'unknown processor',
    system: `${type()} ${release()}`,
    node: process.versions.node,
    nginx: await nginxVersion(),
    // Other load of the machine makes every number worse.
    loadAverage: loadavg()[0]!.toFixed(1),
  };
}

async function run(): Promise<number> {
  const options = parseOptions(process.argv.slice(2));
  if (options === 'help') {
    print(HELP);
    return 0;
  }
  // A short path, as it will contain Unix sockets.
  const dir = mkdtempSync(join(tmpdir(), 'gw-bench-'));
  const onSignal = (): void => {
    void stopAllProcesses().then(() => {
      rmSync(dir, { recursive: true, force: true });
      process.exit(130);
    });
  };
  process.once('SIGINT', onSignal).once('SIGTERM', onSignal);
  try {
    const fine = await main(options, dir);
    return fine ? 0 : 1;
  } finally {
    await stopAllProcesses();
    rmSync(dir, { recursive: true, force: true });
  }
}

try {
  process.exitCode = await run();
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  process.stderr.write(`${error.message}\nTry: npm run bench -- --help\n`);
  process.exitCode = 2;
}
