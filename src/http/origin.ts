import { DenialError } from '../denial.ts';
import type { HeaderBag } from './headers.ts';

const DEFAULT_PORTS = { http: ':80', https: ':443' } as const;

/**
 * Decides whether a browser page may call: pages served through the gateway itself, and the configured origins.
 * MLflow refuses foreign origins itself, but sees none, since the gateway checks here and sends none on.
 */
export class OriginCheck {
  readonly #allowed: ReadonlySet<string>;

  /** @param allowed origins as `scheme://host[:port]`, already validated */
  constructor(allowed: readonly string[]) {
    this.#allowed = new Set(allowed.map((origin) => origin.toLowerCase()));
  }

  /**
   * @param host the host the caller asked for
   * @returns the CORS headers of the answer; empty for same-origin requests and for callers that are no browser
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

  /** The answer to a CORS preflight from an allowed origin. @throws DenialError `origin_refused` */
  preflight(headers: HeaderBag, host: string | undefined): Readonly<Record<string, string>> {
    return {
      ...this.check(headers, host),
      'access-control-allow-methods': 'GET, POST, PUT, PATCH, DELETE',
      'access-control-allow-headers':
        'authorization, content-type, x-mlflow-workspace, x-request-id, x-tenant, x-subject',
      'access-control-max-age': '600',
    };
  }
}

const NONE: Readonly<Record<string, string>> = Object.freeze({});

function sameHost(origin: string, host: string | undefined): boolean {
  const parts = /^(https?):\/\/([^/?#@]+)$/i.exec(origin);
  if (parts === null || host === undefined) return false;
  const port = DEFAULT_PORTS[parts[1]!.toLowerCase() as 'http' | 'https'];
  return bare(parts[2]!, port) === bare(host, port);
}

function bare(host: string, port: string): string {
  const lower = host.toLowerCase();
  return lower.endsWith(port) ? lower.slice(0, -port.length) : lower;
}
