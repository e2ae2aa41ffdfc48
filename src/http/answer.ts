import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Denial, REASONS } from '../denial.ts';
import { LIMITS } from '../limits.ts';
import { escapeHtml } from './html.ts';

/** A link on the page of a denial. */
export interface Link {
  /** Relative. */
  readonly href: string;
  readonly text: string;
}

/**
 * Answers a request with a denial: JSON in the form of MLflow's errors, which its Python client raises as a readable exception, or a
 * small page for a browser.
 *
 * @param link for the page
 * @param status that of the reason code, or the one that MLflow uses instead
 * @returns the length of the body in bytes
 */
export function answerDenial(
  req: IncomingMessage,
  res: ServerResponse,
  denial: Denial,
  status: number,
  requestId: string,
  headers: Readonly<Record<string, string>> = {},
  link?: Link,
): number {
  const { errorCode } = REASONS[denial.reason];
  const html = wantsHtml(req);
  const body = html
    ? htmlPage(status, denial, requestId, link)
    : JSON.stringify({
        error_code: errorCode,
        message: denial.message,
        request_id: requestId,
        reason: denial.reason,
      });
  return answer(req, res, status, html ? 'text/html; charset=utf-8' : 'application/json', body, {
    ...headers,
    ...denial.headers,
    'x-request-id': requestId,
  });
}

/** Sends a small complete response. A large request body that is still arriving is cut off, not read to its end. */
export function answer(
  req: IncomingMessage,
  res: ServerResponse,
  status: number,
  type: string,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): number {
  const bytes = Buffer.from(body);
  const unread = !req.complete;
  res.writeHead(status, {
    'content-type': type,
    'content-length': bytes.length,
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'",
    ...headers,
    ...(unread ? { connection: 'close' } : {}),
  });
  res.end(req.method === 'HEAD' ? undefined : bytes);
  if (unread) discard(req);
  return bytes.length;
}

/**
 * Ends a request for which no other response could be written: with 500 and no body if nothing was sent yet. The connection is closed
 * in any case.
 */
export function answerAtLast(res: ServerResponse): void {
  if (res.headersSent || res.destroyed) {
    res.destroy();
    return;
  }
  // Left over from the failed attempt.
  for (const name of res.getHeaderNames()) res.removeHeader(name);
  res.writeHead(500, { connection: 'close', 'content-length': 0 });
  res.end(() => res.destroy());
}

function discard(req: IncomingMessage): void {
  let left: number = LIMITS.discardedBytes.value;
  const timer = setTimeout(() => req.destroy(), 5_000);
  timer.unref();
  req.on('data', (chunk: Buffer) => {
    left -= chunk.length;
    if (left < 0) req.destroy();
  });
  req.once('close', () => clearTimeout(timer));
  req.on('error', () => {});
  req.resume();
}

function wantsHtml(req: IncomingMessage): boolean {
  const accept = req.headers.accept ?? '';
  return req.method === 'GET' && accept.startsWith('text/html');
}

function htmlPage(status: number, denial: Denial, requestId: string, link: Link | undefined): string {
  const further =
    link === undefined ? '' : `<p><a href="${escapeHtml(link.href)}">${escapeHtml(link.text)}</a></p>`;
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>${status} ${denial.reason}</title>
<style>body{font:16px/1.5 system-ui,sans-serif;max-width:40rem;margin:15vh auto;padding:0 1rem}code{color:#555}</style>
<h1>${TITLES[status] ?? 'Request refused'}</h1><p>${escapeHtml(denial.message)}</p>${further}
<p><code>${denial.reason}</code><br><code>request ${escapeHtml(requestId)}</code></p></html>
`;
}

const TITLES: Readonly<Record<number, string>> = {
  303: 'Choose a team',
  400: 'This request cannot be understood',
  401: 'Sign-in required',
  403: 'Not allowed',
  404: 'Not found',
  422: 'This request cannot be understood',
  502: 'MLflow cannot be reached',
  503: 'Not ready yet',
  504: 'MLflow took too long',
};
