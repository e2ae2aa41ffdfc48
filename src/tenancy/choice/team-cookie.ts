import { createHash } from 'node:crypto';
import { cookiesNamed } from '../../http/cookies.ts';
import type { HeaderBag } from '../../http/headers.ts';
import type { Principal } from '../../identity/principal.ts';

/** The name of the cookie that keeps a browser's choice of a team. */
const TEAM_COOKIE = 'mlflow-gateway-team';

/** How long a browser keeps the choice, in seconds: 30 days. The choice is no proof of identity, so it need not end earlier. */
const SECONDS = 30 * 24 * 60 * 60;

/**
 * Why a cookie does not count: its text has another form, or there are several that differ; another caller chose; or the token does
 * not grant the tenant (any more).
 */
export type IgnoredCookie = 'malformed' | 'other_caller' | 'not_granted';

/** The team in the cookie, or why the cookie is ignored. */
type RememberedTeam =
  | { readonly tenant: string; readonly ignored?: undefined }
  | { readonly ignored: IgnoredCookie; readonly tenant?: undefined };

const FORM = /^([A-Za-z0-9_-]{22})\.([A-Za-z0-9][A-Za-z0-9._-]{0,127})$/;

/**
 * Reads the caller's choice of a team from the cookie. The cookie has no signature, as it can only select one of the tenants that the
 * token grants: whoever writes a cookie gains nothing. It names the caller who chose, so that a choice does not pass from one
 * user of a browser to the next (ADR 65).
 *
 * @returns `undefined` without a cookie
 * @example
 * readTeamCookie(headers, principal); // { tenant: 'vision' }
 */
export function readTeamCookie(
  headers: HeaderBag,
  principal: Pick<Principal, 'subject' | 'issuer' | 'grants'>,
): RememberedTeam | undefined {
  const [value, ...more] = cookiesNamed(headers, TEAM_COOKIE);
  if (value === undefined) return undefined;
  const parts = FORM.exec(value);
  if (parts === null || more.some((other) => other !== value)) return { ignored: 'malformed' };
  const [, caller, tenant] = parts;
  if (caller !== digestOf(principal)) return { ignored: 'other_caller' };
  return principal.grants.has(tenant!) ? { tenant: tenant! } : { ignored: 'not_granted' };
}

/**
 * Writes the `Set-Cookie` field for a choice.
 *
 * @param prefix the path that the gateway is served under; empty for none
 * @param secure whether the browser used https
 */
export function writeTeamCookie(
  principal: Pick<Principal, 'subject' | 'issuer'>,
  tenant: string,
  { prefix, secure }: { readonly prefix: string; readonly secure: boolean },
): string {
  const attributes = `Path=${prefix}/; Max-Age=${SECONDS}; HttpOnly; SameSite=Lax${secure ? '; Secure' : ''}`;
  return `${TEAM_COOKIE}=${digestOf(principal)}.${tenant}; ${attributes}`;
}

/** 128 bits, enough to tell callers apart. */
function digestOf({ issuer, subject }: Pick<Principal, 'subject' | 'issuer'>): string {
  const caller = JSON.stringify([issuer, subject]);
  return createHash('sha256').update(caller).digest().subarray(0, 16).toString('base64url');
}
