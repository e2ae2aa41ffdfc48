import { close, closeSync, fsync, open, openSync, write, writeSync } from 'node:fs';
import { LIMITS } from '../limits.ts';

export interface LineWriterOptions {
  /** The file to append to. Created with mode 0640 if it does not exist. If absent, lines go to standard output. */
  readonly file?: string | undefined;
  /** Called with a sentence when lines cannot be written, when they can again, and when lines were lost. */
  readonly report: (problem: string) => void;
  /** The most bytes that wait to be written; lines beyond are lost, and reported. Default `LIMITS.auditQueueBytes`. */
  readonly maxWaiting?: number;
  /** The pause before a failed write is retried. Default 1000 ms. */
  readonly retryMs?: number;
  /** How long a write may hang before that counts as a failure. Default 10,000 ms. */
  readonly stallMs?: number;
}

/** Appends lines to a file without blocking the event loop. */
export interface LineWriter {
  /** @param line with its line end */
  write(line: string): void;
  ok(): { readonly ok: true } | { readonly ok: false; readonly why: string };
  /** The number of lines lost since the start, and of bytes that wait to be written. */
  stats(): { readonly lost: number; readonly waitingBytes: number };
  /** Reopens the file by its name; on failure the old one stays in use. Does nothing for standard output. */
  reopen(): Promise<void>;
  /** Writes the waiting lines, then closes. Stops after `timeoutMs` and reports the lost lines. */
  close(timeoutMs?: number): Promise<void>;
}

const BATCH = 64 * 1024;
const BUSY_RETRY_MS = 20;
/** How long lines are collected after a write. A process that is killed loses the lines that are not written. */
const GATHER_MS = 5;

/**
 * Makes a line writer.
 *
 * pino's own destination (sonic-boom 4.2.1) is not used for audit lines, for three reasons seen in its code and
 * tried: after EPIPE it silently discards everything; on a full disk its flush at exit loops for ever, so that the
 * process has to be killed; and a failed `reopen` leads to the next one closing the same descriptor twice, which may
 * by then belong to a connection.
 *
 * @throws Error when the file cannot be opened
 */
export function createLineWriter(options: LineWriterOptions): LineWriter {
  const {
    file,
    report,
    maxWaiting = LIMITS.auditQueueBytes.value,
    retryMs = 1000,
    stallMs = 10_000,
  } = options;
  let fd = file === undefined ? 1 : openSync(file, 'a', 0o640);
  let nextFd: number | undefined;

  const waiting: string[] = [];
  let waitingBytes = 0;
  let batch: Buffer | undefined;
  let written = 0;

  let writing = false;
  /** The time since which lines wait and none was written. */
  let blockedSince: number | undefined;
  let retry: NodeJS.Timeout | undefined;
  let failure: string | undefined;
  let lost = 0;
  let lostEver = 0;
  let closed = false;
  let whenIdle: (() => void) | undefined;

  const pump = (): void => {
    if (writing || retry !== undefined) return;
    switchFile();
    if (batch === undefined) {
      if (waiting.length === 0) {
        whenIdle?.();
        return;
      }
      batch = takeBatch();
      written = 0;
    }
    writing = true;
    blockedSince ??= performance.now();
    const { length } = batch;
    write(fd, batch, written, (error, n) => {
      writing = false;
      if (error) failed(error);
      else succeeded(n, length);
      // Under load, one write a line would cost more than all other work on the line.
      if (batch === undefined && waiting.length > 0 && waitingBytes < BATCH && !closed) gather();
      else pump();
    });
  };

  /** Collects lines for a moment. The first line of a burst is written immediately; later lines are collected. */
  const gather = (): void => {
    retry = setTimeout(() => {
      retry = undefined;
      pump();
    }, GATHER_MS);
  };

  const takeBatch = (): Buffer => {
    let length = 0;
    let count = 0;
    for (const line of waiting) {
      if (length >= BATCH) break;
      length += line.length;
      count++;
    }
    return Buffer.from(waiting.splice(0, count).join(''));
  };

  const succeeded = (n: number, length: number): void => {
    blockedSince = undefined;
    waitingBytes -= n;
    written += n;
    if (written === length) batch = undefined;
    if (failure === undefined) return;
    failure = undefined;
    report(`The audit log is written again${lost > 0 ? `; ${lost} lines were lost` : ''}.`);
    lost = 0;
  };

  const failed = (error: NodeJS.ErrnoException): void => {
    const busy = error.code === 'EAGAIN' || error.code === 'EBUSY';
    if (!busy && failure === undefined) {
      failure = `The audit log cannot be written: ${error.message}`;
      report(`${failure}. Trying again every ${retryMs} ms.`);
    }
    retry = setTimeout(
      () => {
        retry = undefined;
        pump();
      },
      busy ? BUSY_RETRY_MS : retryMs,
    );
  };

  /** Only between writes. A line that is partly in the old file is written whole to the new one. */
  const switchFile = (): void => {
    if (nextFd === undefined) return;
    close(fd, () => {});
    fd = nextFd;
    nextFd = undefined;
    if (batch === undefined) return;
    const start = written === 0 ? 0 : batch.lastIndexOf('\n', written - 1) + 1;
    waitingBytes += written - start;
    written = start;
  };

  const stalled = (): boolean => blockedSince !== undefined && performance.now() - blockedSince > stallMs;

  /** A process that ends without `close` (a crash) still writes as many lines as it can. */
  const atExit = (): void => {
    try {
      if (batch !== undefined && !writing) writeAllSync(fd, batch.subarray(written));
      writeAllSync(fd, Buffer.from(waiting.join('')));
    } catch (error) {
      report(`Audit lines were lost at exit: ${(error as Error).message}`);
    }
  };
  process.on('exit', atExit);

  return {
    write(line) {
      const bytes = Buffer.byteLength(line);
      if (closed || waitingBytes + bytes > maxWaiting) {
        lost++;
        lostEver++;
        if (closed) report('An audit line arrived after the audit log was closed and is lost.');
        else if (lost === 1) report('Audit lines are being lost: too many wait to be written.');
        failure ??= 'Audit lines are being lost: too many wait to be written';
        return;
      }
      waiting.push(line);
      waitingBytes += bytes;
      pump();
    },

    ok() {
      if (failure !== undefined) return { ok: false, why: failure };
      if (stalled())
        return { ok: false, why: 'The audit log cannot be written: its reader has stopped reading' };
      return { ok: true };
    },

    stats: () => ({ lost: lostEver, waitingBytes }),

    reopen() {
      if (file === undefined || closed) return Promise.resolve();
      return new Promise((resolve) => {
        open(file, 'a', 0o640, (error, newFd) => {
          if (error) report(`The audit log cannot be reopened; the old file stays in use: ${error.message}`);
          else if (closed) closeSync(newFd);
          else {
            if (nextFd !== undefined) closeSync(nextFd);
            nextFd = newFd;
            clearTimeout(retry);
            retry = undefined;
            pump();
          }
          resolve();
        });
      });
    },

    async close(timeoutMs = 5000) {
      if (closed) return;
      closed = true;
      let timer: NodeJS.Timeout | undefined;
      const idle = new Promise<void>((resolve) => {
        whenIdle = resolve;
      });
      const late = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, timeoutMs);
      });
      clearTimeout(retry);
      retry = undefined;
      pump();
      await Promise.race([idle, late]);
      clearTimeout(timer);
      clearTimeout(retry);
      process.off('exit', atExit);
      if (waitingBytes > 0) {
        report(
          `${waitingBytes} bytes of audit lines could not be written within ${timeoutMs} ms and are lost.`,
        );
        return;
      }
      if (fd === 1) return;
      await new Promise<void>((resolve) => fsync(fd, () => close(fd, () => resolve())));
    },
  };
}

function writeAllSync(fd: number, bytes: Buffer): void {
  let done = 0;
  while (done < bytes.length) done += writeSync(fd, bytes, done);
}
