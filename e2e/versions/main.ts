import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SURVEYED_VERSIONS } from '../../src/catalog/generated/catalog.ts';
import { hasWorkspaces, VERSION_VARIABLE } from '../harness/mlflow-version.ts';
import { type Cell, writeTable } from './table.ts';

/** A suite of the matrix: files of one vitest project. */
interface Suite {
  readonly name: string;
  readonly project: 'attacks' | 'conformance';
  readonly files: readonly string[];
  /** Only for versions with workspaces. */
  readonly workspaces?: true;
}

const SUITES: readonly Suite[] = [
  { name: 'conformance, tags', project: 'conformance', files: ['e2e/conformance/tags.test.ts'] },
  {
    name: 'conformance, workspaces',
    project: 'conformance',
    files: ['e2e/conformance/workspaces.test.ts'],
    workspaces: true,
  },
  { name: 'attacks on tags', project: 'attacks', files: ['e2e/attacks/tags/older-versions.test.ts'] },
  {
    name: 'tags',
    project: 'attacks',
    files: ['e2e/attacks/tags/isolation.test.ts', 'e2e/gateway/url-artifacts.test.ts'],
  },
  { name: 'filters', project: 'attacks', files: ['e2e/filters/parsers.test.ts'] },
];

/**
 * Runs the version matrix, one version after the other, and prints it as a table. Words narrow it down: versions, which
 * run in the order of the words, or names of suites. The exit code is 1 when a test failed or a suite reported none.
 *
 * @example
 * node e2e/versions/main.ts 3.10.1 'attacks on tags'
 */
async function main(words: readonly string[]): Promise<number> {
  const names = SUITES.map(({ name }) => name);
  const wrong = words.filter((word) => !SURVEYED_VERSIONS.includes(word) && !names.includes(word));
  if (wrong.length > 0) {
    const known = [...SURVEYED_VERSIONS, ...names.map((name) => `'${name}'`)].join(', ');
    console.error(`unknown version or suite: ${wrong.join(', ')}; known: ${known}`);
    return 2;
  }
  const chosen = (all: readonly string[]): readonly string[] => {
    const named = [...new Set(words)].filter((word) => all.includes(word));
    return named.length > 0 ? named : all;
  };
  const cells: Cell[] = [];
  for (const version of chosen(SURVEYED_VERSIONS)) {
    for (const suite of SUITES.filter(({ name }) => chosen(names).includes(name))) {
      const possible = suite.workspaces === undefined || hasWorkspaces(version);
      cells.push({ version, suite: suite.name, counts: possible ? await run(suite, version) : undefined });
    }
    // After each version, since all of them take hours on a small machine.
    console.log(`\n${writeTable(cells)}`);
  }
  return cells.every(({ counts }) => counts === undefined || (counts.failed === 0 && counts.passed > 0))
    ? 0
    : 1;
}

async function run(suite: Suite, version: string): Promise<NonNullable<Cell['counts']>> {
  const dir = mkdtempSync(join(tmpdir(), 'versions-'));
  const report = join(dir, 'report.json');
  console.log(`\n=== MLflow ${version}, ${suite.name}`);
  const args = ['vitest', 'run', '--project', suite.project, ...suite.files];
  const child = spawn('npx', [...args, '--reporter=dot', '--reporter=json', `--outputFile.json=${report}`], {
    env: { ...process.env, [VERSION_VARIABLE]: version },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString('utf8');
    process.stdout.write(chunk);
  });
  await new Promise((resolve) => child.on('close', resolve));
  try {
    const { numPassedTests, numFailedTests } = JSON.parse(readFileSync(report, 'utf8')) as Record<
      string,
      number
    >;
    // Two lists, of missing operations and of routes without a handler, as the tally writes them.
    const left = [...output.matchAll(/left out, operations[^:]*: (\d+):/g)].map(([, count]) => Number(count));
    return {
      passed: numPassedTests!,
      failed: numFailedTests!,
      leftOut: left.reduce((sum, one) => sum + one, 0),
    };
  } catch {
    return { passed: 0, failed: 0, leftOut: 0 };
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

process.exitCode = await main(process.argv.slice(2));
