import { isIP } from 'node:net';
import type { buildConnector, Dispatcher } from 'undici';
import connectorFor from 'undici/lib/core/connect.js';
import Pool from 'undici/lib/dispatcher/pool.js';
import type { Endpoint } from './endpoint.ts';
import { noteUse } from './failures.ts';

/** How connections to MLflow are used: kept open for the next request, or a new one for each. */
export type ConnectionUse = 'keepalive' | 'fresh';

/**
 * uvicorn closes a connection that was idle for 5 s (`timeout_keep_alive`); the gateway does so earlier, so that the
 * two do not coincide: a request on a connection that the server closes at the same moment is lost. undici's timers
 * are up to a second late.
 */
const IDLE_MS = 3_000;

/** TLS of the connections to MLflow, as PEM. */
export interface Credentials {
  /** Replaces the public authorities. */
  readonly ca?: string | undefined;
  /** The gateway's own certificate, with its chain, where MLflow requires one. */
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
}

export interface PoolsOptions extends Credentials {
  readonly endpoint: Endpoint;
  /** The host of the connection, which the certificate must name. By default it is the one in `Host`. */
  readonly certificateHost?: string;
  /** The most connections; further requests wait for one, within their time limit. */
  readonly maxSockets: number;
  readonly use: ConnectionUse;
  /** How long the set-up of a connection may take. */
  readonly connectTimeoutMs: number;
}

/** The connections to MLflow, kept and fresh, and the kind in use now. */
export class Pools {
  use: ConnectionUse;
  #options: PoolsOptions;
  #kept: Pool;
  #fresh: Pool;

  constructor(options: PoolsOptions) {
    this.#options = options;
    this.use = options.use;
    this.#kept = poolOf(options, 1);
    this.#fresh = poolOf(options, 0);
  }

  /** For the next request. */
  get current(): Dispatcher {
    return this.use === 'fresh' ? this.#fresh : this.#kept;
  }

  get kept(): Dispatcher {
    return this.#kept;
  }

  /** A new connection for each request. */
  get fresh(): Dispatcher {
    return this.#fresh;
  }

  /** Opens new connections with other credentials; requests in flight end as usual, on theirs. */
  useCredentials({ ca, cert, key }: Credentials): void {
    const old = [this.#kept, this.#fresh];
    this.#options = { ...this.#options, ca, cert, key };
    this.#kept = poolOf(this.#options, 1);
    this.#fresh = poolOf(this.#options, 0);
    for (const pool of old) pool.close().catch(() => {});
  }

  /** Separate connections for measurements, one of each kind at a time; close them afterwards. */
  forMeasuring(): Pools {
    return new Pools({ ...this.#options, maxSockets: 1 });
  }

  /** Ends every connection, also those in use. */
  close(): void {
    for (const pool of [this.#kept, this.#fresh]) pool.destroy().catch(() => {});
  }
}

/** @param pipelining requests that a connection has in flight; 0 closes it after one */
function poolOf(options: PoolsOptions, pipelining: 0 | 1): Pool {
  const { endpoint, maxSockets, connectTimeoutMs } = options;
  return new Pool(endpoint.origin, {
    connect: connectorOf(options),
    connections: maxSockets,
    pipelining,
    allowH2: false,
    keepAliveTimeout: IDLE_MS,
    keepAliveMaxTimeout: IDLE_MS,
    keepAliveTimeoutThreshold: 0,
    connectTimeout: connectTimeoutMs,
    // The exchanges have time limits of their own.
    headersTimeout: 0,
    bodyTimeout: 0,
  });
}

function connectorOf({ endpoint, certificateHost, connectTimeoutMs, ca, cert, key }: PoolsOptions) {
  const connect = connectorFor({
    allowH2: false,
    timeout: connectTimeoutMs,
    ...(endpoint.socketPath === undefined ? {} : { socketPath: endpoint.socketPath }),
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
  });
  // An address has no server name (RFC 6066 section 3); then the certificate is compared with the address itself.
  const named =
    certificateHost === undefined
      ? {}
      : { host: '', servername: isIP(certificateHost) ? '' : certificateHost };
  return (options: buildConnector.Options, done: buildConnector.Callback): void =>
    connect({ ...options, ...named }, (...connected) => {
      const [, socket] = connected;
      socket?.prependListener('error', (error) => noteUse(error, socket.bytesRead));
      done(...connected);
    });
}
