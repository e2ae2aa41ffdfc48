import type { IncomingMessage, ServerResponse } from 'node:http';
import { answer } from '../http/answer.ts';
import type { HeaderBag } from '../http/headers.ts';
import type { Target } from '../http/target.ts';
import { TEAM_PATH } from '../tenancy/choice/return-path.ts';
import { identifyCaller } from './identify-caller.ts';
import type { GatewayParts } from './parts.ts';
import type { Progress } from './progress.ts';
import type { Recorder } from './recorder.ts';

/**
 * Answers the requests that the gateway serves itself, without the catalog: probes, redirects to the path prefix, CORS preflights,
 * the sign-in page and the page that asks for the team. Checks the origin of all others.
 *
 * @param requestTarget the request target as the caller sent it
 * @returns the target below the path prefix, to be looked up in the catalog; `undefined` if the request is answered
 * @throws DenialError
 */
export async function answerBeforeCatalog(
  parts: GatewayParts,
  recorder: Recorder,
  req: IncomingMessage,
  res: ServerResponse,
  progress: Progress,
  requestTarget: Target,
  headers: HeaderBag,
): Promise<Target | undefined> {
  const { method } = req;
  const own = { 'x-request-id': progress.id };
  const { host, proto } = progress.origination!;

  if (isProbe(requestTarget.path) && (method === 'GET' || method === 'HEAD')) {
    // Probes are not recorded: they request no data of MLflow.
    await answerProbe(parts, req, res, requestTarget.path, own);
    return undefined;
  }

  if (parts.draining()) res.setHeader('connection', 'close');
  const { target, redirect } = parts.prefix.place(method, requestTarget);
  if (target === undefined) {
    answer(req, res, 308, 'text/plain', '', { location: redirect, ...own });
    recorder.record(progress, { status: 308, decision: 'allow', reason: 'redirect' });
    return undefined;
  }

  if (method === 'OPTIONS' && headers.get('origin') !== undefined) {
    const cors = parts.origins.preflight(headers, host);
    answer(req, res, 204, 'text/plain', '', { ...cors, ...own });
    recorder.record(progress, { status: 204, decision: 'allow', reason: 'preflight' });
    return undefined;
  }
  progress.responseHeaders = parts.origins.check(headers, host);

  const signedIn = await parts.signIn?.answer(req, res, target.path, headers, progress.id, proto === 'https');
  if (signedIn !== undefined) {
    recorder.record(progress, { status: signedIn, decision: 'allow', reason: 'sign_in' });
    return undefined;
  }
  if (parts.teams === undefined || target.path !== TEAM_PATH) return target;
  const principal = await identifyCaller(parts, headers, progress);
  const origination = progress.origination!;
  const page = { target, headers, principal, origination, own: { ...progress.responseHeaders, ...own } };
  const { status, chosen } = await parts.teams.answer(req, res, page);
  if (chosen !== undefined) {
    progress.tenant = chosen;
    progress.chosenBy = 'page';
  }
  recorder.record(progress, { status, decision: 'allow', reason: 'choose_team' });
  return undefined;
}

const isProbe = (path: string): boolean => path === '/healthz' || path === '/readyz';

async function answerProbe(
  parts: Pick<GatewayParts, 'notReady' | 'details'>,
  req: IncomingMessage,
  res: ServerResponse,
  path: string,
  headers: Readonly<Record<string, string>>,
): Promise<void> {
  const isReadiness = path === '/readyz';
  const reasons = isReadiness ? await parts.notReady() : [];
  const details = isReadiness ? parts.details() : [];
  const ok = reasons.length === 0;
  const body = JSON.stringify({
    ...(ok ? { status: 'ok' } : { status: 'unready', reasons }),
    ...(details.length === 0 ? {} : { details }),
  });
  answer(req, res, ok ? 200 : 503, 'application/json', body, headers);
}
