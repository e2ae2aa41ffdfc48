import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { TAGS } from '../harness/strategies/tags.ts';
import { WORKSPACES } from '../harness/strategies/workspaces.ts';
import { failuresOf, isFlat, reportOf, slowdown } from './report.ts';
import { type RunResult, run } from './run.ts';

const HELP = `Attacks a gateway as deployed, before a real MLflow, with two teams at work beside.

  node e2e/hostile/main.ts
    --requests N       requests for each strategy (default 10000)
    --seed N           which requests; the same seed sends the same ones (default 1)
    --rate N           requests a second at most (default 500)
    --strategy NAME    tags or workspaces; default both, one after the other
    --only N           only that one of the requests, and shows it
    --json FILE        writes the counts there

Exit code: 0 when nothing failed, 1 otherwise.
`;

const { values } = parseArgs({
  options: {
    requests: { type: 'string', default: '10000' },
    seed: { type: 'string', default: '1' },
    rate: { type: 'string', default: '500' },
    strategy: { type: 'string' },
    only: { type: 'string' },
    json: { type: 'string' },
    help: { type: 'boolean', short: 'h' },
  },
});

/** The teams' slowest requests may take so many times as long under attack. */
const MOST_SLOWDOWN = 2;

async function main(): Promise<number> {
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const strategies = [TAGS, WORKSPACES].filter(
    ({ name }) => values.strategy === undefined || name === values.strategy,
  );
  if (strategies.length === 0) throw new Error(`there is no strategy ${values.strategy}`);
  const results: RunResult[] = [];
  for (const strategy of strategies)
    results.push(
      await run({
        strategy,
        requests: whole('requests'),
        seed: whole('seed'),
        rate: whole('rate'),
        only: values.only === undefined ? undefined : whole('only'),
        progress: (line) => console.error(line),
      }),
    );
  if (values.only !== undefined) return 0;
  console.log(reportOf(results));
  const failures = results.flatMap((result) => [
    ...failuresOf(result),
    ...(isFlat(result) ? [] : [`${result.strategy}: memory is not flat`]),
    ...(slowdown(result) <= MOST_SLOWDOWN
      ? []
      : [`${result.strategy}: the teams' p99 is ${slowdown(result).toFixed(2)} times of what it was`]),
  ]);
  for (const result of results)
    console.log(
      `\n${result.strategy}: ${[...result.reasons]
        .sort((a, b) => b[1] - a[1])
        .map(([reason, n]) => `${reason} ${n}`)
        .join(', ')}`,
    );
  for (const { strategy, slowest } of results)
    console.log(`${strategy}, slowest: ${slowest.map(({ name, ms }) => `${name} ${ms} ms`).join('; ')}`);
  for (const failure of failures) console.log(`FAILED ${failure}`);
  if (values.json !== undefined) {
    const plain = (_: string, value: unknown): unknown =>
      value instanceof Map ? Object.fromEntries(value) : value;
    writeFileSync(
      values.json,
      `${JSON.stringify(
        results.map(({ quiet, attacked, ...rest }) => rest),
        plain,
        2,
      )}\n`,
    );
  }
  return failures.length === 0 ? 0 : 1;
}

function whole(name: 'requests' | 'seed' | 'rate' | 'only'): number {
  const value = Number(values[name]);
  if (!Number.isSafeInteger(value) || value < 0) throw new Error(`--${name} must be a whole number`);
  return value;
}

process.exitCode = await main();
