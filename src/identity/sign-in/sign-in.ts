import type { IncomingMessage, ServerResponse } from 'node:http';
import { DenialError } from '../../denial.ts';
import { answer } from '../../http/answer.ts';
import type { HeaderBag } from '../../http/headers.ts';
import { LIMITS } from '../../limits.ts';
import { readBytes } from '../../request/body.ts';
import { isSubject, TENANT_PATTERN } from '../claims.ts';
import { SIGN_IN_PATH, SIGN_OUT_PATH, signInPage } from './page.ts';
import { SESSION_SECONDS, type Session, Sessions } from './session.ts';

const COOKIE = 'mlflow-gateway-dev';
const MAX_FORM_BYTES = LIMITS.signInForm.value;
const FORM_TIMEOUT_MS = LIMITS.signInTime.value * 1_000;
const FORM = 'application/x-www-form-urlencoded';

/**
 * Mode `off` only: a page that asks for the tenant, since a browser cannot send `X-Tenant` by itself.
 * The choice is not verified, like the header, and is kept in a signed session cookie.
 *
 * @example
 * const signIn = new SignIn();
 * signIn.session(headers); // undefined without a session cookie
 */
export class SignIn {
  readonly #prefix: string;
  readonly #sessions: Sessions;

  /** @param prefix the path that the gateway is served under; empty for none */
  constructor(prefix = '', sessions = new Sessions()) {
    this.#prefix = prefix;
    this.#sessions = sessions;
  }

  /** The caller in the cookie; `undefined` if the request has `X-Tenant`. */
  session(headers: HeaderBag): Session | undefined {
    if (headers.get('x-tenant') !== undefined) return undefined;
    for (const pair of (headers.get('cookie') ?? '').split(/[;,]/)) {
      const [name, value] = pair.trim().split('=');
      if (name === COOKIE && value !== undefined) return this.#sessions.read(value);
    }
    return undefined;
  }

  /**
   * Answers requests for the sign-in page (`path` is below the prefix), and redirects browsers without a session to it.
   *
   * @param secure whether the caller uses https: the cookie is then sent over https only
   * @returns the status of the response; `undefined` for any other request
   * @throws DenialError for an unsupported method or content type, or an invalid form
   */
  async answer(
    req: IncomingMessage,
    res: ServerResponse,
    path: string,
    headers: HeaderBag,
    id: string,
    secure = false,
  ): Promise<number | undefined> {
    const own = { 'x-request-id': id, 'content-security-policy': POLICY };
    if (path === SIGN_IN_PATH || path === SIGN_OUT_PATH) {
      if (req.method === 'GET' || req.method === 'HEAD') return this.#show(req, res, headers, own);
      if (req.method !== 'POST')
        throw new DenialError('method_not_allowed', 'This path serves GET, HEAD, POST.', {
          allow: 'GET, HEAD, POST',
        });
      refuseOtherSites(headers);
      return path === SIGN_IN_PATH
        ? this.#signIn(req, res, headers, own, secure)
        : this.#redirect(req, res, SIGN_IN_PATH, { ...own, 'set-cookie': this.#cookie('', 0, secure) });
    }
    if (!isNavigation(req, headers) || this.session(headers) !== undefined) return undefined;
    return this.#redirect(req, res, SIGN_IN_PATH, own);
  }

  #show(
    req: IncomingMessage,
    res: ServerResponse,
    headers: HeaderBag,
    own: Readonly<Record<string, string>>,
  ): number {
    const current = this.session(headers);
    const page = signInPage({
      prefix: this.#prefix,
      tenant: current?.tenant ?? '',
      subject: current?.subject ?? '',
      current,
    });
    answer(req, res, 200, HTML, page, own);
    return 200;
  }

  async #signIn(
    req: IncomingMessage,
    res: ServerResponse,
    headers: HeaderBag,
    own: Readonly<Record<string, string>>,
    secure: boolean,
  ): Promise<number> {
    const form = await readForm(req, headers);
    const tenant = form.get('tenant') ?? '';
    const subject = form.get('subject') || 'anonymous';
    const problem = !TENANT_PATTERN.test(tenant)
      ? "A team is 1 to 128 letters, digits, '.', '_' or '-', and starts with a letter or digit."
      : !isSubject(subject)
        ? 'A name is at most 255 printable characters.'
        : undefined;
    if (problem !== undefined) {
      answer(req, res, 400, HTML, signInPage({ prefix: this.#prefix, tenant, subject, problem }), own);
      return 400;
    }
    const value = this.#sessions.write({ tenant, subject });
    const cookie = this.#cookie(value, SESSION_SECONDS, secure);
    return this.#redirect(req, res, '/', { ...own, 'set-cookie': cookie });
  }

  /** Limited to the prefix, so that other programs on the same host do not receive it. */
  #cookie(value: string, seconds: number, secure: boolean): string {
    return `${COOKIE}=${value}; Path=${this.#prefix}/; Max-Age=${seconds}; HttpOnly; SameSite=Strict${secure ? '; Secure' : ''}`;
  }

  #redirect(
    req: IncomingMessage,
    res: ServerResponse,
    to: string,
    headers: Readonly<Record<string, string>>,
  ): number {
    answer(req, res, 303, 'text/plain', '', { ...headers, location: `${this.#prefix}${to}` });
    return 303;
  }
}

const HTML = 'text/html; charset=utf-8';
/** The form may be sent to the gateway only. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'";

/** Whether a browser navigates to a page; false for a program and for a page's own request. */
function isNavigation(req: IncomingMessage, headers: HeaderBag): boolean {
  return (
    req.method === 'GET' &&
    headers.get('x-tenant') === undefined &&
    (headers.get('accept') ?? '').startsWith('text/html')
  );
}

/** Another site's page must not sign a user in or out (https://www.w3.org/TR/fetch-metadata/). */
function refuseOtherSites(headers: HeaderBag): void {
  const site = headers.get('sec-fetch-site');
  if (site !== undefined && site !== 'same-origin' && site !== 'none')
    throw new DenialError('origin_refused', 'Only the gateway’s own page may sign users in or out.');
}

async function readForm(req: IncomingMessage, headers: HeaderBag): Promise<URLSearchParams> {
  const [type = ''] = (headers.get('content-type') ?? '').split(';');
  if (type.trim().toLowerCase() !== FORM)
    throw new DenialError('unsupported_media_type', `The body must be ${FORM}.`);
  const bytes = await readBytes(req, headers, MAX_FORM_BYTES, FORM_TIMEOUT_MS);
  return new URLSearchParams(bytes.toString('utf8'));
}
