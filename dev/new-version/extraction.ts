import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cacheDirectory, mlflowEnv } from '../mlflow-env.ts';
import type { Dump } from './dump.ts';

const run = promisify(execFile);

/** A failure that the person at the keyboard can do something about: its message is all that is shown. */
export class NewVersionError extends Error {}

/**
 * Reads an installed MLflow with `openapi/extract`, tolerantly: what its table lacks is in `decisions`. The environment is made on first
 * use. A dump is kept beside the environments, and read again while the program of the extraction is the same.
 *
 * @throws {NewVersionError} with the extraction's own message
 * @example
 * const { path, dump } = await dumpOf(root, '3.18.0', console.error);
 */
export async function dumpOf(
  root: string,
  version: string,
  report: (line: string) => void,
): Promise<{ readonly path: string; readonly dump: Dump }> {
  const { python } = await mlflowEnv(version, report);
  const folder = join(cacheDirectory(), 'extracted', digestOfExtraction(root));
  const path = join(folder, `${version}.json`);
  if (!existsSync(path)) {
    mkdirSync(folder, { recursive: true });
    const part = `${path}.${process.pid}.part`;
    await extract(root, python, ['--tolerant', '--dump', part]);
    renameSync(part, path);
  }
  return { path, dump: JSON.parse(readFileSync(path, 'utf8')) as Dump };
}

/**
 * Merges dumps into `mlflow.yaml`, `mlflow.graphql`, `tags.json` and `surfaces/` below a folder.
 *
 * @returns the merge's notes: a field that changed its type, a renamed operation
 */
export async function mergeDumps(
  root: string,
  dumps: readonly string[],
  newest: string,
  out: string,
): Promise<string[]> {
  const { python } = await mlflowEnv(newest);
  const output = await extract(root, python, ['--merge', ...dumps, '--out', out]);
  return output.split('\n').filter((line) => /^\d+\.\d+\.\d+: /.test(line));
}

async function extract(root: string, python: string, args: readonly string[]): Promise<string> {
  const openapi = join(root, 'openapi');
  try {
    const { stdout } = await run(python, ['-W', 'ignore', '-m', 'extract', ...args], {
      cwd: openapi,
      env: { ...process.env, PYTHONPATH: openapi, PYTHONDONTWRITEBYTECODE: '1' },
      maxBuffer: 1 << 26,
    });
    return stdout;
  } catch (error) {
    const { stderr = '', message } = error as { stderr?: string; message: string };
    throw new NewVersionError(`openapi/extract failed:\n${stderr.trim().slice(-4000) || message}`);
  }
}

function digestOfExtraction(root: string): string {
  const folder = join(root, 'openapi/extract');
  const digest = createHash('sha256');
  for (const name of readdirSync(folder).sort())
    if (name.endsWith('.py')) digest.update(name).update(readFileSync(join(folder, name)));
  return digest.digest('hex').slice(0, 12);
}
