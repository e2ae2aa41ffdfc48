import { execFileSync } from 'node:child_process';

export interface CommandOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Variables of this process that the command does not inherit. */
  readonly without?: readonly string[];
}

/**
 * Runs a command of the release, prints it as one would type it, and returns its standard output.
 *
 * @throws Error if it fails; its standard error has been printed
 * @example
 * const digest = command('crane', ['digest', reference]);
 */
export function command(name: string, args: readonly string[], options: CommandOptions = {}): string {
  console.error(`$ ${[name, ...args].map(quoted).join(' ')}`);
  const env = { ...process.env, ...options.env };
  for (const variable of options.without ?? []) delete env[variable];
  return execFileSync(name, args, {
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    env,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
