import type { IncomingMessage } from 'node:http';
import { DenialError } from '../denial.ts';
import type { HeaderBag } from './headers.ts';

/** The media type of the gateway's own pages. */
export const HTML = 'text/html; charset=utf-8';

/** The `Content-Security-Policy` of the gateway's own pages: no script, no frame, and forms for the gateway only. */
export const OWN_PAGE_POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'";

/**
 * Whether a browser opens a page; false for a program, for a page's own request, and for a frame.
 *
 * @see https://www.w3.org/TR/fetch-metadata/
 */
export function isNavigation(req: IncomingMessage, headers: HeaderBag): boolean {
  return (
    req.method === 'GET' &&
    (headers.get('accept') ?? '').startsWith('text/html') &&
    (headers.get('sec-fetch-mode') ?? 'navigate') === 'navigate' &&
    (headers.get('sec-fetch-dest') ?? 'document') === 'document'
  );
}

/**
 * Refuses a form that a page of another site sent.
 *
 * @param refusal a sentence that says what only the gateway's own page may do
 * @throws DenialError `origin_refused`
 * @see https://www.w3.org/TR/fetch-metadata/
 */
export function refuseOtherSites(headers: HeaderBag, refusal: string): void {
  const site = headers.get('sec-fetch-site');
  if (site !== undefined && site !== 'same-origin' && site !== 'none')
    throw new DenialError('origin_refused', refusal);
}
