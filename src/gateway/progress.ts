import type { IncomingMessage } from 'node:http';
import type { Match } from '../catalog/match.ts';
import type { Origination } from '../http/forwarded.ts';
import { requestId } from '../http/request-id.ts';
import type { Principal } from '../identity/principal.ts';
import type { CanonicalRequest } from '../request/types.ts';
import type { IgnoredCookie } from '../tenancy/choice/team-cookie.ts';
import type { TenantChoice } from '../tenancy/select-tenant.ts';

/** The facts about a request so far. Its record is built from them, at whichever step of the line the request ended. */
export interface Progress {
  readonly id: string;
  /** Milliseconds of `performance.now()`. */
  readonly started: number;
  readonly method: string;
  /** The address of the connection. */
  readonly peer: string | undefined;
  /** Without the query. */
  path: string;
  origination?: Origination;
  /** Further header fields of the response, whoever writes it: CORS, and a note on an ignored cookie. */
  responseHeaders: Readonly<Record<string, string>>;
  match?: Match;
  request?: CanonicalRequest;
  principal?: Principal;
  tenant?: string;
  chosenBy?: TenantChoice;
  cookieIgnored?: IgnoredCookie;
  /** When the request was sent to MLflow; the time before is the gateway's own. */
  sent?: number;
  /** Set once MLflow may have received the request, with any outcome. */
  upstream?: string;
  bytesIn: number;
  bytesOut: number;
  /** Whether the record is written, or failed to be. */
  recorded?: true;
}

/** The longest path that is recorded before the request target is parsed, in UTF-16 code units. */
const LONGEST_PATH = 2048;

/**
 * Begins the progress of a request.
 *
 * @param req `undefined` for bytes that are not an HTTP request
 * @param peer the address of the connection
 */
export function beginProgress(
  req: IncomingMessage | undefined,
  peer: string | undefined,
  id: string = requestId(singleHeader(req, 'x-request-id')),
): Progress {
  return {
    id,
    started: performance.now(),
    method: req?.method ?? '',
    peer,
    path: (req?.url ?? '').split(/[?#]/, 1)[0]!.slice(0, LONGEST_PATH),
    responseHeaders: {},
    bytesIn: 0,
    bytesOut: 0,
  };
}

function singleHeader(req: IncomingMessage | undefined, name: string): string | undefined {
  const value = req?.headers[name];
  return typeof value === 'string' ? value : undefined;
}
