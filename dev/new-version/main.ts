import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { generateAll } from '../../codegen/generate.ts';
import { isMarkProblem } from '../../codegen/policy/marks.ts';
import { fileOf, POLICY_FILES, parsePolicy, policyFiles } from '../../codegen/policy/read.ts';
import { cacheDirectory, mlflowEnv } from '../mlflow-env.ts';
import { MlflowEnvError } from '../pip.ts';
import { type Comparison, compare } from './compare.ts';
import { NewVersionError } from './extraction.ts';
import { withKinds, withProposals } from './policy-text.ts';
import { prove, SUITES } from './prove.ts';
import { versionsIn, withVersion } from './versions-file.ts';
import { type Counts, countsOf, isDecided, type Worksheet, writeWorksheet } from './worksheet.ts';

const HELP = `npm run new-version -- VERSION [--dry-run | --prove [--suite NAME]...]

Teaches the gateway an MLflow, newer or older than those that it knows, up to the decisions of a person:

  1. installs it, adds it to openapi/extract/versions.txt, extracts it, and writes the description, the surfaces and the digests;
  2. writes marked proposals into openapi/policy/ and a worksheet, docs/new-versions/VERSION.md;
  3. once no mark is left and codegen is content, runs codegen, conformance and attacks, and writes the rows of docs/versions.md.

Run it again after each round of decisions: it proposes the same, changes no decision, and continues with step 3 when it can.

  --dry-run   steps 1 and 2 without a change to the tree; the worksheet goes beside the environments, ~/.cache/mlflow-gateway/extracted/
  --prove     the suites of step 3 only; --suite narrows them: ${SUITES.map((name) => `'${name}'`).join(', ')}

Exit codes: 0 done, 1 failed, 2 wrong arguments, 3 decisions are left.`;

const VERSION = /^\d+\.\d+\.\d+$/;
const root = join(import.meta.dirname, '../..');
const started = performance.now();

function report(line: string): void {
  console.error(`${((performance.now() - started) / 1000).toFixed(0).padStart(4)} s  ${line}`);
}

async function main(args: readonly string[]): Promise<number> {
  let given: ReturnType<typeof readArguments>;
  try {
    given = readArguments(args);
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${HELP}`);
    return 2;
  }
  const { version, values } = given;
  if (values.help) {
    console.log(HELP);
    return 0;
  }
  if (version === undefined || !VERSION.test(version)) {
    console.error(`${version === undefined ? 'no version' : `not an MLflow version: ${version}`}\n\n${HELP}`);
    return 2;
  }
  try {
    if (values.prove) return (await proved(version, values.suite ?? SUITES)) ? 0 : 1;
    return values['dry-run'] ? await tryOut(version) : await add(version);
  } catch (error) {
    if (!(error instanceof NewVersionError || error instanceof MlflowEnvError)) throw error;
    console.error(error.message);
    return 1;
  }
}

function readArguments(args: readonly string[]) {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      'dry-run': { type: 'boolean', default: false },
      prove: { type: 'boolean', default: false },
      suite: { type: 'string', multiple: true },
      help: { type: 'boolean', default: false },
    },
  });
  if (positionals.length > 1) throw new Error(`one version at a time: ${positionals.join(' ')}`);
  if (values['dry-run'] && values.prove) throw new Error('--dry-run and --prove exclude each other');
  const unknown = (values.suite ?? []).filter((suite) => !SUITES.includes(suite));
  if (unknown.length > 0) throw new Error(`unknown suite: ${unknown.join(', ')}`);
  if (values.suite !== undefined && !values.prove) throw new Error('--suite goes with --prove');
  return { version: positionals[0], values };
}

async function tryOut(version: string): Promise<number> {
  const out = mkdtempSync(join(tmpdir(), 'new-version-out-'));
  try {
    const { sheet } = await extractAndCompare(version, out, withVersion(read(VERSIONS_FILE), version));
    return finish({ ...sheet, problems: undefined }, join(cacheDirectory(), `extracted/${version}.md`));
  } finally {
    rmSync(out, { recursive: true, force: true });
  }
}

async function add(version: string): Promise<number> {
  const versions = withVersion(read(VERSIONS_FILE), version);
  const comparison = await extractAndCompare(version, join(root, 'openapi'), versions);
  write(VERSIONS_FILE, versions);
  report('writing proposals into openapi/policy/');
  writeProposals(comparison);
  report('codegen');
  const problems = await codegenProblems();
  const marked = problems.filter(isMarkProblem);
  const sheet = { ...comparison.sheet, problems: problems.filter((problem) => !isMarkProblem(problem)) };
  const page = join(root, `docs/new-versions/${version}.md`);
  const counts = countsOf(sheet);
  const open = problems.length > 0 || counts.unlisted > 0;
  // A version that brings nothing needs no page.
  if (open || existsSync(page) || counts.functions > 0) finish(sheet, page);
  if (open) {
    report(
      `${marked.length} marks are left, ${sheet.problems.length} other problems and ${counts.unlisted} unlisted reads`,
    );
    return 3;
  }
  report('nothing is left to decide');
  npm(['run', 'codegen']);
  return (await proved(version, SUITES)) ? 0 : 1;
}

/** All problems of codegen; a defect of codegen itself is one, beside the marks. */
async function codegenProblems(): Promise<readonly string[]> {
  try {
    return (await generateAll(root)).problems;
  } catch (error) {
    return [...parsePolicy(policyFiles(root)).problems, `codegen stopped: ${(error as Error).message}`];
  }
}

async function extractAndCompare(version: string, out: string, versions: string): Promise<Comparison> {
  report(`environment of MLflow ${version}`);
  const { dir } = await mlflowEnv(version, report);
  report('extracting');
  const comparison = await compare(root, version, versionsIn(versions), out, dir, report);
  for (const { handler, kind, name, place, suggestion } of comparison.sheet.dump.decisions)
    console.error(`  ${place ?? '(nowhere)'}: ${handler}: ${kind} ${name}\n      ${suggestion}`);
  return comparison;
}

function writeProposals({ sheet, defaults, lookups }: Comparison): void {
  const all = [...sheet.operations, ...sheet.fields];
  for (const [group, proposals] of Map.groupBy(all, ({ operation }) => operation.group)) {
    const file = fileOf(group);
    const text = existsSync(join(root, file)) ? read(file) : undefined;
    const rules = defaults.get(group) ?? { workspaces: 'platform-admin', tags: 'platform-admin' };
    write(file, withProposals(text, group, proposals, rules));
  }
  if (sheet.kinds.length > 0)
    write(POLICY_FILES.kinds, withKinds(read(POLICY_FILES.kinds), sheet.kinds, lookups));
}

function finish(sheet: Worksheet, page: string): number {
  mkdirSync(dirname(page), { recursive: true });
  writeFileSync(page, writeWorksheet(sheet));
  const counts = countsOf(sheet);
  const shown = relative(root, page);
  report(`worksheet: ${shown.startsWith('..') ? page : shown}: ${summaryOf(counts)}`);
  return isDecided(counts) ? 0 : 3;
}

function summaryOf(counts: Counts): string {
  return [
    `${counts.unlisted} reads to list`,
    `${counts.proposals} proposals to confirm (${counts.differentProposals} different)`,
    `${counts.undecided} values to find (${counts.differentUndecided} different)`,
    `${counts.functions} functions to read`,
  ].join(', ');
}

async function proved(version: string, suites: readonly string[]): Promise<boolean> {
  report(`MLflow ${version}: ${suites.join('; ')}`);
  const passed = await prove(root, version, suites);
  report(`docs/versions.md has its rows${passed ? '' : '; not every test passed'}`);
  return passed;
}

function npm(args: readonly string[]): void {
  const { status } = spawnSync('npm', args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
  if (status !== 0) throw new NewVersionError(`npm ${args.join(' ')} failed`);
}

const VERSIONS_FILE = 'openapi/extract/versions.txt';

function read(file: string): string {
  return readFileSync(join(root, file), 'utf8');
}

function write(file: string, text: string): void {
  writeFileSync(join(root, file), text);
}

process.exitCode = await main(process.argv.slice(2));
