import type { AuditLog } from './audit-log.ts';
import type { AuditEntry } from './entry.ts';

/**
 * An audit log that writes nothing: it adds each entry to a list. For `explain`, and for tests.
 *
 * @example
 * const entries: AuditEntry[] = [];
 * assemble(config, files, log, { audit: collectAudit(entries) });
 */
export function collectAudit(entries: AuditEntry[]): AuditLog {
  return {
    write: (entry) => void entries.push(entry),
    ok: () => ({ ok: true }),
    stats: () => ({ written: entries.length, lost: 0, waitingBytes: 0 }),
    reopen: async () => {},
    close: async () => {},
  };
}
