import type { IncomingMessage, ServerResponse } from 'node:http';
import { DenialError } from '../../denial.ts';
import { answer } from '../../http/answer.ts';
import type { Origination } from '../../http/forwarded.ts';
import type { HeaderBag } from '../../http/headers.ts';
import { sameHost } from '../../http/origin.ts';
import { HTML, OWN_PAGE_POLICY, refuseOtherSites } from '../../http/own-page.ts';
import type { Target } from '../../http/target.ts';
import type { Principal } from '../../identity/principal.ts';
import { readPageForm } from '../../request/page-form.ts';
import { teamPage } from './page.ts';
import { readReturnLink } from './return-path.ts';
import { readTeamCookie, writeTeamCookie } from './team-cookie.ts';

const METHODS = 'GET, HEAD, POST';
const OWN_PAGE_ONLY = 'Only the gateway’s own page may choose a team.';

/** A request for the page, whose caller is identified. */
export interface TeamPageRequest {
  /** Below the path that the gateway is served under. */
  readonly target: Target;
  readonly headers: HeaderBag;
  readonly principal: Principal;
  readonly origination: Pick<Origination, 'proto' | 'host'>;
  /** Further header fields of the response. */
  readonly own: Readonly<Record<string, string>>;
}

/** How the page answered. */
export interface TeamPageAnswer {
  readonly status: number;
  /** The tenant that the caller has just chosen. */
  readonly chosen?: string | undefined;
}

/**
 * The page that asks a caller with several tenants which one the browser works in. A cookie keeps the answer, because a
 * browser cannot send `X-MLFLOW-WORKSPACE` by itself.
 *
 * @example
 * const page = new TeamChoice('/mlflow');
 * await page.answer(req, res, { target, headers, principal, origination, own });
 */
export class TeamChoice {
  readonly #prefix: string;

  /** @param prefix the path that the gateway is served under; empty for none */
  constructor(prefix = '') {
    this.#prefix = prefix;
  }

  /**
   * Answers a request for the page.
   *
   * @throws DenialError for another method, an invalid way back or form, a page of another site, or a tenant that the token does not
   * grant
   */
  async answer(req: IncomingMessage, res: ServerResponse, request: TeamPageRequest): Promise<TeamPageAnswer> {
    const { method } = req;
    const back = readReturnLink(request.target.query);
    if (method === 'GET' || method === 'HEAD') return this.#show(req, res, request, back);
    if (method === 'POST') return this.#choose(req, res, request, back);
    throw new DenialError('method_not_allowed', `This path serves ${METHODS}.`, { allow: METHODS });
  }

  #show(
    req: IncomingMessage,
    res: ServerResponse,
    { headers, principal, own }: TeamPageRequest,
    back: string,
  ): TeamPageAnswer {
    const remembered = readTeamCookie(headers, principal);
    const page = teamPage({
      subject: principal.subject,
      grants: [...principal.grants.values()].toSorted((a, b) => (a.tenant < b.tenant ? -1 : 1)),
      current: remembered?.tenant,
      ignored: remembered?.ignored,
      back,
    });
    answer(req, res, 200, HTML, page, { ...own, 'content-security-policy': OWN_PAGE_POLICY });
    return { status: 200 };
  }

  async #choose(
    req: IncomingMessage,
    res: ServerResponse,
    { headers, principal, origination, own }: TeamPageRequest,
    back: string,
  ): Promise<TeamPageAnswer> {
    requireOwnPage(headers, origination.host);
    const form = await readPageForm(req, headers);
    const [chosen, ...more] = form.getAll('tenant');
    if (chosen === undefined || more.length > 0)
      throw new DenialError('invalid_field', 'The form must have one field "tenant".');
    if (!principal.grants.has(chosen))
      throw new DenialError('tenant_not_granted', 'The team named in the form is not one of yours.');
    const cookie = writeTeamCookie(principal, chosen, {
      prefix: this.#prefix,
      secure: origination.proto === 'https',
    });
    answer(req, res, 303, 'text/plain', '', { ...own, 'set-cookie': cookie, location: back });
    return { status: 303, chosen };
  }
}

/** Browsers send `Origin` with every form, and `Sec-Fetch-Site` too by https. A request without either is no form of this page. */
function requireOwnPage(headers: HeaderBag, host: string | undefined): void {
  refuseOtherSites(headers, OWN_PAGE_ONLY);
  const origin = headers.get('origin');
  const own = origin === undefined ? headers.get('sec-fetch-site') === 'same-origin' : sameHost(origin, host);
  if (!own) throw new DenialError('origin_refused', OWN_PAGE_ONLY);
}
