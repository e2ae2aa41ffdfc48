import type { AuditEntry } from '../audit/entry.ts';
import { NO_TENANT } from '../identity/principal.ts';
import type { CanonicalRequest } from '../request/types.ts';
import { attempt } from '../telemetry/unexpected.ts';
import type { GatewayParts } from './parts.ts';
import type { Progress } from './progress.ts';

/** How a request ended. */
export type Outcome = Pick<AuditEntry, 'decision' | 'reason'> & { readonly status: number };

/** Writes the record of a request: its audit line and its metrics, once. */
export class Recorder {
  readonly #parts: Pick<GatewayParts, 'audit' | 'metrics' | 'unexpected'>;

  constructor(parts: Pick<GatewayParts, 'audit' | 'metrics' | 'unexpected'>) {
    this.#parts = parts;
  }

  /** Counts a request that has arrived. */
  begin(progress: Progress): void {
    this.run(progress, () => this.#parts.metrics?.begin());
  }

  /** Writes the record, unless the request has one; an error in the metrics leaves the audit line as it is. Never throws. */
  record(progress: Progress, outcome: Outcome, now = performance.now()): void {
    if (progress.recorded) return;
    progress.recorded = true;
    const { started, sent = now, match } = progress;
    const { decision, reason, status } = outcome;
    this.run(progress, () =>
      this.#parts.metrics?.note({
        operation: match?.operation,
        decision,
        reason,
        status,
        decisionMs: sent - started,
        totalMs: now - started,
      }),
    );
    this.run(progress, () => this.#parts.audit.write(entryOf(progress, outcome, now)));
  }

  /** Counts a request as ended. */
  end(progress: Progress): void {
    this.run(progress, () => this.#parts.metrics?.end());
  }

  /** Runs one of several independent steps for a request: an error is logged and counted, and does not stop the others. */
  run(progress: Progress, step: () => void): void {
    const failed = attempt(step);
    if (failed !== undefined) this.#parts.unexpected('request', failed.error, progress.id);
  }
}

function entryOf(progress: Progress, outcome: Outcome, now: number): AuditEntry {
  const { principal, tenant, match, request, origination } = progress;
  return {
    request_id: progress.id,
    tenant: tenant === NO_TENANT ? null : (tenant ?? null),
    subject: principal?.subject ?? null,
    tenant_chosen_by: progress.chosenBy ?? null,
    team_cookie_ignored: progress.cookieIgnored ?? null,
    issuer: principal?.issuer ?? null,
    roles: tenant === undefined ? [] : (principal?.grants.get(tenant)?.roles ?? []),
    platform_admin: principal?.platformAdmin ?? false,
    method: progress.method,
    path: progress.path,
    operation: match?.operation.id ?? null,
    permission: match?.operation.permission ?? null,
    resources: request ? resourcesOf(request) : [],
    status_code: outcome.status,
    upstream: progress.upstream ?? null,
    decision: outcome.decision,
    reason: outcome.reason,
    duration_ms: now - progress.started,
    bytes_in: progress.bytesIn,
    bytes_out: progress.bytesOut,
    client_address: origination?.clientAddress ?? progress.peer ?? null,
  };
}

/** The resources that the request names. The audit log bounds their number; tag values and filters are never among them. */
function resourcesOf(request: CanonicalRequest): { kind: string; id: string }[] {
  const out: { kind: string; id: string }[] = [];
  for (const { policy, value } of request.uses) {
    if (policy.class === 'reference' || policy.class === 'new-name')
      out.push({ kind: policy.kind, id: value });
  }
  return out;
}
