import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bundle } from '../../build/bundle.ts';
import { commitOf } from '../../build/commit.ts';
import type { BenchOptions } from '../stub-bench.ts';
import { installPeers, MLFLOW, OIDC_AUTH } from './install.ts';
import { type LeakResult, measureLeaks } from './leaks/measure.ts';
import { leaksReport, speedChart, speedReport } from './report.ts';
import { benchSpeed, type SpeedResult } from './speed.ts';

const ROOT = join(import.meta.dirname, '../..');
const PAGE = join(ROOT, 'docs/peers.md');
const CHART = join(ROOT, 'docs/images/peers.svg');

export interface PeersResult {
  /** Of this machine and all programs. */
  readonly versions: string;
  readonly speed: SpeedResult;
  readonly leaks: readonly LeakResult[];
}

/**
 * Installs the peers, bundles the gateway as it is released, counts the requests of one team that reach data of another, and measures the
 * speed of everything in one run.
 *
 * @example
 * const { leaks } = await benchPeers({ dir, rounds: 5, seconds: 1, progress }, 'Linux, 2 cores');
 */
export async function benchPeers(options: BenchOptions, machine: string): Promise<PeersResult> {
  const peers = await installPeers(options.progress);
  await bundle(ROOT, join(ROOT, 'dist'), commitOf(ROOT));
  const leaks = await measureLeaks(join(options.dir, 'l'), peers, options.progress);
  const speed = await benchSpeed({ ...options, dir: join(options.dir, 's') }, peers);
  const versions = [
    machine,
    `MLflow ${MLFLOW}, ${peers.nginxVersion}, oauth2-proxy ${peers.oauth2ProxyVersion}, ${OIDC_AUTH.replace('==', ' ')}`,
    `median of ${options.rounds} rounds of ${options.seconds} s`,
  ].join('; ');
  return { versions, speed, leaks };
}

/** The result in Markdown. */
export function peersReport({ versions, speed, leaks }: PeersResult): string {
  return `${versions}.\n\n${speedReport(speed)}\n### Requests of one team for data of another\n\n${leaksReport(leaks)}`;
}

/** Writes the result into docs/peers.md, between its marks, and the chart. */
export function writePeers({ versions, speed, leaks }: PeersResult): void {
  const parts = { versions: `${versions}.\n`, speed: speedReport(speed), leaks: leaksReport(leaks) };
  let page = readFileSync(PAGE, 'utf8');
  for (const [name, text] of Object.entries(parts)) {
    const mark = new RegExp(`(<!-- ${name} -->\\n)[\\s\\S]*?(<!-- end of ${name} -->)`);
    if (!mark.test(page)) throw new Error(`${PAGE} has no marks for ${name}`);
    page = page.replace(mark, (_, start: string, end: string) => `${start}\n${text}\n${end}`);
  }
  writeFileSync(PAGE, page);
  writeFileSync(CHART, speedChart(speed));
}
