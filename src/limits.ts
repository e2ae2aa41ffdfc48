/** A bound on what one caller, or all callers together, can make the gateway do. */
export interface Limit {
  readonly value: number;
  /** How `value` is written in the documentation. */
  readonly unit: 'bytes' | 'characters' | 'items' | 'levels' | 'seconds' | 'milliseconds' | 'times';
  /** What is bounded, as a noun phrase. */
  readonly what: string;
  /** What a caller gets, or what the gateway does, beyond the bound. */
  readonly beyond: string;
  /** The variable that sets it, where one does; `value` is then its default. */
  readonly setting?: string;
}

/**
 * Every bound of the gateway that a caller can meet, in one table: the code reads `value`, and codegen writes the table
 * of limits in SECURITY.md. A bound that is not here is not documented, so put it here.
 *
 * @example
 * if (raw.length > LIMITS.targetLength.value) throw new DenialError('malformed_path', '...');
 */
export const LIMITS = {
  targetLength: {
    value: 16_384,
    unit: 'characters',
    what: 'request target',
    beyond: '400 `malformed_path`',
  },
  lookupsPerRequest: {
    value: 1_000,
    unit: 'items',
    what: 'different resources in one request (a GraphQL document is one) that MLflow has to be asked about',
    beyond: '400 `invalid_field`, before MLflow is asked anything',
  },
  lookupsAtOncePerRequest: {
    value: 8,
    unit: 'items',
    what: 'look-ups under way for one request',
    beyond: 'the next one begins when one has ended; after the first refusal none begins',
  },
  lookupsAtOncePerTenant: {
    value: 16,
    unit: 'items',
    what: 'look-ups under way for one tenant',
    beyond: 'they wait for one another',
  },
  lookupsAtOnce: {
    value: 32,
    unit: 'items',
    what: 'look-ups under way for all tenants',
    beyond: 'they wait, and tenants take turns',
  },
  unknownInSearch: {
    value: 1_000,
    unit: 'items',
    what: 'resources in one search under `tags` of which the gateway does not know whether they are the tenant’s',
    beyond: '400 `invalid_field`',
  },
  listedForSearch: {
    value: 500,
    unit: 'items',
    what: 'names of the tenant’s that a search is narrowed to under `tags`, where the search has no filter for tags',
    beyond: '400 `invalid_field`',
  },
  // The deepest names that a store takes are those of Azure Storage (254 segments); the API's own words come before.
  pathSegments: {
    value: 300,
    unit: 'items',
    what: 'segments of a path',
    beyond: '400 `malformed_path`',
  },
  headBytes: {
    value: 32 * 1024,
    unit: 'bytes',
    what: 'head of a request: request line and headers',
    beyond: '431 `malformed_request`',
  },
  headerLines: {
    value: 100,
    unit: 'items',
    what: 'header lines of a request',
    beyond: '400 `malformed_header` or 431 `malformed_request`',
  },
  headTime: {
    value: 15,
    unit: 'seconds',
    what: 'time for the head of a request, the first one of a connection included',
    beyond: '408 `malformed_request`; a connection on which nothing was sent is closed',
  },
  forwardedHops: {
    value: 32,
    unit: 'items',
    what: 'trusted proxies in `X-Forwarded-For`, from the right',
    beyond: '400 `malformed_header`',
  },
  tokenLength: {
    value: 16_384,
    unit: 'characters',
    what: 'bearer token',
    beyond: '401 `token_invalid`',
  },
  // An idle one costs about 10 KB, one with an unfinished head 32 KiB more: 2,048 of them stay below 100 MB.
  connections: {
    value: 2_048,
    unit: 'items',
    what: 'connections of callers at once, to each of the ports for callers and for jobs',
    beyond: 'idle connections are closed, and new ones refused until there is room',
  },
  idleConnection: {
    value: 75,
    unit: 'seconds',
    what: 'time that a connection is kept without a request',
    beyond: 'the connection is closed',
  },
  waitingRequests: {
    value: 16,
    unit: 'items',
    what: 'requests that wait on a connection for the answer to an earlier one (pipelining)',
    beyond: 'the connection is closed, audited as `malformed_request`',
  },
  refusedConnectionTime: {
    value: 1_000,
    unit: 'milliseconds',
    what: 'time that a connection is kept after an upgrade, CONNECT or malformed head was refused',
    beyond: 'the connection is closed',
  },
  refusedConnectionBytes: {
    value: 64 * 1024,
    unit: 'bytes',
    what: 'bytes that are read and thrown away on such a connection',
    beyond: 'the connection is closed',
  },
  metricsConnections: {
    value: 32,
    unit: 'items',
    what: 'connections at once to `GW_METRICS_PORT`',
    beyond: 'idle connections are closed, and new ones refused until there is room',
  },
  webhookConnections: {
    value: 256,
    unit: 'items',
    what: 'connections at once to the admission webhook',
    beyond: 'idle connections are closed, and new ones refused until there is room',
  },
  webhookTime: {
    value: 10,
    unit: 'seconds',
    what: 'time for the TLS handshake, and for a whole request, at the admission webhook',
    beyond: 'the connection is closed',
  },
} as const satisfies Record<string, Limit>;
