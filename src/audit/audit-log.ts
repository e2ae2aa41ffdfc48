import type { AuditEntry } from './entry.ts';
import { formatLine } from './format.ts';
import { createLineWriter, type LineWriterOptions } from './line-writer.ts';

export interface AuditLogOptions extends LineWriterOptions {
  /** For tests: the time in milliseconds since the epoch. */
  readonly now?: () => number;
}

/** The destination of audit lines. */
export interface AuditLog {
  /** Queues one line. Never throws and never waits. */
  write(entry: AuditEntry): void;
  /**
   * False while lines cannot be written, hang for more than 10 s, or were lost since the last one that was written.
   * `/readyz` must fail then: the gateway serves no request without an audit line.
   */
  ok(): { readonly ok: true } | { readonly ok: false; readonly why: string };
  /** Lines made and lost since the start, and the bytes of lines that wait to be written. */
  stats(): { readonly written: number; readonly lost: number; readonly waitingBytes: number };
  /** Reopens the file, as SIGHUP does. */
  reopen(): Promise<void>;
  /** Await before the process ends: writes all waiting lines, or reports how much was lost. */
  close(timeoutMs?: number): Promise<void>;
}

/**
 * Makes the audit log: one JSON line a request, on standard output or in a file.
 *
 * Lines are formatted by a serializer compiled at build time from the published schema, and written in the order of
 * `write`, several at a time, by the thread pool: neither a slow disk nor a full pipe delays requests. Lines that cannot
 * be written wait, are retried every second, and make `ok` false; no line is dropped without a report. Each line
 * starts and ends in one file across a rotation.
 *
 * pino writes the operational log but not these lines: a logger adds levels, bindings and a time of its own, which an
 * audit line does not have, and its destination is unsuitable (see `createLineWriter`).
 *
 * @throws Error when the file cannot be opened, so that a gateway without an audit log does not start
 * @example
 * const audit = createAuditLog({ file: config.audit.file, report: (problem) => log.error(problem) });
 * audit.write({ request_id: '...', tenant: 'team-a', decision: 'allow', reason: 'forwarded' });
 * await audit.close();
 */
export function createAuditLog(options: AuditLogOptions): AuditLog {
  const { now = Date.now, ...writerOptions } = options;
  const writer = createLineWriter(writerOptions);
  let made = 0;
  let unformatted = 0;
  const onHangup = (): void => void writer.reopen();
  if (options.file !== undefined) process.on('SIGHUP', onHangup);
  return {
    write(entry) {
      try {
        writer.write(formatLine(entry, now()));
        made++;
      } catch (error) {
        unformatted++;
        // The types exclude this. If it happens, the request must not fail a second time.
        options.report(
          `An audit line could not be formatted (request ${entry.request_id}): ${String(error)}`,
        );
      }
    },
    ok: writer.ok,
    stats() {
      const { lost, waitingBytes } = writer.stats();
      return { written: made - lost, lost: lost + unformatted, waitingBytes };
    },
    reopen: writer.reopen,
    async close(timeoutMs) {
      process.off('SIGHUP', onHangup);
      await writer.close(timeoutMs);
    },
  };
}
