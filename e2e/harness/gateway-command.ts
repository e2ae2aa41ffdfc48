import { execFile } from 'node:child_process';
import { join } from 'node:path';

/** The command line as it is run from a checkout. */
export const MAIN = join(import.meta.dirname, '../../src/main.ts');

export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command of the gateway's with nothing in its environment but what is given, and waits for its end. */
export function runCommand(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  stdin = '',
): Promise<Outcome> {
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [MAIN, ...args],
      { env: { PATH: process.env.PATH ?? '', ...env }, maxBuffer: 64 * 1024 * 1024 },
      (error, stdout, stderr) => resolve({ code: Number(error?.code ?? 0), stdout, stderr }),
    );
    child.stdin!.end(stdin);
  });
}
