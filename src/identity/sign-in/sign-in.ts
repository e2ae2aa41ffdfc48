import type { IncomingMessage, ServerResponse } from 'node:http';
import { DenialError } from '../../denial.ts';
import { answer } from '../../http/answer.ts';
import { cookiesNamed } from '../../http/cookies.ts';
import type { HeaderBag } from '../../http/headers.ts';
import { HTML, isNavigation, OWN_PAGE_POLICY, refuseOtherSites } from '../../http/own-page.ts';
import { readPageForm } from '../../request/page-form.ts';
import { isSubject, TENANT_PATTERN } from '../claims.ts';
import { SIGN_IN_PATH, SIGN_OUT_PATH, signInPage } from './page.ts';
import { SESSION_SECONDS, type Session, Sessions } from './session.ts';

const COOKIE = 'mlflow-gateway-dev';

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
    const [value] = cookiesNamed(headers, COOKIE);
    return value === undefined ? undefined : this.#sessions.read(value);
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
    const own = { 'x-request-id': id, 'content-security-policy': OWN_PAGE_POLICY };
    if (path === SIGN_IN_PATH || path === SIGN_OUT_PATH) {
      if (req.method === 'GET' || req.method === 'HEAD') return this.#show(req, res, headers, own);
      if (req.method !== 'POST')
        throw new DenialError('method_not_allowed', 'This path serves GET, HEAD, POST.', {
          allow: 'GET, HEAD, POST',
        });
      refuseOtherSites(headers, 'Only the gateway’s own page may sign users in or out.');
      return path === SIGN_IN_PATH
        ? this.#signIn(req, res, headers, own, secure)
        : this.#redirect(req, res, SIGN_IN_PATH, { ...own, 'set-cookie': this.#cookie('', 0, secure) });
    }
    const signedIn = headers.get('x-tenant') !== undefined || this.session(headers) !== undefined;
    if (signedIn || !isNavigation(req, headers)) return undefined;
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
    const form = await readPageForm(req, headers);
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
