import { DenialError } from '../denial.ts';
import type { HeaderBag } from './headers.ts';
import { WORKSPACE_HEADER } from './workspace-header.ts';

const ALLOWED_HEADERS = `authorization, content-type, ${WORKSPACE_HEADER}, x-request-id, x-tenant, x-subject`;
const DEFAULT_PORTS = { http: ':80', https: ':443' } as const;

/**
 * Decides whether a browser page may send requests: pages served through the gateway itself and pages of the configured origins.
 * The `Origin` field is not passed on to MLflow, which has a check of its own.
 */
export class OriginCheck {
  readonly #allowed: ReadonlySet<string>;

  /** @param allowed origins as `scheme://host[:port]`, already validated */
  constructor(allowed: readonly string[]) {
    this.#allowed = new Set(allowed.map((origin) => origin.toLowerCase()));
  }

  /**
   * @param host the host that the request is addressed to
   * @returns the CORS header fields of the response; none for a same-origin request or one without `Origin`
   * @throws DenialError `origin_refused`
   */
  check(headers: HeaderBag, host: string | undefined): Readonly<Record<string, string>> {
    const origin = headers.get('origin');
    if (origin === undefined) return NONE;
    if (this.#allowed.has(origin.toLowerCase())) {
      return {
        'access-control-allow-origin': origin,
        'access-control-allow-credentials': 'true',
        'access-control-expose-headers': 'x-request-id',
        vary: 'Origin',
      };
    }
    if (sameHost(origin, host)) return NONE;
    throw new DenialError(
      'origin_refused',
      'Requests from this Origin are not allowed (GW_ALLOWED_ORIGINS).',
    );
  }

  /** The header fields of the response to a CORS preflight. @throws DenialError `origin_refused` */
  preflight(headers: HeaderBag, host: string | undefined): Readonly<Record<string, string>> {
    return {
      ...this.check(headers, host),
      'access-control-allow-methods': 'GET, POST, PUT, PATCH, DELETE',
      'access-control-allow-headers': ALLOWED_HEADERS,
      'access-control-max-age': '600',
    };
  }
}

const NONE: Readonly<Record<string, string>> = Object.freeze({});

/**
 * Whether a page's origin is the host that the request is addressed to. The scheme is not compared: behind a proxy the gateway may
 * not know it.
 */
export function sameHost(origin: string, host: string | undefined): boolean {
  const parts = /^(https?):\/\/([^/?#@]+)$/i.exec(origin);
  if (parts === null || host === undefined) return false;
  const port = DEFAULT_PORTS[parts[1]!.toLowerCase() as 'http' | 'https'];
  return bare(parts[2]!, port) === bare(host, port);
}

function bare(host: string, port: string): string {
  const lower = host.toLowerCase();
  return lower.endsWith(port) ? lower.slice(0, -port.length) : lower;
}
