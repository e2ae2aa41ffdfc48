import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { layeredEnv } from '../../dev/layered-env.ts';
import type { Strategy } from './reasons.ts';
import { type Comparison, compare, tablesOf } from './report.ts';
import { type Results, readResults } from './results.ts';
import { fileOf, runTests } from './run.ts';
import { PYTEST, SUITES } from './suites.ts';

const HELP = `npm run mlflow-tests -- <checkout of MLflow> [options]

Runs MLflow's own tests of its REST API twice with the installed MLflow: directly against the servers that the tests
start, and with the gateway in front of each server. Prints the number of passed tests, and lists each test that passes
directly and fails through the gateway with its reason (e2e/mlflow-suites/reasons.ts).

The checkout is a clone of https://github.com/mlflow/mlflow; only its folder tests is used.

  --strategy tags|workspaces  the tenancy strategy (default: tags; may be given twice)
  --only EXPRESSION           run only the tests that pytest's -k selects
  --results DIR               keep the output of each test there, and use the direct results that it already has
  --resume                    also use the results through the gateway that it already has, and run the other tests
  --write                     write docs/mlflow-tests.md from the result (not with --only)
  --help                      print this text

Exit code 1: a failure has no known reason, or a known reason has no failure. 2: the tests could not run.
`;
const PAGE = fileURLToPath(new URL('../../docs/mlflow-tests.md', import.meta.url));

/** A requirement of the command is missing. The message says what to do. */
class Unusable extends Error {}

function readOptions(args: readonly string[]) {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        strategy: { type: 'string', multiple: true, default: ['tags'] },
        only: { type: 'string' },
        results: { type: 'string' },
        resume: { type: 'boolean', default: false },
        write: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
    if (values.help) return undefined;
    const [checkout, more] = positionals;
    if (checkout === undefined || more !== undefined)
      throw new Unusable(
        'Name one checkout of MLflow, as in: npm run mlflow-tests -- ../mlflow (--help says more)',
      );
    if (values.resume && values.results === undefined)
      throw new Unusable('--resume needs --results DIR: the folder of the run that was interrupted.');
    if (values.write && values.only !== undefined)
      throw new Unusable('--write records all tests: leave out --only.');
    const strategies = values.strategy.map((one): Strategy => {
      if (one === 'tags' || one === 'workspaces') return one;
      throw new Unusable(`--strategy takes tags or workspaces, not ${one}.`);
    });
    return { ...values, strategies: [...new Set(strategies)], checkout: resolve(checkout) };
  } catch (error) {
    if (error instanceof TypeError) throw new Unusable(`${error.message} (--help lists the options)`);
    throw error;
  }
}

function requireTests(checkout: string): void {
  const missing = SUITES.filter(({ file }) => !existsSync(join(checkout, file)));
  if (missing.length === 0) return;
  throw new Unusable(
    `${checkout} is not a checkout of MLflow: it lacks ${missing[0]!.file}.\n` +
      'Make one with: git clone --depth 1 https://github.com/mlflow/mlflow',
  );
}

function commitOf(checkout: string): string {
  try {
    const out = execFileSync('git', ['-C', checkout, 'log', '-1', '--format=%h of %cs'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return out.toString().trim();
  } catch {
    return 'an unknown commit';
  }
}

type Options = NonNullable<ReturnType<typeof readOptions>>;

async function measure(
  options: Options,
  work: string,
): Promise<{ comparisons: Comparison[]; mlflow: string }> {
  const { checkout, strategies, only } = options;
  const { python, version } = await layeredEnv(PYTEST);
  // A copy without the checkout's own `mlflow`: Python would import that one.
  const dir = join(work, 'suites');
  mkdirSync(dir);
  cpSync(join(checkout, 'tests'), join(dir, 'tests'), { recursive: true });
  cpSync(join(checkout, 'pyproject.toml'), join(dir, 'pyproject.toml'));
  const kept = options.results === undefined ? work : resolve(options.results);
  mkdirSync(kept, { recursive: true });
  const files = SUITES.map(({ file }) => file);
  const comparisons: Comparison[] = [];
  for (const strategy of strategies) {
    const run = (through: boolean, tests: readonly string[]): Promise<Results> => {
      const results = fileOf(kept, strategy, through);
      process.stderr.write(
        `${strategy}: ${through ? 'through the gateway' : 'directly'}; pytest's output: ${results}.log\n`,
      );
      return runTests({ dir, python, strategy, through, tests, only, results });
    };
    const before = readResults(fileOf(kept, strategy, false));
    const straight = before.size > 0 ? before : await run(false, files);
    const passed = [...straight.values()]
      .filter(({ outcome }) => outcome === 'passed')
      .map(({ test }) => test);
    if (passed.length === 0) throw new Unusable('No test passes directly: see the log.');
    const file = fileOf(kept, strategy, true);
    if (!options.resume) rmSync(file, { force: true });
    const known = readResults(file);
    const open = passed.filter((test) => !known.has(test));
    const through = open.length === 0 ? known : await run(true, open);
    // Direct results that were kept may cover all tests.
    const chosen =
      only === undefined ? straight : new Map([...straight].filter(([test]) => through.has(test)));
    comparisons.push(compare(strategy, chosen, through));
  }
  return { comparisons, mlflow: version };
}

function pageOf(comparisons: readonly Comparison[], mlflow: string, commit: string): string {
  return `# MLflow's own tests

Written by \`npm run mlflow-tests -- <checkout of MLflow> --write\`: MLflow ${mlflow}, its tests at ${commit}.

MLflow's tests of its REST API start an MLflow server for each test. The command runs them unchanged, directly and with a
gateway in front of each server, as one tenant with the role admin. Tests that set up the AI gateway, which all tenants share, have
the role platform-admin. The table counts only tests that pass directly: the others belong to another version than the installed
MLflow, or need the internet.

${tablesOf(comparisons)}

[ADR 40](adr/0040-mlflows-words.md) explains where messages repeat MLflow's words, and what they never disclose.
`;
}

async function main(): Promise<number> {
  const options = readOptions(process.argv.slice(2));
  if (options === undefined) {
    process.stdout.write(HELP);
    return 0;
  }
  requireTests(options.checkout);
  const work = mkdtempSync(join(tmpdir(), 'mlflow-tests-'));
  try {
    const { comparisons, mlflow } = await measure(options, work);
    console.log(tablesOf(comparisons));
    if (options.write) writeFileSync(PAGE, pageOf(comparisons, mlflow, commitOf(options.checkout)));
    const unknown = comparisons.flatMap(({ failures }) =>
      failures.filter(({ reason }) => reason === undefined),
    );
    for (const { test, message } of unknown)
      console.error(`\n${test}\n  ${message.split('\n').join('\n  ')}`);
    // A part of the tests needs a part of the reasons.
    const idle = options.only === undefined ? comparisons.flatMap((one) => one.idle) : [];
    for (const { tests, reason } of idle)
      console.error(`\nthis reason has no failure any more: ${tests.join(', ')}: ${reason}`);
    return unknown.length + idle.length === 0 ? 0 : 1;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof Unusable)) throw error;
  console.error(error.message);
  process.exitCode = 2;
}
