import { execFileSync } from 'node:child_process';
import { shellWord } from '../../dev/shell-word.ts';

export interface CommandOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Does not print the command: a script prints its own. */
  readonly silent?: boolean;
}

/**
 * Runs a command of the release, prints it as one would type it, and returns its standard output.
 *
 * @throws Error if it fails; its standard error has been printed
 * @example
 * const digest = command('crane', ['digest', reference]);
 */
export function command(name: string, args: readonly string[], options: CommandOptions = {}): string {
  if (options.silent !== true) console.error(`$ ${[name, ...args].map(shellWord).join(' ')}`);
  return execFileSync(name, args, {
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    env: { ...process.env, ...options.env },
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}
