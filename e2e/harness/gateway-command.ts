import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { CHILD_ENV } from '../../dev/child-env.ts';

/** The program of this checkout. */
export const MAIN = join(import.meta.dirname, '../../src/main.ts');

export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command of the gateway with the given environment only, and waits for its end. */
export function runCommand(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  stdin = '',
): Promise<Outcome> {
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [MAIN, ...args],
      { env: { ...CHILD_ENV, ...env }, maxBuffer: 64 * 1024 * 1024 },
      (error, stdout, stderr) => resolve({ code: Number(error?.code ?? 0), stdout, stderr }),
    );
    child.stdin!.end(stdin);
  });
}
