import http from 'node:http';
import https from 'node:https';
import { isIP } from 'node:net';

/** How connections to MLflow are used: kept open for the next request, or a new one for each. */
export type ConnectionUse = 'keepalive' | 'fresh';

/**
 * uvicorn closes a connection that was idle for 5 s (`timeout_keep_alive`); the gateway does so earlier, so that the
 * two do not coincide: a request on a connection that the server closes at the same moment is lost.
 */
const IDLE_MS = 4_000;

/** TLS of the connections to MLflow, as PEM. */
export interface Credentials {
  /** Replaces the public authorities. */
  readonly ca?: string | undefined;
  /** The gateway's own certificate, with its chain, where MLflow requires one. */
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
}

export interface AgentsOptions extends Credentials {
  readonly secure: boolean;
  /** The host of the connection, which the certificate must name. By default Node uses the one in `Host`. */
  readonly certificateHost?: string;
  /** The most connections; further requests wait for one, within their time limit. */
  readonly maxSockets: number;
  readonly use: ConnectionUse;
}

/** The connections to MLflow, kept and fresh, and the kind in use now. */
export class Agents {
  readonly kept: http.Agent;
  readonly fresh: http.Agent;
  use: ConnectionUse;
  #options: AgentsOptions;

  constructor(options: AgentsOptions) {
    const { secure, certificateHost, maxSockets, use } = options;
    this.#options = options;
    const Agent = secure ? https.Agent : http.Agent;
    const common = {
      ...credentialsOf(options),
      // An address has no server name (RFC 6066 section 3); then the certificate is compared with the address itself.
      ...(certificateHost === undefined ? {} : { servername: isIP(certificateHost) ? '' : certificateHost }),
    };
    // The last used connection is used next, so that surplus connections become idle and close.
    const idle = { maxSockets, keepAlive: true, timeout: IDLE_MS, scheduling: 'lifo' as const };
    this.kept = new Agent({ ...common, ...idle, maxFreeSockets: 64 });
    // With a finite `maxSockets` Node would offer to keep the connection, and reuse it for a waiting request.
    this.fresh = new Agent({ ...common, keepAlive: false, maxTotalSockets: maxSockets });
    this.use = use;
  }

  /** The agent for the next request. */
  get current(): http.Agent {
    return this.use === 'fresh' ? this.fresh : this.kept;
  }

  /**
   * Opens new connections with other credentials. Node keeps connections apart by them, so a kept connection is not used again and
   * soon closes; requests in flight end as usual.
   */
  useCredentials(credentials: Credentials): void {
    const replaced = { ...NO_CREDENTIALS, ...credentials };
    this.#options = { ...this.#options, ...replaced };
    for (const agent of [this.kept, this.fresh])
      if (agent instanceof https.Agent) Object.assign(agent.options, replaced);
  }

  /** Separate connections for measurements, one of each kind at a time; close them afterwards. */
  forMeasuring(): Agents {
    return new Agents({ ...this.#options, maxSockets: 1 });
  }

  /** Ends every connection, also those in use. */
  close(): void {
    this.kept.destroy();
    this.fresh.destroy();
  }
}

const NO_CREDENTIALS: Credentials = { ca: undefined, cert: undefined, key: undefined };

function credentialsOf({ ca, cert, key }: Credentials): Credentials {
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
  };
}
