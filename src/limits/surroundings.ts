import type { Limit } from './limit.ts';

/** Limits outside the line: audit, metrics, identity provider, the pod, the admission webhook. */
export const SURROUNDING_LIMITS = {
  auditQueueBytes: {
    value: 8 * 1024 * 1024,
    unit: 'bytes',
    what: 'audit lines that wait to be written',
    beyond: 'lines are lost and counted, and the gateway is not ready',
  },
  providerDocument: {
    value: 1_048_576,
    unit: 'bytes',
    what: 'document of the identity provider, within 5 seconds',
    beyond: 'the last keys serve on, for 24 hours',
  },
  providerRedirects: {
    value: 3,
    unit: 'items',
    what: 'redirects on the way to such a document, all at the same scheme, host and port',
    beyond: 'the last keys serve on, for 24 hours',
  },
  serviceAccountFile: {
    value: 262_144,
    unit: 'bytes',
    what: 'file with the gateway’s own token, or with the authorities of the API server, for `keys: cluster`',
    beyond: 'the last keys serve on, for 24 hours',
  },
  readinessTime: {
    value: 5,
    unit: 'seconds',
    what: 'time that MLflow has to answer the search for experiments of `/readyz`',
    beyond: 'the gateway is not ready, once the last response is 20 seconds old',
  },
  readinessFresh: {
    value: 5,
    unit: 'seconds',
    what: 'time that MLflow’s response to that search is cached for `/readyz` (a problem: 1 second)',
    beyond: 'the search is repeated, once for simultaneous requests',
  },
  readinessGrace: {
    value: 20,
    unit: 'seconds',
    what: 'time that the last such response keeps the gateway ready while MLflow does not answer, or answers 5xx',
    beyond: 'the gateway is not ready',
  },
  metricsConnections: {
    value: 32,
    unit: 'items',
    what: 'connections at once to `GW_METRICS_PORT`',
    beyond: 'idle connections are closed, and new ones refused until there is room',
  },
  metricsHeadTime: {
    value: 5,
    unit: 'seconds',
    what: 'time for the head of a request at `GW_METRICS_PORT`',
    beyond: 'the connection is closed',
  },
  metricsHeadBytes: {
    value: 8 * 1024,
    unit: 'bytes',
    what: 'head of a request at `GW_METRICS_PORT`',
    beyond: '431',
  },
  mlflowMetricsBytes: {
    value: 4 * 1024 * 1024,
    unit: 'bytes',
    what: 'MLflow’s own metrics, as `GW_METRICS_MLFLOW` serves them',
    beyond: '502',
  },
  mlflowMetricsTime: {
    value: 8,
    unit: 'seconds',
    what: 'time that MLflow has to send them; simultaneous requests get the same response',
    beyond: '504',
  },
  unknownPathSegments: {
    value: 12,
    unit: 'items',
    what: 'segments of a refused path that its template has, in `mlflow_gateway_unknown_operations_total`',
    beyond: 'the rest is left out',
  },
  unknownPathWord: {
    value: 24,
    unit: 'characters',
    what: 'name of a resource in such a template that the catalog lacks',
    beyond: 'it is written `{}`',
  },
  unknownOperations: {
    value: 100,
    unit: 'items',
    what: 'different templates of refused paths, with their methods, for the life of the process',
    beyond: 'the others are counted together, as `other`',
  },
  unknownOperationCallers: {
    value: 16,
    unit: 'items',
    what: 'callers at once who are identified in order to count their refused paths',
    beyond: 'the refused path is not counted',
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
  webhookMessage: {
    value: 2_000,
    unit: 'characters',
    what: 'message of the admission webhook that refuses a pod',
    beyond: 'the problems that do not fit are counted',
  },
  socketTable: {
    value: 16 * 1024 * 1024,
    unit: 'bytes',
    what: 'the pod’s table of sockets (one row a connection) that a sidecar reads, for IPv4 and for IPv6, at most once a second',
    beyond: 'the rest is not read: it holds connections, since listening sockets come first',
  },
  foundListeners: {
    value: 20,
    unit: 'items',
    what: 'addresses that `/readyz` and the log name when something listens in the pod that must not',
    beyond: 'the others are counted',
  },
  identifyResponse: {
    value: 256,
    unit: 'bytes',
    what: 'response at an allowed port of the pod that is compared with MLflow’s health check and version',
    beyond: 'it is not a response of MLflow',
  },
  identifyTime: {
    value: 2_000,
    unit: 'milliseconds',
    what: 'time that an address of the pod has to answer when a sidecar checks it for MLflow',
    beyond: 'the last result for that address stands',
  },
} as const satisfies Record<string, Limit>;
