import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { runRaces } from './run.ts';

/**
 * `npm run test:races`: two teams compete for names through two gateways in front of one MLflow (docs/races.md). `--declared 1` runs
 * two gateways that are configured as one, which is known to fail.
 */
const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '500' },
    seed: { type: 'string', default: '1' },
    gateways: { type: 'string', default: '2' },
    declared: { type: 'string' },
  },
});
const dir = mkdtempSync(join(tmpdir(), 'races-'));
const started = performance.now();
try {
  const gateways = Number(values.gateways);
  const { bySubject } = await runRaces({
    dir,
    rounds: Number(values.rounds),
    seed: Number(values.seed),
    gateways,
    declared: Number(values.declared ?? gateways),
    progress: (done) => {
      if (done % 50 === 0) process.stderr.write(`${done} rounds\n`);
    },
  });
  const faults: string[] = [];
  console.log(
    '| name of | rounds | requests | changes | changed hands | leaks | wrong writes | wrong owners | gateway defects |',
  );
  console.log('|---|---|---|---|---|---|---|---|---|');
  for (const [subject, totals] of Object.entries(bySubject)) {
    const { rounds, requests, done, handedOver, leaks, wrongWrites, wrongOwners, defects } = totals;
    const found = [leaks, wrongWrites, wrongOwners, defects];
    faults.push(...found.flat());
    const row = [subject, rounds, requests, done, handedOver, ...found.map(({ length }) => length)];
    console.log(`| ${row.join(' | ')} |`);
  }
  console.log(`\n${Math.round((performance.now() - started) / 1000)} s, seed ${values.seed}`);
  for (const fault of faults.slice(0, 10)) console.log(fault);
  process.exitCode = faults.length === 0 ? 0 : 1;
} finally {
  rmSync(dir, { recursive: true, force: true });
}
