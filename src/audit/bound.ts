import type { AuditEntry, AuditLine } from './entry.ts';
import { LIMITS } from './generated/limits.ts';

/**
 * Brings an entry within the limits of the schema. The caller chooses many of its values, and none of them may make a
 * line unlimited, break it, or prevent its writing.
 *
 * Long strings are cut and end with `…`. Lone surrogates, which several log stores refuse, become U+FFFD. Values that
 * are not numbers become 0, and counts stop at the largest integer that a double holds exactly.
 *
 * @param now when the request ended, in milliseconds since the epoch
 */
export function bound(entry: AuditEntry, now: number): AuditLine {
  const duration = Math.round(counted(entry.duration_ms) * 1000) / 1000;
  return {
    schema_version: 1,
    timestamp: new Date(now - Math.min(duration, now)),
    request_id: cut(entry.request_id, LIMITS.request_id),
    tenant: cutOrNull(entry.tenant, LIMITS.tenant),
    tenant_chosen_by: entry.tenant_chosen_by,
    team_cookie_ignored: entry.team_cookie_ignored,
    subject: cutOrNull(entry.subject, LIMITS.subject),
    issuer: cutOrNull(entry.issuer, LIMITS.issuer),
    roles: entry.roles.slice(0, LIMITS.roles).map((role) => cut(role, LIMITS['roles[]'])),
    platform_admin: entry.platform_admin,
    client_address: cutOrNull(entry.client_address, LIMITS.client_address),
    method: cut(entry.method, LIMITS.method),
    path: cut(withoutQuery(entry.path), LIMITS.path),
    operation: cutOrNull(entry.operation, LIMITS.operation),
    permission: cutOrNull(entry.permission, LIMITS.permission),
    resources: entry.resources.slice(0, LIMITS.resources).map(({ kind, id }) => ({
      kind: cut(kind, LIMITS['resources[].kind']),
      id: cut(id, LIMITS['resources[].id']),
    })),
    resources_omitted: Math.max(0, entry.resources.length - LIMITS.resources),
    decision: entry.decision,
    reason: entry.reason,
    status_code: entry.status_code,
    upstream: cutOrNull(entry.upstream, LIMITS.upstream),
    duration_ms: duration,
    bytes_in: Math.trunc(counted(entry.bytes_in)),
    bytes_out: Math.trunc(counted(entry.bytes_out)),
  };
}

function cut(text: string, max: number): string {
  const short = text.length <= max ? text : `${text.slice(0, max - 1).replace(/[\ud800-\udbff]$/, '')}…`;
  return short.toWellFormed();
}

function cutOrNull(text: string | null, max: number): string | null {
  return text === null ? null : cut(text, max);
}

function withoutQuery(path: string): string {
  const end = path.search(/[?#]/);
  return end === -1 ? path : path.slice(0, end);
}

function counted(number: number): number {
  return Number.isFinite(number) && number > 0 ? Math.min(number, Number.MAX_SAFE_INTEGER) : 0;
}
