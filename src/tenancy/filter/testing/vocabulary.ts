/** The names that tests use in filters of one dialect. Its search knows them. */
export interface Vocabulary {
  /** Compared with text by `=`, `!=` and, where the dialect has them, `LIKE` and its kin. */
  readonly texts: readonly string[];
  /** Compared with numbers. */
  readonly numbers: readonly string[];
  /** Compared with lists. */
  readonly lists: readonly string[];
  /** The words before a key of the caller's choice, which is compared with text. */
  readonly keyedTexts: readonly string[];
  readonly keyedNumbers: readonly string[];
  /** Those of `keyedTexts` that may be `IS NULL`. */
  readonly keyedNulls: readonly string[];
  readonly keyedLists: readonly string[];
}

const NONE: Vocabulary = {
  texts: [],
  numbers: [],
  lists: [],
  keyedTexts: [],
  keyedNumbers: [],
  keyedNulls: [],
  keyedLists: [],
};

const TAGS = ['tags', 'tag'];
const PARAMS = ['params', 'param', 'parameter', 'parameters'];

/** From MLflow's documentation and source; e2e/filters/parsers.test.ts shows that MLflow takes them. */
export const VOCABULARY: Readonly<Record<string, Vocabulary>> = {
  experiments: {
    ...NONE,
    texts: ['name', 'attribute.name', 'experiment_id', 'attribute.experiment_id'],
    numbers: ['creation_time', 'last_update_time', 'attribute.creation_time'],
    lists: ['experiment_id', 'attribute.experiment_id'],
    keyedTexts: TAGS,
    keyedNulls: TAGS,
  },
  runs: {
    ...NONE,
    texts: [
      'run_name',
      'status',
      'artifact_uri',
      'user_id',
      'attributes.run_id',
      'attribute.status',
      'attr.run_name',
      'run.status',
      'attributes.`run_name`',
      'attributes."status"',
      'attributes.`Run name`',
      'dataset.name',
      'datasets.digest',
      'dataset.context',
    ],
    numbers: ['start_time', 'attributes.end_time', 'attribute.`start_time`', 'attributes.created'],
    lists: ['run_id', 'attributes.run_id', 'attr.run_id', 'dataset.name', 'datasets.digest'],
    keyedTexts: [...TAGS, ...PARAMS],
    keyedNumbers: ['metrics', 'metric'],
    keyedNulls: [...TAGS, ...PARAMS],
  },
  'registered-models': {
    ...NONE,
    texts: ['name', 'attribute.name'],
    lists: ['name'],
    keyedTexts: TAGS,
  },
  'model-versions': {
    ...NONE,
    texts: ['name', 'run_id', 'source_path', 'attribute.name'],
    numbers: ['version_number', 'attribute.version_number'],
    lists: ['name', 'run_id'],
    keyedTexts: TAGS,
  },
  'logged-models': {
    ...NONE,
    texts: [
      'name',
      'model_id',
      'model_type',
      'status',
      'source_run_id',
      'attributes.name',
      'attributes.`name`',
    ],
    numbers: ['creation_time', 'creation_timestamp', 'last_updated_timestamp'],
    lists: ['name', 'source_run_id'],
    keyedTexts: ['tags', 'params'],
    keyedNumbers: ['metrics'],
    keyedLists: ['tags', 'params'],
  },
  traces: {
    ...NONE,
    texts: [
      'name',
      'status',
      'request_id',
      'run_id',
      'client_request_id',
      'trace.status',
      'trace.name',
      'attributes.status',
      'attribute.run_id',
      'trace.client_request_id',
      'trace.text',
      'prompt',
      'span.name',
      'span.type',
      'span.status',
      'span.attributes.model',
      'span.attributes.mlflow.spanType',
      'span.attributes.`a key`',
    ],
    numbers: [
      'timestamp',
      'timestamp_ms',
      'trace.timestamp_ms',
      'attributes.timestamp',
      'execution_time',
      'trace.execution_time_ms',
      'attributes.end_time',
    ],
    lists: [
      'name',
      'status',
      'request_id',
      'trace.run_id',
      'span.name',
      'span.type',
      'span.attributes.model',
    ],
    keyedTexts: [...TAGS, 'metadata', 'request_metadata', 'feedback', 'expectation'],
    keyedNumbers: ['feedback', 'expectation'],
    keyedNulls: [...TAGS, 'metadata', 'request_metadata', 'feedback', 'expectation'],
    keyedLists: TAGS,
  },
  'trace-metrics': {
    ...NONE,
    texts: ['trace.status', 'span.name', 'span.type', 'span.status', 'assessment.name', 'assessment.type'],
    keyedTexts: ['trace.tag', 'trace.metadata'],
  },
  'evaluation-datasets': {
    ...NONE,
    texts: ['name', 'created_by', 'last_updated_by'],
    numbers: ['created_time', 'last_update_time'],
    lists: ['name'],
    keyedTexts: ['tags'],
  },
  issues: { ...NONE, texts: ['status', 'source_run_id'] },
  'mcp-servers': {
    ...NONE,
    texts: ['name', 'display_name', 'status', 'has_access_endpoints', 'attributes.name'],
    numbers: ['created_at', 'last_updated_at'],
    lists: ['status', 'name'],
    keyedTexts: TAGS,
  },
  'mcp-server-versions': {
    ...NONE,
    texts: ['name', 'status', 'version'],
    numbers: ['created_at', 'last_updated_at'],
    lists: ['status'],
  },
  'mcp-access-endpoints': {
    ...NONE,
    texts: ['status', 'server_name', 'transport_type'],
    numbers: ['created_at'],
    lists: ['server_name'],
  },
  skills: {
    ...NONE,
    texts: ['name', 'organization', 'description', 'search_text', 'status', 'source_type', 'attributes.name'],
    numbers: ['created_at', 'last_updated_at'],
    lists: ['status'],
    keyedTexts: TAGS,
  },
  'skill-versions': {
    ...NONE,
    texts: ['status', 'organization', 'source_type', 'digest'],
    numbers: ['version', 'created_at', 'last_updated_at'],
    lists: ['status'],
    keyedTexts: TAGS,
  },
};
