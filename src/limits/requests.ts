import type { Limit } from './limit.ts';

/** A request before its body: the connection, the head, the token. */
export const REQUEST_LIMITS = {
  targetLength: {
    value: 16_384,
    unit: 'characters',
    what: 'request target',
    beyond: '400 `malformed_path`',
  },
  // Azure Storage accepts the deepest names (254 segments); the segments of the API's own path are added.
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
  handshakeTime: {
    value: 10,
    unit: 'seconds',
    what: 'time for the TLS handshake of a caller',
    beyond: 'the connection is closed',
  },
  handshakeLogInterval: {
    value: 10,
    unit: 'seconds',
    what: 'time between two lines of the log about failed TLS handshakes',
    beyond: 'they are counted, and the next line has the number',
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
  subjectLength: {
    value: 255,
    unit: 'characters',
    what: 'subject of a token',
    beyond: '401 `subject_invalid`',
  },
  roleValues: {
    value: 1_024,
    unit: 'items',
    what: 'values of the role claims',
    beyond: 'the rest is ignored',
  },
  roleValueLength: {
    value: 512,
    unit: 'characters',
    what: 'value of a role claim',
    beyond: 'the value is ignored',
  },
  // An idle one costs about 10 KB, one with an unfinished head 32 KiB more: 2,048 of them stay below 100 MB.
  connections: {
    value: 2_048,
    unit: 'items',
    what: 'connections of callers at once, to each of the ports for callers and for jobs',
    beyond: 'idle connections are closed, and new ones refused until there is room',
  },
  // One costs about 75 KB, with an unfinished handshake too, and 100 KB with an unfinished head: 1,024 of them take 100 MB.
  tlsConnections: {
    value: 1_024,
    unit: 'items',
    what: 'connections of callers at once, if the port for callers speaks TLS',
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
    what: 'requests that wait on a connection for the response to an earlier one (pipelining)',
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
    what: 'bytes that are read and discarded on such a connection',
    beyond: 'the connection is closed',
  },
  pageForm: {
    value: 4_096,
    unit: 'bytes',
    what: "form of the gateway's own pages (choice of a team, sign-in of mode `off`)",
    beyond: '413 `body_too_large`',
  },
  returnPath: {
    value: 2_048,
    unit: 'characters',
    what: 'address that the page for the choice of a team returns to',
    beyond: 'the page returns to the start page',
  },
  pageFormTime: {
    value: 10,
    unit: 'seconds',
    what: 'time for that form',
    beyond: '400',
  },
} as const satisfies Record<string, Limit>;
