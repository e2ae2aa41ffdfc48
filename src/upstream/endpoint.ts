import { type Address, addressName } from './address.ts';

/** An address prepared for requests: computed once, read on every request. */
export interface Endpoint {
  readonly name: string;
  /** The `Host` sent to MLflow: by default the address; configurable, since MLflow may accept other hosts only. */
  readonly hostHeader: string;
  /** MLflow's `--static-prefix`, put before every path that is sent; empty for none, never ends in `/`. */
  readonly prefix: string;
  /** Kept connections never stall on a Unix socket. */
  readonly unix: boolean;
  /** Scheme, host and port of the connections; for a socket a placeholder. */
  readonly origin: string;
  readonly socketPath: string | undefined;
}

/** Options for the requests to an address. */
export interface EndpointOptions {
  /** MLflow's `--static-prefix`. Default: none. */
  readonly prefix?: string;
  /** The `Host` in requests to MLflow, in place of the address. */
  readonly host?: string;
}

/**
 * Prepares an address for requests. Opens nothing.
 *
 * @example
 * endpointOf({ kind: 'http', origin: 'http://[::1]:5000', host: '::1', port: 5000 }).hostHeader; // '[::1]:5000'
 */
export function endpointOf(address: Address, { prefix = '', host }: EndpointOptions = {}): Endpoint {
  const unix = address.kind === 'unix';
  return {
    name: addressName(address),
    // MLflow's host check accepts `localhost`; a socket has no name of its own.
    hostHeader: host ?? (unix ? 'localhost' : address.origin.slice(address.origin.indexOf('//') + 2)),
    prefix,
    unix,
    origin: unix ? 'http://localhost' : address.origin,
    socketPath: unix ? address.path : undefined,
  };
}
