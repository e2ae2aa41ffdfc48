import { DenialError } from '../denial.ts';
import type { BodyBudget } from '../http/body-budget.ts';
import { LIMITS } from '../limits.ts';
import type { Address } from './address.ts';
import { ask as askEndpoint } from './ask.ts';
import { Availability, type UpstreamLogger } from './availability.ts';
import { endpointOf } from './endpoint.ts';
import { Forwarder } from './forwarder.ts';
import { locationReader } from './location.ts';
import { type Credentials, Pools } from './pools.ts';
import { SocketGuard } from './socket-guard.ts';
import { chooseUse, measureStall } from './stall.ts';
import type { OutgoingRequest, Upstream } from './types.ts';
import { judgeStatus } from './unusable-response.ts';

export interface UpstreamOptions {
  readonly address: Address;
  /** Path of MLflow's health check, from the catalog, without the prefix. */
  readonly healthPath: string;
  /** MLflow's `--static-prefix`: put before every path that is sent. Starts with `/`, never ends in one. Default: none. */
  readonly prefix?: string;
  /** The `Host` in requests to MLflow. Default: host and port of the address, `localhost` for a socket. */
  readonly host?: string;
  /** The path that the gateway itself is served under, for addresses in responses. Default: none. */
  readonly publicPrefix?: string;
  /**
   * Whether TCP connections are kept. `auto`: measured whenever MLflow comes up (see `measureStall`). Connections to a
   * Unix socket are always kept. Default `auto`.
   */
  readonly connections?: 'auto' | 'keepalive' | 'fresh';
  /** Remove MLflow's Unix socket when it is stale (see `SocketGuard`). Default `false`: only report it. */
  readonly socketCleanup?: boolean;
  /** For `https`. Default: the public authorities, and no certificate of the gateway's own. */
  readonly credentials?: Credentials;
  /** The time until the first byte of a response, once the request is sent, and for a whole response read into memory. */
  readonly requestTimeoutMs: number;
  /** How long a body may stall, in either direction. No limit while bytes move. Default 300,000. */
  readonly streamIdleTimeoutMs?: number;
  /** The most connections to MLflow; further requests wait, within their time limit. Default 256. */
  readonly maxSockets?: number;
  /** The memory for responses that are read whole. If absent, only the limit per response applies. */
  readonly budget?: BodyBudget | undefined;
  readonly logger: UpstreamLogger;
}

/** A connection to MLflow whose TLS credentials can be replaced. */
export interface ConnectedUpstream extends Upstream {
  /** Replaces the credentials. Open connections finish their request and are then closed. */
  useCredentials(credentials: Credentials): void;
}

/** Budget key for the gateway's own requests. The space prevents a clash with tenant names. */
const OWN_QUESTIONS = 'own questions';
/** For responses to the gateway's own requests. */
const ASK_LIMIT = LIMITS.questionAnswer.value;
/** For the health check: a readiness probe does not wait longer. */
const HEALTH_TIMEOUT_MS = 5_000;

/**
 * Connects the gateway to one MLflow. No connection is opened before the first request.
 *
 * - A GET that fails on a kept connection before the response is sent once more. No other request is repeated.
 * - `ForwardResult.status` is 499 when the caller left before MLflow had answered.
 * - A caller who stops sending gets `malformed_request`; one who stops reading is cut off.
 *
 * @throws DenialError from `forward` and `ask`: `upstream_unreachable`, `upstream_timeout`, `upstream_invalid`; from
 *   `forward` also `malformed_request`
 * @example
 * const upstream = createUpstream({
 *   address: { kind: 'unix', path: '/run/mlflow/mlflow.sock' }, healthPath, requestTimeoutMs: 30_000, logger: log,
 * });
 * const { status, aborted } = await upstream.forward(req, res, outgoing, { 'x-request-id': id });
 */
export function createUpstream(options: UpstreamOptions): ConnectedUpstream {
  const {
    address,
    healthPath,
    prefix = '',
    publicPrefix = '',
    connections = 'auto',
    socketCleanup = false,
    logger,
    requestTimeoutMs,
  } = options;
  const endpoint = endpointOf(address, {
    prefix,
    ...(options.host === undefined ? {} : { host: options.host }),
  });
  const pools = new Pools({
    endpoint,
    connectTimeoutMs: requestTimeoutMs,
    maxSockets: options.maxSockets ?? 256,
    use: connections === 'fresh' && !endpoint.unix ? 'fresh' : 'keepalive',
    ...options.credentials,
    ...(address.kind === 'https' ? { certificateHost: address.host } : {}),
  });
  const healthCheck: OutgoingRequest = { method: 'GET', path: healthPath, headers: {}, body: undefined };
  const healthVia = async (pool: Pools['kept']): Promise<void> => {
    const timeoutMs = Math.min(HEALTH_TIMEOUT_MS, requestTimeoutMs);
    const response = await askEndpoint(endpoint, healthCheck, {
      pool,
      fallback: pools.fresh,
      timeoutMs,
      limit: ASK_LIMIT,
    });
    const wrong = judgeStatus(response, { what: 'its health check', prefix, host: endpoint.hostHeader });
    if (wrong !== undefined) throw new Error(wrong.why);
  };
  const measure = async (): Promise<void> => {
    const probe = pools.forMeasuring();
    try {
      const measured = await measureStall((kind) => healthVia(probe[kind]));
      pools.use = chooseUse(measured);
      logger.info(
        {
          upstream: endpoint.name,
          connections: pools.use,
          kept_ms: round(measured.keptMs),
          fresh_ms: round(measured.freshMs),
        },
        'measured connections to MLflow',
      );
    } catch (error) {
      // MLflow is down again; it is measured the next time it comes up.
      logger.warn(
        { upstream: endpoint.name, why: (error as Error).message },
        'could not measure connections to MLflow',
      );
    } finally {
      probe.close();
    }
  };
  const availability = new Availability({
    name: endpoint.name,
    health: () => healthVia(pools.current),
    ...(address.kind === 'unix'
      ? { guard: new SocketGuard({ path: address.path, cleanup: socketCleanup }) }
      : {}),
    guardAlways: endpoint.unix && socketCleanup,
    logger,
    onUp: () => {
      if (connections === 'auto' && !endpoint.unix) void measure();
    },
  });
  const onResponse = (): void => availability.noteResponse();
  const onFailure = (): void => availability.noteFailure();
  const forwarder = new Forwarder({
    endpoint,
    pools,
    onResponse,
    onFailure,
    requestTimeoutMs,
    streamIdleTimeoutMs: options.streamIdleTimeoutMs ?? 300_000,
    location: locationReader({ hostHeader: endpoint.hostHeader, upstreamPrefix: prefix, publicPrefix }),
  });
  return {
    name: endpoint.name,
    host: endpoint.hostHeader,
    forward: (req, res, outgoing, responseHeaders, options) =>
      forwarder.forward(req, res, outgoing, responseHeaders, options),
    async ask(outgoing, { timeoutMs = requestTimeoutMs, limit = ASK_LIMIT } = {}) {
      const lease = options.budget?.open(OWN_QUESTIONS, '');
      try {
        const response = await askEndpoint(endpoint, outgoing, {
          lease,
          pool: pools.current,
          fallback: pools.fresh,
          timeoutMs,
          limit,
        });
        onResponse();
        return response;
      } catch (error) {
        if (error instanceof DenialError && error.reason !== 'body_budget_exhausted') onFailure();
        throw error;
      } finally {
        // The gateway reads the response immediately and keeps little of it.
        lease?.release();
      }
    },
    reachable: () => availability.check(),
    useCredentials: (credentials) => pools.useCredentials(credentials),
    close() {
      forwarder.close();
      availability.close();
      pools.close();
    },
  };
}

const round = (ms: number): number => Math.round(ms * 10) / 10;
