import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, openSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { add, closingLine, countOne, countTests } from './counts.ts';
import type { Counts, Runner } from './reports.ts';
import { type Step, schedule, select } from './schedule.ts';
import { CLEANUP, STEPS } from './steps.ts';

/** A hanging step must not use the time of the whole run. */
const STEP_LIMIT_MS = 45 * 60_000;
const SLOTS = 4;

interface Result {
  readonly name: string;
  readonly began: number;
  readonly took: number;
  /** Processor time of its processes in seconds, without containers. */
  readonly used: number;
  readonly counts: Counts;
}

const start = performance.now();
const seconds = (): number => Math.round((performance.now() - start) / 1000);
/** The output and the reports of each step: with an HTML report, traces and screenshots for Playwright. Kept as artefacts. */
const logs = mkdtempSync(join(tmpdir(), 'ci-logs-'));
const results: Result[] = [];
const groups = new Set<number>();

for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => {
    for (const group of groups) kill(group);
    process.exit(1);
  });

const steps = select(STEPS, process.argv.slice(2));
console.log(`logs are in ${logs}`);
await schedule(steps, {
  slots: SLOTS,
  execute: runStep,
  onBlocked: ({ name }, needed) =>
    end(name, seconds(), 0, countOne(name, false, `not run, since ${needed} failed`)),
});
if (steps.some((step) => step.run.includes('.ci/docker.sh'))) spawnSync('bash', ['-c', CLEANUP]);

const total = add(results.map((result) => result.counts));
console.log('\n=== start, duration and processor time of each step: seconds');
for (const { name, began, took, used, counts } of results.toSorted((a, b) => a.began - b.began))
  console.log(
    `${String(took).padStart(5)} s  from ${String(began).padStart(4)} s  used ${String(used).padStart(4)} s  ${name}: ${closingLine(counts)}`,
  );
console.log(`${String(seconds()).padStart(5)} s  in total`);
for (const failure of total.failures) console.log(failure);
console.log(closingLine(total));
process.exitCode = total.failed === 0 && total.passed > 0 ? 0 : 1;

/** Runs one step with its output in a file, which is printed when the step ends. */
async function runStep(step: Step): Promise<boolean> {
  const base = join(logs, step.name.replaceAll(/[^A-Za-z0-9]+/g, '-'));
  const log = `${base}.log`;
  const reports = { vitest: `${base}.vitest.json`, playwright: `${base}.playwright.json` };
  // The report contains the traces and screenshots of failures.
  const html = `${base}-report`;
  const began = seconds();
  console.log(`... ${step.name}: started at ${began} s`);
  const why = await bash(step, log, {
    VITEST_REPORT: reports.vitest,
    PLAYWRIGHT_JSON_OUTPUT_FILE: reports.playwright,
    PLAYWRIGHT_HTML_OUTPUT_DIR: html,
  });
  process.stdout.write(`\n=== ${step.name}\n${readFileSync(log, 'utf8')}`);
  const counts =
    step.counts === 'one'
      ? countOne(step.name, why === undefined, why)
      : countTests(step.name, only(reports, step.counts), why === undefined);
  end(step.name, began, usedBy(`${log}.times`), counts);
  if (counts.failed > 0 && existsSync(html))
    console.log(`--- traces and screenshots: npx playwright show-report ${html}`);
  return counts.failed === 0;
}

/** The reports of the runners of a step. */
function only(
  reports: Readonly<Record<Runner, string>>,
  runners: readonly Runner[],
): Partial<Record<Runner, string>> {
  return Object.fromEntries(runners.map((runner) => [runner, reports[runner]]));
}

/** Reads the output of bash's `times`: a line for the shell itself, and one for its children. */
function usedBy(file: string): number {
  if (!existsSync(file)) return 0;
  const times = [...readFileSync(file, 'utf8').matchAll(/(\d+)m([\d.]+)s/g)];
  return Math.round(times.reduce((sum, [, minutes, rest]) => sum + Number(minutes) * 60 + Number(rest), 0));
}

function end(name: string, began: number, used: number, counts: Counts): void {
  const took = seconds() - began;
  results.push({ name, began, took, used, counts });
  console.log(`--- ${name}: ${counts.failed === 0 ? 'ok' : 'FAILED'}, ${closingLine(counts)} (${took} s)`);
}

/** Resolves with the reason of a failure, or with nothing. */
function bash(step: Step, log: string, env: NodeJS.ProcessEnv): Promise<string | undefined> {
  return new Promise((resolve) => {
    const output = openSync(log, 'w');
    const nice = step.nice ?? (step.background ? 10 : 0);
    // A group of its own, so that all processes of a hanging step can be ended.
    const timed = 'bash -euo pipefail -c "$1"; code=$?; times >"$2"; exit $code';
    const child = spawn('nice', ['-n', String(nice), 'bash', '-c', timed, 'step', step.run, `${log}.times`], {
      env: { ...process.env, ...step.env, ...env },
      stdio: ['ignore', output, output],
      detached: true,
    });
    const group = child.pid;
    if (group !== undefined) groups.add(group);
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      if (group !== undefined) kill(group);
    }, STEP_LIMIT_MS);
    const done = (why: string | undefined): void => {
      clearTimeout(timer);
      if (group !== undefined) groups.delete(group);
      resolve(why);
    };
    child.once('error', (error) => done(error.message));
    child.once('exit', (code, signal) => {
      if (late) done(`took longer than ${STEP_LIMIT_MS / 60_000} minutes`);
      else done(code === 0 ? undefined : `ended with ${signal ?? `status ${code}`}; its output is above`);
    });
  });
}

function kill(group: number): void {
  try {
    process.kill(-group, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}
