/** As shells report a process that SIGPIPE ended: 128 and the signal's number. */
const BROKEN_PIPE = 141;

let lastWord: string | undefined;
let outputWatched = false;
let errorsWatched = false;

/**
 * Writes a command's result to standard output. When its reader has gone (`| head`), the process ends with status 141 and
 * without a word, like any program that SIGPIPE ends: 0 would claim of a report that nobody read that all is fine. On
 * another failure, a full disk say, it says so and ends with 1.
 *
 * Resolves when the system has the text, so that a command which waits for it does nothing afterwards that its reader does
 * not know of.
 *
 * @param unread said on standard error when the text cannot be written: something was done that it would have told of
 * @example
 * await printOut(`${JSON.stringify(report)}\n`);
 */
export function printOut(text: string, unread?: string): Promise<void> {
  lastWord = unread;
  if (!outputWatched) process.stdout.on('error', endUnread);
  outputWatched = true;
  // Not settled when it fails: the process ends.
  return new Promise((resolve) =>
    process.stdout.write(text, (error) => {
      if (!error) resolve();
    }),
  );
}

/** Writes to standard error. Nothing that a command does depends on whether it is read, so failures change nothing. */
export function printError(text: string): void {
  if (!errorsWatched) process.stderr.on('error', () => {});
  errorsWatched = true;
  process.stderr.write(text);
}

function endUnread(error: NodeJS.ErrnoException): void {
  const broken = error.code === 'EPIPE';
  if (lastWord !== undefined) printError(`${lastWord}\n`);
  if (!broken) printError(`Standard output cannot be written: ${error.message}\n`);
  process.exit(broken ? BROKEN_PIPE : 1);
}
