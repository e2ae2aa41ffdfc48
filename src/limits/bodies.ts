import type { Limit } from './limit.ts';

/** Bodies: their contents, their size in memory, and the time to read them. */
export const BODY_LIMITS = {
  bodyBytes: {
    value: 4 * 1024 * 1024,
    unit: 'bytes',
    what: 'JSON or OTLP body, also after decompression; form',
    beyond: '413 `body_too_large`',
    setting: 'GW_MAX_BODY_BYTES',
  },
  bodyTime: {
    value: 60,
    unit: 'seconds',
    what: 'time for a body that is read whole',
    beyond: '400 `malformed_request`',
  },
  // A log-batch of MLflow, which has at most 1,000 metrics, 100 params and 100 tags (MAX_METRICS_PER_BATCH,
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
  // Each is stored as text, which costs a microsecond.
  jsonBigIntegers: {
    value: 10_000,
    unit: 'items',
    what: 'integers beyond 2^53 in a JSON body',
    beyond: '413 `body_too_large`',
  },
  // MLflow itself accepts 1 MiB, of which its fields can fill 10 KiB (SKILL_VERSION_SOURCE_MAX_LENGTH).
  formFields: {
    value: 64 * 1024,
    unit: 'bytes',
    what: 'JSON in a form that uploads a skill',
    beyond: '413 `body_too_large`',
  },
  formPartHead: {
    value: 1_024,
    unit: 'bytes',
    what: 'head of a part of such a form',
    beyond: '400 `malformed_body`',
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
  // The limit of protobuf's own readers, MLflow's included.
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
  // An idle gateway uses some 100 MiB; the chart's memory limit is 256. Grows with GW_MAX_BODY_BYTES.
  bodyBudget: {
    value: 64 * 1024 * 1024,
    unit: 'bytes',
    what: 'memory for all bodies that are held whole at one time, requests and responses (four bytes for each byte, 64 for each value or field)',
    beyond: '429 `body_budget_exhausted`, with `Retry-After`',
  },
  bodyBudgetOfTenant: {
    value: 66,
    unit: 'percent',
    what: 'part of that memory for one tenant',
    beyond: '429 `body_budget_exhausted`, with `Retry-After`',
  },
  // Enough for the largest body with the most values.
  bodyBudgetOfCaller: {
    value: 33,
    unit: 'percent',
    what: 'part of that memory for one caller',
    beyond: '429 `body_budget_exhausted`, with `Retry-After`',
  },
  // Larger than most bodies that are refused for their size.
  discardedBytes: {
    value: 16 * 1024 * 1024,
    unit: 'bytes',
    what: 'part of a refused body that is read and thrown away, within 5 seconds, so that the caller sees the response',
    beyond: 'the connection is cut',
  },
} as const satisfies Record<string, Limit>;
