import type { IncomingMessage, ServerResponse } from 'node:http';
import { isMatch, type Match, METHODS, type NoMatch } from '../catalog/match.ts';
import { type Denial, DenialError, isFailure, REASONS } from '../denial.ts';
import { answerAtLast, answerDenial, type Link } from '../http/answer.ts';
import type { Lease } from '../http/body-budget.ts';
import { type HeaderBag, readHeaders } from '../http/headers.ts';
import { isNavigation } from '../http/own-page.ts';
import { requestId } from '../http/request-id.ts';
import { checkHostAndExpect } from '../http/required-headers.ts';
import { parseTarget } from '../http/target.ts';
import { WORKSPACE_HEADER } from '../http/workspace-header.ts';
import type { Principal } from '../identity/principal.ts';
import { LIMITS } from '../limits.ts';
import { requireSameReading } from '../request/path.ts';
import type { CanonicalRequest } from '../request/types.ts';
import { linkToTeams, linkToTeamsFrom } from '../tenancy/choice/return-path.ts';
import { readTeamCookie } from '../tenancy/choice/team-cookie.ts';
import { GraphqlStrategy } from '../tenancy/graphql/graphql-strategy.ts';
import { selectTenant } from '../tenancy/select-tenant.ts';
import type { NameLock, TenancyStrategy, TenancyVerdict } from '../tenancy/tenancy-strategy.ts';
import type { ForwardResult } from '../upstream/types.ts';
import { answerBeforeCatalog } from './before-catalog.ts';
import { identifyCaller } from './identify-caller.ts';
import { writeOutgoing } from './outgoing.ts';
import type { GatewayParts } from './parts.ts';
import { beginProgress, type Progress } from './progress.ts';
import { Recorder } from './recorder.ts';
import { cachingOf, statusOf } from './response.ts';

/** The response to bytes that never became a request of the line. */
export interface RefusedUnread {
  readonly id: string;
  readonly body: string;
}

/**
 * The whole line, in the order that never changes:
 *
 *     bytes -> canonical request -> operation -> principal -> permission -> tenancy -> forward -> (answer filter) -> audit
 *
 * The body is read after the permission, so that the gateway buffers nothing for an unknown caller; the rest of the canonical
 * request is read first. A step refuses a request that it does not understand by throwing a `DenialError`. Any other error is a defect:
 * the response is 500 and holds no data of MLflow's.
 */
export class Gateway {
  readonly #parts: GatewayParts;
  readonly #recorder: Recorder;
  readonly #inFlight = new Map<
    ServerResponse,
    { readonly req: IncomingMessage; readonly progress: Progress }
  >();

  /** Callers who are being identified in order to count what they were refused. */
  #counting = 0;

  constructor(parts: GatewayParts) {
    this.#parts = parts;
    this.#recorder = new Recorder(parts);
  }

  /**
   * Handles one request; never rejects. If a part fails, the request is answered with 500 or its connection is closed, its other
   * steps still run, and the error is logged and counted.
   */
  async handle(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const parts = this.#parts;
    const recorder = this.#recorder;
    const method = req.method ?? '';
    const progress = beginProgress(req, req.socket.remoteAddress);
    this.#inFlight.set(res, { req, progress });
    recorder.begin(progress);
    let nameLock: NameLock | undefined;
    let lease: Lease | undefined;
    let unknown: { readonly path: string; readonly headers: HeaderBag } | undefined;
    try {
      parts.requireClientCertificate?.(req);
      // bytes -> canonical request (without the body)
      const requestTarget = parseTarget(req.url ?? '');
      const headers = readHeaders(req.rawHeaders);
      progress.path = requestTarget.path;
      checkHostAndExpect(req, headers);
      progress.origination = parts.forwarded.read(progress.peer, headers, isEncrypted(req));
      const target = await answerBeforeCatalog(parts, recorder, req, res, progress, requestTarget, headers);
      if (target === undefined) return;

      // -> operation
      const found = parts.index.find(method, target.path);
      if (!isMatch(found)) unknown = { path: target.path, headers };
      const match = requireOperation(found, method);
      progress.match = match;
      const head = parts.reader.readHead(match, target, headers);
      progress.request = head;
      // A decoded parameter could be a fixed segment of another path.
      if (target.path.includes('%')) requireSameReading(parts.index, method, match, head.parameters);

      // -> principal -> permission -> tenancy
      const verdict: TenancyVerdict = match.operation.public
        ? { request: head, headers: {} }
        : await this.#judge(req, head, headers, progress, (tenant, caller) => {
            lease = parts.bodies.open(tenant, caller);
            return lease;
          });
      nameLock = verdict.nameLock;

      // -> forward -> (answer filter)
      const result = await this.#forward(req, res, headers, verdict, progress, lease);

      // -> audit
      progress.bytesIn = result.bytesIn;
      progress.bytesOut = result.bytesOut;
      const reason = result.aborted ? 'aborted' : 'forwarded';
      recorder.record(progress, { status: result.status, decision: 'allow', reason });
    } catch (error) {
      this.#refuse(req, res, error, progress);
      if (unknown !== undefined) await this.#countUnknown(method, unknown.path, unknown.headers, progress);
    } finally {
      lease?.release();
      // An abandoned read changes nothing, whenever MLflow completes it.
      const giveUp = progress.upstream !== undefined && method !== 'GET';
      if (nameLock !== undefined) recorder.run(progress, giveUp ? nameLock.giveUp : nameLock.release);
      recorder.end(progress);
      this.#inFlight.delete(res);
    }
  }

  /**
   * Answers every request in flight that has no response yet with 500 and records it: the process is about to end. Responses that
   * have begun are left alone.
   */
  giveUp(): void {
    for (const [res, { req, progress }] of this.#inFlight)
      if (!res.headersSent) this.#refuse(req, res, new Error('given up'), progress);
  }

  /** Refuses and records what never becomes a request of the line: an upgrade, CONNECT, or bytes that are not HTTP. */
  refuseUnread(status: number, message: string, req?: IncomingMessage, peer?: string): RefusedUnread {
    const reason = req === undefined ? 'malformed_request' : 'upgrade_refused';
    const progress = beginProgress(req, peer, requestId(undefined));
    this.#recorder.record(progress, { status, decision: 'deny', reason }, progress.started);
    const { id } = progress;
    const { errorCode } = REASONS[reason];
    return { id, body: JSON.stringify({ error_code: errorCode, message, request_id: id, reason }) };
  }

  /** Logs refused connections, which carry no request and so have no audit line. */
  tooManyConnections(refused: number): void {
    this.#parts.log.warn({ refused }, 'connections refused: too many are open');
  }

  async #judge(
    req: IncomingMessage,
    head: CanonicalRequest,
    headers: HeaderBag,
    progress: Progress,
    openLease: (tenant: string, caller: string) => Lease,
  ): Promise<TenancyVerdict> {
    const { authorize, reader, strategy, signedUrls } = this.#parts;
    const principal = await identifyCaller(this.#parts, headers, progress);
    const tenant = this.#selectTenant(req, headers, principal, progress);
    const denial = authorize(principal, tenant, head.operation.permission);
    if (denial) throw new DenialError(denial.reason, denial.message, denial.headers);
    signedUrls.requirePermitted(head);
    const read = await reader.readBody(head, req, headers, openLease(tenant, principal.subject));
    const request = signedUrls.withLifetime(read);
    progress.request = request;
    const tenancy: TenancyStrategy =
      request.graphql === undefined ? strategy() : new GraphqlStrategy(strategy(), authorize);
    const ruling = tenancy.judge({ principal, tenant, request });
    return tenancy.settle(ruling);
  }

  #selectTenant(req: IncomingMessage, headers: HeaderBag, principal: Principal, progress: Progress): string {
    const { names, prefix, teams } = this.#parts;
    const header = headers.get(WORKSPACE_HEADER);
    const remembered = teams === undefined || header ? undefined : readTeamCookie(headers, principal);
    if (remembered?.ignored !== undefined) {
      progress.cookieIgnored = remembered.ignored;
      const note = { 'x-gateway-team-cookie': `ignored; reason=${remembered.ignored}` };
      progress.responseHeaders = { ...progress.responseHeaders, ...note };
    }
    const page = (): string | undefined => {
      if (teams === undefined || !isNavigation(req, headers)) return undefined;
      const { target } = prefix.place('GET', parseTarget(req.url ?? ''));
      return target && linkToTeamsFrom(target);
    };
    const selected = selectTenant(principal, names, { header, remembered: remembered?.tenant, page });
    progress.tenant = selected.tenant;
    progress.chosenBy = selected.by;
    return selected.tenant;
  }

  /** For the page of a denial: a caller with several teams may have opened an address of another one. */
  #linkToTeams({ path, principal }: Progress): Link | undefined {
    const { prefix, teams } = this.#parts;
    if (teams === undefined || principal === undefined || principal.grants.size < 2) return undefined;
    return { href: linkToTeams(path.slice(prefix.text.length)), text: 'Choose a team' };
  }

  /**
   * Counts a refused request for an operation that the catalog lacks, after its response (ADR 57). Only callers who prove who they are
   * count: strangers can neither fill the table nor raise the alert.
   */
  async #countUnknown(method: string, path: string, headers: HeaderBag, progress: Progress): Promise<void> {
    const { unknownOperations, unexpected } = this.#parts;
    if (unknownOperations === undefined || !METHODS.has(method)) return;
    if (this.#counting >= LIMITS.unknownOperationCallers.value) return;
    this.#counting++;
    try {
      await identifyCaller(this.#parts, headers);
      unknownOperations.note(method, path);
    } catch (error) {
      if (!(error instanceof DenialError)) unexpected('request', error, progress.id);
    } finally {
      this.#counting--;
    }
  }

  /** Sends the request to MLflow and passes the response on. The tenant's requests take turns with those of other tenants. */
  #forward(
    req: IncomingMessage,
    res: ServerResponse,
    headers: HeaderBag,
    verdict: TenancyVerdict,
    progress: Progress,
    lease: Lease | undefined,
  ): Promise<ForwardResult> {
    const { upstream, turns, signedUrls } = this.#parts;
    const { edit, confirm, nameLock } = verdict;
    const transform = signedUrls.reading(verdict.request, verdict.transform);
    const outgoing = writeOutgoing(verdict, headers, progress);
    const responseHeaders = {
      ...progress.responseHeaders,
      ...cachingOf(verdict.request.operation),
      'x-request-id': progress.id,
    };
    const options = { transform, edit, answered: nameLock?.release, lease, confirm };
    const forward = (): Promise<ForwardResult> => {
      progress.upstream = upstream.name;
      progress.sent = performance.now();
      return upstream.forward(req, res, outgoing, responseHeaders, options);
    };
    const { tenant } = progress;
    return tenant === undefined ? forward() : turns.run(tenant, forward);
  }

  #refuse(req: IncomingMessage, res: ServerResponse, error: unknown, progress: Progress): void {
    const denial: Denial =
      error instanceof DenialError
        ? error
        : { reason: 'internal_error', message: 'The gateway failed to handle this request.' };
    if (!(error instanceof DenialError)) this.#parts.unexpected('request', error, progress.id);
    const status = statusOf(denial, progress.match?.operation);
    const recorder = this.#recorder;
    recorder.run(progress, () => {
      if (res.headersSent || res.destroyed) return;
      const link = this.#linkToTeams(progress);
      progress.bytesOut = answerDenial(req, res, denial, status, progress.id, progress.responseHeaders, link);
    });
    // The response had begun, or could not be written.
    if (!res.writableEnded) recorder.run(progress, () => answerAtLast(res));
    const decision = isFailure(status) ? 'error' : 'deny';
    recorder.record(progress, { status, decision, reason: denial.reason });
  }
}

const isEncrypted = ({ socket }: IncomingMessage): boolean =>
  'encrypted' in socket && socket.encrypted === true;

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
    'Unknown operation. The gateway forwards only the operations of its catalog.',
  );
}
