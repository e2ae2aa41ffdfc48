import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AuditEntry } from '../audit/entry.ts';
import { type CatalogIndex, isMatch, type Match, type NoMatch } from '../catalog/match.ts';
import type { Operation } from '../catalog/types.ts';
import type { Turns } from '../concurrency/turns.ts';
import { type Denial, DenialError, REASONS } from '../denial.ts';
import { answer, answerAtLast, answerDenial } from '../http/answer.ts';
import type { BodyBudget, Lease } from '../http/body-budget.ts';
import type { ForwardedHeaders, Origination } from '../http/forwarded.ts';
import { type HeaderBag, readHeaders } from '../http/headers.ts';
import type { OriginCheck } from '../http/origin.ts';
import type { PathPrefix } from '../http/path-prefix.ts';
import { requestId } from '../http/request-id.ts';
import { parseTarget, type Target } from '../http/target.ts';
import { WORKSPACE_HEADER } from '../http/workspace-header.ts';
import type { Identifier, Principal } from '../identity/principal.ts';
import type { SignIn } from '../identity/sign-in/sign-in.ts';
import type { RequestMetrics } from '../metrics/requests.ts';
import { requireSameReading } from '../request/path.ts';
import type { RequestReader } from '../request/reader.ts';
import type { CanonicalRequest } from '../request/types.ts';
import { writeBody, writeTarget } from '../request/write.ts';
import type { Logger } from '../telemetry/log.ts';
import { attempt, type Unexpected } from '../telemetry/unexpected.ts';
import { confineGraphql } from '../tenancy/graphql/graphql-strategy.ts';
import { selectTenant } from '../tenancy/select-tenant.ts';
import type { Hold, TenancyStrategy, TenancyVerdict } from '../tenancy/tenancy-strategy.ts';
import type { TenantNames } from '../tenancy/tenant-names.ts';
import type { ForwardResult, OutgoingRequest, Upstream } from '../upstream/types.ts';

/** Everything a request passes through, each made once at start. */
export interface GatewayParts {
  readonly prefix: PathPrefix;
  readonly index: CatalogIndex;
  /** The memory for bodies, one for all lines of the process. */
  readonly bodies: BodyBudget;
  readonly canonicaliser: RequestReader;
  readonly identifier: Identifier;
  /** Only where callers are believed. */
  readonly signIn?: SignIn | undefined;
  readonly authorize: (principal: Principal, tenant: string, permission: string) => Denial | undefined;
  readonly names: TenantNames;
  /** Throws `DenialError` until MLflow has said which strategy it can carry. */
  readonly strategy: () => TenancyStrategy;
  readonly upstream: Upstream;
  /** For requests on their way to MLflow. */
  readonly turns: Turns;
  readonly audit: { write(entry: AuditEntry): void };
  /** Logs and counts what nobody expected; throws nothing. */
  readonly unexpected: (kind: Unexpected, error: unknown, requestId?: string) => void;
  /** What many requests together come to; what concerns one of them is in the audit log. */
  readonly log: Pick<Logger, 'warn'>;
  readonly forwarded: ForwardedHeaders;
  readonly origins: OriginCheck;
  /** Why the gateway is not ready; empty when it is. */
  readonly notReady: () => Promise<readonly string[]>;
  readonly draining: () => boolean;
  /** Where `GW_METRICS_PORT` is set. */
  readonly metrics?: RequestMetrics | undefined;
}

/** What is known of a request so far; the audit line is written from it however far the request came. */
interface Progress {
  readonly id: string;
  readonly started: number;
  /** When it was written for MLflow: until then it was the gateway's time. */
  sent?: number;
  path: string;
  headers?: HeaderBag;
  origination?: Origination;
  match?: Match;
  principal?: Principal;
  tenant?: string;
  request?: CanonicalRequest;
  /** Set once MLflow may have seen the request, whatever came of it. */
  upstream?: string;
  cors: Readonly<Record<string, string>>;
  bytesIn: number;
  bytesOut: number;
  /** Its audit line is written, or could not be. */
  audited?: true;
}

/** What is sent back on a connection that carried no request. */
export interface RefusedUnread {
  readonly id: string;
  readonly body: string;
}

/**
 * The whole line, in the order that never changes:
 *
 *     bytes -> canonical request -> operation -> principal -> permission -> tenancy -> forward -> (response filter) -> audit
 *
 * The body is read after the permission, so that nobody unknown makes the gateway buffer; the rest of the canonical
 * request is read first. Whatever a step does not understand it refuses by throwing a `DenialError`; anything else
 * thrown is a defect, answered with 500 and never with MLflow's data.
 */
export class Gateway {
  readonly #parts: GatewayParts;
  /** Requests that are not answered yet. */
  readonly #underWay = new Map<
    ServerResponse,
    { readonly req: IncomingMessage; readonly progress: Progress }
  >();

  constructor(parts: GatewayParts) {
    this.#parts = parts;
  }

  /**
   * Handles one request; never rejects. Whatever part fails, the request is answered (with 500) or its connection closed,
   * the rest of what is due for it is done, and the failure is logged and counted.
   */
  async handle(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const { upstream, metrics, signIn } = this.#parts;
    const progress: Progress = {
      id: requestId(singleHeader(req, 'x-request-id')),
      started: performance.now(),
      path: printablePath(req.url ?? ''),
      cors: {},
      bytesIn: 0,
      bytesOut: 0,
    };
    this.#underWay.set(res, { req, progress });
    this.#do(progress, () => metrics?.begin());
    let hold: Hold | undefined;
    let lease: Lease | undefined;
    try {
      // bytes -> canonical request (head) -> operation
      const asked = parseTarget(req.url ?? '');
      const headers = readHeaders(req.rawHeaders);
      progress.path = asked.path;
      progress.headers = headers;
      requireOrdinary(req, headers);
      progress.origination = this.#parts.forwarded.read(req.socket.remoteAddress, headers);
      if (await this.#answerProbe(req, res, asked, progress)) return;
      if (this.#parts.draining()) res.setHeader('connection', 'close');
      const { target, redirect } = this.#parts.prefix.place(req.method, asked);
      if (target === undefined) return this.#redirect(req, res, redirect, progress);
      if (this.#answerPreflight(req, res, headers, progress)) return;
      progress.cors = this.#parts.origins.check(headers, progress.origination.host);
      if (signIn !== undefined && (await this.#answerSignIn(signIn, req, res, target, progress))) return;
      const match = requireOperation(this.#parts.index.find(req.method ?? '', target.path), req.method ?? '');
      progress.match = match;
      const head = this.#parts.canonicaliser.readHead(match, target, headers);
      progress.request = head;
      // Decoded, what is taken for a name could be a fixed word of another path.
      if (target.path.includes('%'))
        requireSameReading(this.#parts.index, req.method ?? '', match, head.parameters);

      // -> principal -> permission -> tenancy
      const verdict: TenancyVerdict = match.operation.public
        ? { request: head, headers: {} }
        : await this.#judge(req, head, headers, progress, (tenant, caller) => {
            lease = this.#parts.bodies.open(tenant, caller);
            return lease;
          });

      hold = verdict.hold;

      // -> forward -> (response filter)
      const outgoing = this.#write(req, verdict, headers, progress);
      const responseHeaders = {
        ...progress.cors,
        ...cachingOf(match.operation),
        'x-request-id': progress.id,
      };
      const { transform, edit, confirm } = verdict;
      const forward = (): Promise<ForwardResult> => {
        progress.upstream = upstream.name;
        progress.sent = performance.now();
        const answered = hold?.release;
        return upstream.forward(req, res, outgoing, responseHeaders, {
          transform,
          edit,
          answered,
          lease,
          confirm,
        });
      };
      const { tenant } = progress;
      const result = await (tenant === undefined ? forward() : this.#parts.turns.run(tenant, forward));
      progress.bytesIn = result.bytesIn;
      progress.bytesOut = result.bytesOut;
      this.#auditForwarded(progress, req, result);
    } catch (error) {
      this.#refuse(req, res, error, progress);
    } finally {
      lease?.release();
      // A read that was given up changes nothing whenever it is done.
      const giveUp = progress.upstream !== undefined && req.method !== 'GET';
      if (hold !== undefined) this.#do(progress, giveUp ? hold.giveUp : hold.release);
      this.#do(progress, () => metrics?.end());
      this.#underWay.delete(res);
    }
  }

  /**
   * Answers every request that is still under way and has no answer yet with 500, and audits it: the process is about to
   * end. Other requests keep what they have.
   */
  giveUp(): void {
    for (const [res, { req, progress }] of this.#underWay)
      if (!res.headersSent) this.#refuse(req, res, new Error('given up'), progress);
  }

  /** Does one of several things for a request that must not keep each other from being done. */
  #do(progress: Progress, act: () => void): void {
    const failed = attempt(act);
    if (failed !== undefined) this.#parts.unexpected('request', failed.error, progress.id);
  }

  /** Refuses what never becomes a request of the line: an upgrade, CONNECT, or bytes that are not HTTP. */
  refuseUnread(status: number, message: string, req?: IncomingMessage, peer?: string): RefusedUnread {
    const reason = req === undefined ? 'malformed_request' : 'upgrade_refused';
    const { errorCode } = REASONS[reason];
    const id = requestId(undefined);
    const counted = { decision: 'deny', reason, status } as const;
    const { metrics, audit, unexpected } = this.#parts;
    const record = (act: () => void): void => {
      const failed = attempt(act);
      if (failed !== undefined) unexpected('request', failed.error, id);
    };
    record(() => metrics?.note({ ...counted, operation: undefined, decisionMs: 0, totalMs: 0 }));
    record(() =>
      audit.write({
        request_id: id,
        tenant: null,
        subject: null,
        issuer: null,
        roles: [],
        platform_admin: false,
        method: req?.method ?? '',
        path: printablePath(req?.url ?? ''),
        operation: null,
        permission: null,
        resources: [],
        status_code: status,
        upstream: null,
        decision: 'deny',
        reason,
        duration_ms: 0,
        bytes_in: 0,
        bytes_out: 0,
        client_address: peer ?? null,
      }),
    );
    return { id, body: JSON.stringify({ error_code: errorCode, message, request_id: id, reason }) };
  }

  /** Says that connections were refused: without it nothing would, as there is no request that an audit line could be about. */
  tooManyConnections(refused: number): void {
    this.#parts.log.warn({ refused }, 'connections are refused: there are too many');
  }

  async #judge(
    req: IncomingMessage,
    head: CanonicalRequest,
    headers: HeaderBag,
    progress: Progress,
    openLease: (tenant: string, caller: string) => Lease,
  ): Promise<TenancyVerdict> {
    const { identifier, signIn, authorize, names, canonicaliser, strategy } = this.#parts;
    const session = signIn?.session(headers);
    const principal = await identifier.identify({
      authorization: headers.get('authorization'),
      tenant: session?.tenant ?? headers.get('x-tenant'),
      subject: session?.subject ?? headers.get('x-subject'),
    });
    progress.principal = principal;
    const tenant = selectTenant(principal, headers.get(WORKSPACE_HEADER), names);
    progress.tenant = tenant;
    const denial = authorize(principal, tenant, head.operation.permission);
    if (denial) throw new DenialError(denial.reason, denial.message, denial.headers);
    const request = await canonicaliser.readBody(head, req, headers, openLease(tenant, principal.subject));
    progress.request = request;
    const question = { principal, tenant, request, requestId: progress.id };
    if (request.graphql !== undefined) return confineGraphql(question, strategy(), authorize);
    return strategy().judge(question).ask();
  }

  /** Writes the request that is sent; nothing of the caller's bytes is in it but a streamed body. */
  #write(
    req: IncomingMessage,
    verdict: TenancyVerdict,
    headers: HeaderBag,
    progress: Progress,
  ): OutgoingRequest {
    const { request } = verdict;
    const { awaitsStorage = false } = request;
    const { clientAddress, proto, host } = progress.origination!;
    const streamed = request.operation.body === 'stream';
    const written = streamed ? undefined : writeBody(request);
    const out: Record<string, string> = headers.passed();
    Object.assign(out, request.declaredHeaders);
    if (streamed) {
      if (request.streamType !== undefined) out['content-type'] = request.streamType;
      const encoding = headers.get('content-encoding');
      if (encoding !== undefined) out['content-encoding'] = encoding;
    } else {
      // The body that is sent is the gateway's own, whatever the coding of the caller's was.
      delete out['content-encoding'];
      if (written !== undefined) out['content-type'] = written.type;
    }
    out['x-forwarded-for'] = clientAddress;
    out['x-forwarded-proto'] = proto;
    if (host !== undefined) out['x-forwarded-host'] = host;
    out['x-request-id'] = progress.id;
    Object.assign(out, verdict.headers);
    const body = streamed ? 'stream' : written?.bytes;
    const reads = req.method === 'GET' || request.operation.permission.endsWith(':read');
    // A body on GET is read in as many ways as there are servers; MLflow takes its GraphQL by POST too.
    const method = request.operation.body === 'graphql' ? 'POST' : req.method!;
    return { method, path: writeTarget(request), headers: out, body, reads, awaitsStorage };
  }

  async #answerProbe(
    req: IncomingMessage,
    res: ServerResponse,
    target: Target,
    progress: Progress,
  ): Promise<boolean> {
    if (target.path !== '/healthz' && target.path !== '/readyz') return false;
    if (req.method !== 'GET' && req.method !== 'HEAD') return false;
    const reasons = target.path === '/healthz' ? [] : await this.#parts.notReady();
    const ok = reasons.length === 0;
    const body = JSON.stringify(ok ? { status: 'ok' } : { status: 'unready', reasons });
    answer(req, res, ok ? 200 : 503, 'application/json', body, { 'x-request-id': progress.id });
    return true;
  }

  #redirect(req: IncomingMessage, res: ServerResponse, location: string, progress: Progress): void {
    answer(req, res, 308, 'text/plain', '', { location, 'x-request-id': progress.id });
    this.#auditDecision(progress, req, 308, 'allow', 'redirect');
  }

  async #answerSignIn(
    signIn: SignIn,
    req: IncomingMessage,
    res: ServerResponse,
    target: Target,
    progress: Progress,
  ): Promise<boolean> {
    const status = await signIn.answer(req, res, target.path, progress.headers!, progress.id);
    if (status === undefined) return false;
    this.#auditDecision(progress, req, status, 'allow', 'sign_in');
    return true;
  }

  #answerPreflight(
    req: IncomingMessage,
    res: ServerResponse,
    headers: HeaderBag,
    progress: Progress,
  ): boolean {
    if (req.method !== 'OPTIONS' || headers.get('origin') === undefined) return false;
    const cors = this.#parts.origins.preflight(headers, progress.origination!.host);
    answer(req, res, 204, 'text/plain', '', { ...cors, 'x-request-id': progress.id });
    this.#auditDecision(progress, req, 204, 'allow', 'preflight');
    return true;
  }

  #refuse(req: IncomingMessage, res: ServerResponse, error: unknown, progress: Progress): void {
    const denial: Denial =
      error instanceof DenialError
        ? error
        : { reason: 'internal_error', message: 'The gateway failed to handle this request.' };
    if (!(error instanceof DenialError)) this.#parts.unexpected('request', error, progress.id);
    const status = statusOf(denial, progress.match?.operation);
    this.#do(progress, () => {
      if (res.headersSent || res.destroyed) return;
      progress.bytesOut = answerDenial(req, res, denial, status, progress.id, progress.cors);
    });
    // The answer had begun, or could not be made.
    if (!res.writableEnded) this.#do(progress, () => answerAtLast(res));
    this.#auditDecision(progress, req, status, status >= 500 ? 'error' : 'deny', denial.reason);
  }

  #auditForwarded(progress: Progress, req: IncomingMessage, result: ForwardResult): void {
    const reason = result.aborted ? 'aborted' : 'forwarded';
    this.#auditDecision(progress, req, result.status, 'allow', reason);
  }

  #auditDecision(
    progress: Progress,
    req: IncomingMessage,
    status: number,
    decision: AuditEntry['decision'],
    reason: AuditEntry['reason'],
  ): void {
    if (progress.audited) return;
    progress.audited = true;
    const { principal, tenant, match, request, origination, started } = progress;
    const now = performance.now();
    this.#do(progress, () =>
      this.#parts.metrics?.note({
        operation: match?.operation,
        decision,
        reason,
        status,
        decisionMs: (progress.sent ?? now) - started,
        totalMs: now - started,
      }),
    );
    const entry = (): AuditEntry => ({
      request_id: progress.id,
      // A job of MLflow's that names no workspace is nobody's.
      tenant: tenant || null,
      subject: principal?.subject ?? null,
      issuer: principal?.issuer ?? null,
      roles: tenant === undefined ? [] : (principal?.grants.get(tenant)?.roles ?? []),
      platform_admin: principal?.platformAdmin ?? false,
      method: req.method ?? '',
      path: progress.path,
      operation: match?.operation.id ?? null,
      permission: match?.operation.permission ?? null,
      resources: request ? resourcesOf(request) : [],
      status_code: status,
      upstream: progress.upstream ?? null,
      decision,
      reason,
      duration_ms: now - started,
      bytes_in: progress.bytesIn,
      bytes_out: progress.bytesOut,
      client_address: origination?.clientAddress ?? req.socket.remoteAddress ?? null,
    });
    this.#do(progress, () => this.#parts.audit.write(entry()));
  }
}

/** The reason's, but for wrong values where MLflow's FastAPI judges them, with 422 (RFC 9110, section 15.5.21). */
function statusOf({ reason, status }: Denial, operation: Operation | undefined): number {
  if (status !== undefined) return status;
  return reason === 'invalid_field' && operation?.unprocessable ? 422 : REASONS[reason].status;
}

/** What every HTTP/1.1 server has to ask of a request (RFC 9112 section 3.2, RFC 9110 section 10.1.1). */
function requireOrdinary({ httpVersion }: IncomingMessage, headers: HeaderBag): void {
  if (httpVersion !== '1.0' && headers.get('host') === undefined)
    throw new DenialError('malformed_header', 'A request needs a Host header.');
  const expect = headers.get('expect');
  if (expect !== undefined && expect.toLowerCase() !== '100-continue')
    throw new DenialError('malformed_header', 'Of Expect only 100-continue is understood.');
}

/**
 * Nobody keeps an answer that is one tenant's: a shared cache in front knows of no tenant, and a proxy that signs browsers in
 * by a cookie may be behind it, so that no `Authorization` keeps the cache from storing (RFC 9111, section 3.5). Files of
 * MLflow's pages and its health check are the same for everybody and keep MLflow's own field.
 */
function cachingOf(operation: Operation): Readonly<Record<string, string>> {
  return operation.public || operation.permission === PAGES ? SAME_FOR_ALL : ONE_TENANTS;
}

const PAGES = 'ui:read';
const SAME_FOR_ALL: Readonly<Record<string, string>> = {};
const ONE_TENANTS: Readonly<Record<string, string>> = { 'cache-control': 'private, no-store' };

function requireOperation(found: Match | NoMatch, method: string): Match {
  if (isMatch(found)) return found;
  if (found.methods.length > 0) {
    const allow = found.methods.join(', ');
    throw new DenialError(
      'method_not_allowed',
      `This path does not serve ${method.slice(0, 20)}; it serves ${allow}.`,
      { allow },
    );
  }
  throw new DenialError(
    'unknown_operation',
    'This is not an operation the gateway knows; what it does not know it does not forward.',
  );
}

/** Resources the request named, for the audit line, which bounds their number: never tag values or filters. */
function resourcesOf(request: CanonicalRequest): { kind: string; id: string }[] {
  const out: { kind: string; id: string }[] = [];
  for (const { policy, value } of request.uses) {
    if (policy.class === 'reference' || policy.class === 'new-name')
      out.push({ kind: policy.kind, id: value });
  }
  return out;
}

function singleHeader(req: IncomingMessage, name: string): string | undefined {
  const value = req.headers[name];
  return typeof value === 'string' ? value : undefined;
}

/** The path as far as it can be shown before it is understood. */
function printablePath(url: string): string {
  return url.split(/[?#]/, 1)[0]!.slice(0, 2048);
}
