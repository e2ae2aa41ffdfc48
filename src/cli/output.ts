/** The status that shells report for a process ended by SIGPIPE: 128 plus the signal's number. */
const BROKEN_PIPE = 141;

let lastWord: string | undefined;
let outputWatched = false;
let errorsWatched = false;

/**
 * Writes a command's result to standard output. If its reader has closed it (`| head`), the process ends with status 141 and
 * without a message, like any program that SIGPIPE ends: 0 would report success for a report that was not read. On another
 * failure, such as a full disk, it prints the error and ends with 1.
 *
 * Resolves once the system has the text. A command that waits for it changes nothing that its reader has not been shown.
 *
 * @param unread printed on standard error if the text cannot be written: the changes that the text would have reported
 * @example
 * await printOut(`${JSON.stringify(report)}\n`);
 */
export function printOut(text: string, unread?: string): Promise<void> {
  lastWord = unread;
  if (!outputWatched) process.stdout.on('error', endUnread);
  outputWatched = true;
  // Never settles after a failure: the process ends.
  return new Promise((resolve) =>
    process.stdout.write(text, (error) => {
      if (!error) resolve();
    }),
  );
}

/** Writes to standard error. Failures are ignored: no command depends on its reader. */
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
