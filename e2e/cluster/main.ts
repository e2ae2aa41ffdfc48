/**
 * `npm run e2e`: the tests of the chart on a cluster. vitest runs those without a browser and then Playwright those with one,
 * on the same cluster. A failure of the first does not keep the second from running.
 *
 * Arguments without dashes choose files, of both runners (`npm run e2e -- standalone`); options are vitest's.
 */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { startShared } from './support/shared-setup.ts';

const ROOT = join(import.meta.dirname, '../..');
const BIN = join(ROOT, 'node_modules/.bin');

const args = process.argv.slice(2);
const files = args.filter((argument) => !argument.startsWith('-'));
// A file belongs to one of the runners.
const someFiles = files.length > 0;

const stop = await startShared();
// The runners also get the signals of a terminal and end by themselves; then the cluster must be removed.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => {});
let passed = false;
try {
  const vitest = await run('vitest', [
    ...['run', '--project=cluster', ...args],
    ...(someFiles ? ['--passWithNoTests'] : []),
  ]);
  const playwright = await run('playwright', [
    ...['test', '--project=cluster-browser', ...files],
    ...(someFiles ? ['--pass-with-no-tests'] : []),
  ]);
  passed = vitest && playwright;
} finally {
  await stop();
}
process.exitCode = passed ? 0 : 1;

/** Resolves with whether the command succeeded. */
function run(command: string, args: readonly string[]): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const child = spawn(join(BIN, command), args, { cwd: ROOT, stdio: 'inherit' });
    child.once('error', reject);
    child.once('exit', (code) => resolve(code === 0));
  });
}
