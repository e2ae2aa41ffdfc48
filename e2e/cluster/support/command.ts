import { spawn } from 'node:child_process';

export interface CommandOptions {
  /** The standard input; with a promise it ends when the promise does. */
  readonly input?: string | Promise<string>;
  /** Gets the standard output while it is written. */
  readonly onOutput?: (text: string) => void;
  readonly env?: Readonly<Record<string, string>>;
  /** Milliseconds. Default two minutes. */
  readonly timeoutMs?: number;
  readonly cwd?: string;
}

const TIMEOUT_MS = 120_000;

/**
 * Runs a command and returns its standard output.
 *
 * @throws Error when it is missing, fails or exceeds the timeout; the message ends with its standard error
 * @example
 * const version = await run('helm', ['version', '--short']);
 */
export async function run(
  command: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<string> {
  const { input = '', onOutput, env = {}, timeoutMs = TIMEOUT_MS, cwd } = options;
  const child = spawn(command, args, {
    env: { ...process.env, ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
    timeout: timeoutMs,
    ...(cwd === undefined ? {} : { cwd }),
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text) => {
    stdout += text;
    onOutput?.(text);
  });
  child.stderr.setEncoding('utf8').on('data', (text) => {
    stderr += text;
  });
  child.stdin.on('error', () => {}); // It may end without reading.
  if (typeof input === 'string') child.stdin.end(input);
  else
    input.then(
      (text) => child.stdin.end(text),
      () => child.kill(),
    );
  const how = await new Promise<string | undefined>((resolve, reject) => {
    child.once('error', (error: NodeJS.ErrnoException) =>
      reject(error.code === 'ENOENT' ? new Error(`${command} is not installed: put it on PATH`) : error),
    );
    child.once('close', (code, signal) =>
      resolve(
        code === 0
          ? undefined
          : signal
            ? `was stopped by ${signal} (limit: ${timeoutMs} ms)`
            : `failed (${code})`,
      ),
    );
  });
  if (how !== undefined)
    throw new Error(
      `${command} ${args.slice(0, 6).join(' ')} ${how}:\n${stderr.slice(-3_000) || stdout.slice(-3_000)}`,
    );
  return stdout;
}
