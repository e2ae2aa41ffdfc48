/** A bound on what one caller, or all callers together, can make the gateway do. */
export interface Limit {
  readonly value: number;
  /** How `value` is written in the documentation. */
  readonly unit:
    | 'bytes'
    | 'percent'
    | 'characters'
    | 'items'
    | 'levels'
    | 'seconds'
    | 'milliseconds'
    | 'times';
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
  // Of the 256 connections to MLflow the rest is for look-ups.
  requestsAtOnce: {
    value: 224,
    unit: 'items',
    what: 'requests of all tenants under way at MLflow',
    beyond:
      'they wait, and tenants take turns; 503 `tenant_busy` when a turn does not come in time (`GW_REQUEST_TIMEOUT_SECONDS`)',
  },
  requestsAtOncePerTenant: {
    value: 128,
    unit: 'items',
    what: 'requests of one tenant under way at MLflow',
    beyond: 'the same',
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
  bodyBytes: {
    value: 4 * 1024 * 1024,
    unit: 'bytes',
    what: 'JSON or OTLP body, also after decompression',
    beyond: '413 `body_too_large`',
    setting: 'GW_MAX_BODY_BYTES',
  },
  // A log-batch of MLflow's, which has at most 1,000 metrics, 100 params and 100 tags (MAX_METRICS_PER_BATCH,
  // MAX_PARAMS_TAGS_PER_BATCH in mlflow/utils/validation.py), has 18,000 at the most.
  jsonTokens: {
    value: 50_000,
    unit: 'items',
    what: 'values and keys in a JSON body, together',
    beyond: '413 `body_too_large`',
  },
  jsonDepth: {
    value: 100,
    unit: 'levels',
    what: 'nesting of a JSON body',
    beyond: '400 `malformed_body`',
  },
  // Each is kept as text, which costs a microsecond.
  jsonBigIntegers: {
    value: 10_000,
    unit: 'items',
    what: 'integers beyond 2^53 in a JSON body',
    beyond: '413 `body_too_large`',
  },
  // The lexer reads it a character at a time; the pages of MLflow send less than 2,000.
  graphqlLength: {
    value: 65_536,
    unit: 'characters',
    what: 'GraphQL document',
    beyond: '400 `invalid_field`',
  },
  // OpenTelemetry's exporters send 512 spans at once (OTEL_BSP_MAX_EXPORT_BATCH_SIZE), MLflow's client five
  // (MLFLOW_ASYNC_TRACE_LOGGING_MAX_SPAN_BATCH_SIZE).
  otlpFields: {
    value: 50_000,
    unit: 'items',
    what: 'fields in an OTLP export, at every level together',
    beyond: '413 `body_too_large`',
  },
  otlpSpans: {
    value: 4_096,
    unit: 'items',
    what: 'spans in an OTLP export',
    beyond: '413 `body_too_large`',
  },
  otlpEvents: {
    value: 8_192,
    unit: 'items',
    what: 'events in an OTLP export, of all spans together',
    beyond: '413 `body_too_large`',
  },
  otlpLinks: {
    value: 8_192,
    unit: 'items',
    what: 'links in an OTLP export, of all spans together',
    beyond: '413 `body_too_large`',
  },
  otlpAttributes: {
    value: 16_384,
    unit: 'items',
    what: 'attributes in an OTLP export, with the entries of maps, together',
    beyond: '413 `body_too_large`',
  },
  // What protobuf's own readers take, MLflow's included.
  otlpDepth: {
    value: 100,
    unit: 'levels',
    what: 'nesting of an OTLP export',
    beyond: '400 `malformed_body`',
  },
  decompressionRatio: {
    value: 100,
    unit: 'times',
    what: 'growth of an OTLP body by decompression, beyond 64 KiB',
    beyond: '413 `body_too_large`',
  },
  // A gateway that does nothing has some 100 MiB; the chart gives it 256. Grows with GW_MAX_BODY_BYTES.
  bodyBudget: {
    value: 64 * 1024 * 1024,
    unit: 'bytes',
    what: 'memory for all bodies that are held whole at one time, requests and answers (four bytes for each byte, 64 for each value or field)',
    beyond: '503 `body_budget_exhausted`, with `Retry-After`',
  },
  bodyBudgetOfTenant: {
    value: 66,
    unit: 'percent',
    what: 'part of that memory for one tenant',
    beyond: '503 `body_budget_exhausted`, with `Retry-After`',
  },
  // Enough for the largest body with the most values.
  bodyBudgetOfCaller: {
    value: 33,
    unit: 'percent',
    what: 'part of that memory for one caller',
    beyond: '503 `body_budget_exhausted`, with `Retry-After`',
  },
  // Larger than a body that is refused for its size most often is.
  discardedBytes: {
    value: 16 * 1024 * 1024,
    unit: 'bytes',
    what: 'part of a refused body that is read and thrown away, within 5 seconds, so that the caller sees the answer',
    beyond: 'the connection is cut',
  },
  rewrittenAnswerBytes: {
    value: 4 * 1024 * 1024,
    unit: 'bytes',
    what: "MLflow's answer that the gateway rewrites",
    beyond: '502 `upstream_invalid`',
  },
  lookupAnswerBytes: {
    value: 4 * 1024 * 1024,
    unit: 'bytes',
    what: "MLflow's answer to a look-up of the gateway's own",
    beyond: '502 `upstream_invalid`; of a search for several, each is asked for by itself',
  },
  answerTokens: {
    value: 250_000,
    unit: 'items',
    what: "values and keys in MLflow's answer that the gateway reads",
    beyond: '502 `upstream_invalid`',
  },
  auditQueueBytes: {
    value: 8 * 1024 * 1024,
    unit: 'bytes',
    what: 'audit lines that wait to be written',
    beyond: 'lines are lost and counted, and the gateway is not ready',
  },
  // Defaults by class of field: codegen puts them into the catalog, and `bounds` in openapi/policy.overlay.yaml says more
  // or less where a field needs it. They are far above MLflow's own limits (mlflow/utils/validation.py), which answers
  // with its own words; what they keep small is the text that MLflow's parsers, patterns and queries get to see.
  nameLength: {
    value: 1_024,
    unit: 'characters',
    what: 'id, name, key of a tag or key of a map',
    beyond: '400 `invalid_field`',
  },
  pathFieldLength: {
    value: 8_192,
    unit: 'characters',
    what: 'artifact path, file name or URI in a field',
    beyond: '400 `invalid_field`',
  },
  textLength: {
    value: 65_536,
    unit: 'characters',
    what: 'text in any other field, unless its bound in the catalog is another',
    beyond: '400 `invalid_field`',
  },
  documentLength: {
    value: 1_048_576,
    unit: 'characters',
    what: 'tags as JSON in a field (those of a dataset)',
    beyond: '400 `invalid_field`',
  },
  storedLength: {
    value: 16_777_216,
    unit: 'characters',
    what: 'text that MLflow only keeps (values of tags and parameters, a dataset profile, what a trace says)',
    beyond: '400 `invalid_field`',
  },
  listItems: {
    value: 1_000,
    unit: 'items',
    what: 'list, unless its bound in the catalog is another',
    beyond: '400 `invalid_field`',
  },
  mapKeys: {
    value: 1_000,
    unit: 'items',
    what: 'map, or free-form body, by its keys',
    beyond: '400 `invalid_field`',
  },
  filterLength: {
    value: 65_536,
    unit: 'characters',
    what: 'search filter',
    beyond: '400 `invalid_field`',
  },
  filterTokens: {
    value: 5_000,
    unit: 'items',
    what: 'search filter, by its words and signs; enough for a list of 2,400 ids',
    beyond: '400 `invalid_field`',
  },
  filterComparisons: {
    value: 60,
    unit: 'items',
    what: 'search filter, by its comparisons; MLflow joins a table for most',
    beyond: '400 `invalid_field`',
  },
  filterWildcards: {
    value: 20,
    unit: 'items',
    what: 'pattern of LIKE or ILIKE in a search filter, by its "%"',
    beyond: '400 `invalid_field`',
  },
  regexLength: {
    value: 256,
    unit: 'characters',
    what: 'pattern of RLIKE in a search filter',
    beyond: '400 `invalid_field`',
  },
  regexChoices: {
    value: 8,
    unit: 'items',
    what: 'pattern of RLIKE in a search filter, by its "|" and "?"',
    beyond: '400 `invalid_field`',
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
  identifyAnswer: {
    value: 256,
    unit: 'bytes',
    what: 'answer at an allowed port of the pod that is compared with MLflow’s health check and version',
    beyond: 'it is not MLflow’s',
  },
  identifyTime: {
    value: 2_000,
    unit: 'milliseconds',
    what: 'time that an address of the pod has to answer when a sidecar looks for MLflow there',
    beyond: 'what was found there before is taken to be there still',
  },
  judgeText: {
    value: 262_144,
    unit: 'characters',
    what: 'scorer or optimiser, as JSON in text',
    beyond: '400 `invalid_field`',
  },
  judgeEscapes: {
    value: 8,
    unit: 'levels',
    what: 'escapes that stand for escapes, in the text of a scorer or optimiser',
    beyond: '403 `platform_admin_only`',
  },
  bodyTime: {
    value: 60,
    unit: 'seconds',
    what: 'time for a body that is read whole',
    beyond: '400 `malformed_request`',
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
    beyond: 'the rest is not read',
  },
  roleValueLength: {
    value: 512,
    unit: 'characters',
    what: 'value of a role claim',
    beyond: 'it is no role',
  },
  providerDocument: {
    value: 1_048_576,
    unit: 'bytes',
    what: 'document of the identity provider, within 5 seconds and without redirects',
    beyond: 'the last keys serve on, for 24 hours',
  },
  questionAnswer: {
    value: 1024 * 1024,
    unit: 'bytes',
    what: "MLflow's answer to a question of the gateway's own that is no look-up",
    beyond: '502 `upstream_invalid`',
  },
  nameTakers: {
    value: 8,
    unit: 'items',
    what: 'requests under `tags` that wait to take one name',
    beyond: '503 `name_busy`',
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
  signInForm: {
    value: 4_096,
    unit: 'bytes',
    what: 'form of the sign-in page of mode `off`',
    beyond: '400',
  },
  signInTime: {
    value: 10,
    unit: 'seconds',
    what: 'time for that form',
    beyond: '400',
  },
  rememberedResources: {
    value: 50_000,
    unit: 'items',
    what: 'resources under `tags` of which the owner is remembered, for 5 minutes',
    beyond: 'the oldest is forgotten',
  },
  rememberedFinds: {
    value: 20_000,
    unit: 'items',
    what: 'resources under `workspaces` of which it is remembered that they exist, for 5 minutes',
    beyond: 'the oldest is forgotten',
  },
  rememberedWorkspaces: {
    value: 10_000,
    unit: 'items',
    what: 'workspaces of which it is remembered that they exist, for 1 minute',
    beyond: 'the oldest is forgotten',
  },
  filterNumber: {
    value: 40,
    unit: 'characters',
    what: 'number in a search filter under `tags`',
    beyond: '400 `invalid_field`',
  },
} as const satisfies Record<string, Limit>;
