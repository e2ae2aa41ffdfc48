import { randomBytes } from 'node:crypto';
import { serializedScorer } from '../../harness/scorer.ts';
import { assessment, traceInfo } from '../../harness/world/makers/traces.ts';
import type { Examples } from './example.ts';

const FILTERS = { filter_string1: "status = 'OK'", filter_string2: "status = 'ERROR'" };

/** Traces, assessments, datasets, scorers, issues, label schemas, review queues, prompt optimisation, jobs. */
export const GENAI: Examples = {
  batchGetTraceInfos: {},
  batchGetTraces: {},
  calculateTraceFilterCorrelation: { before: (f) => f.id('trace'), values: () => ({ body: FILTERS }) },
  deleteTraceTag: { values: () => ({ body: { key: 'note' } }) },
  deleteTraceTagV3: { values: () => ({ body: { key: 'note' } }) },
  deleteTraces: { also: ['body.request_ids[]'] },
  deleteTracesV3: { also: ['body.request_ids[]'] },
  endTrace: {
    values: () => ({
      body: {
        timestamp_ms: 1_700_000_002_000,
        status: 'OK',
        tags: [{ key: 'new', value: 'x' }],
        request_metadata: [{ key: 'new', value: 'x' }],
      },
    }),
  },
  getOnlineTraceDetails: {
    also: ['query.trace_id'],
    values: () => ({
      query: { sql_warehouse_id: 'w', source_inference_table: 't', source_databricks_request_id: 'r' },
    }),
  },
  getTrace: {},
  getTraceArtifact: {
    before: (f) => f.id('trace-attachment'),
    values: async (f) => ({ query: { path: await f.id('trace-attachment') } }),
  },
  getTraceInfo: {},
  getTraceInfoV3: {},
  linkPromptsToTrace: {
    kinds: { 'body.prompt_versions[].name': 'prompt' },
    values: async (f) => ({
      body: { prompt_versions: [{ name: await f.id('prompt'), version: '1' }] },
    }),
  },
  // Older MLflows do not link what is linked already.
  linkTracesToRun: { spends: true },
  queryTraceMetrics: {
    before: (f) => f.id('trace'),
    values: () => ({
      body: {
        view_type: 'TRACES',
        metric_name: 'trace_count',
        aggregations: [{ aggregation_type: 'COUNT' }],
      },
    }),
  },
  searchTraces: { before: (f) => f.id('trace') },
  searchTracesV3: {
    before: (f) => f.id('trace'),
    also: ['body.locations[].mlflow_experiment.experiment_id'],
    values: async (f) => ({
      body: {
        locations: [
          {
            type: 'MLFLOW_EXPERIMENT',
            mlflow_experiment: { experiment_id: await f.id('experiment') },
          },
        ],
      },
    }),
  },
  searchUnifiedTraceHandler: {
    before: (f) => f.id('trace'),
    also: ['query.experiment_ids[]'],
    values: () => ({ query: { sql_warehouse_id: 'w' } }),
  },
  setTraceTag: { values: (f) => ({ body: { key: 'new', value: f.text('tag') } }) },
  setTraceTagV3: { values: (f) => ({ body: { key: 'new', value: f.text('tag') } }) },
  startTrace: {
    also: ['body.experiment_id'],
    values: () => ({ body: { timestamp_ms: 1_700_000_000_000, request_metadata: [], tags: [] } }),
  },
  startTraceV3: {
    values: async (f) => ({
      body: { trace: { trace_info: await traceInfo(f, `tr-${randomBytes(16).toString('hex')}`) } },
    }),
  },

  createAssessment: { values: async (f) => ({ body: { assessment: await assessment(f) } }) },
  deleteAssessment: {},
  getAssessment: {},
  updateAssessment: {
    values: async (f) => ({
      body: {
        assessment: {
          assessment_id: await f.id('assessment'),
          trace_id: await f.id('trace'),
          rationale: f.text('rationale'),
        },
        update_mask: 'rationale',
      },
    }),
  },

  addDatasetToExperiments: { also: ['body.experiment_ids[]'] },
  createDataset: { also: ['body.experiment_ids[]'], values: (f) => ({ body: { name: f.name('dataset') } }) },
  deleteDataset: {},
  deleteDatasetRecords: { also: ['body.dataset_record_ids[]'] },
  deleteDatasetTag: { values: () => ({ path: { key: 'note' } }) },
  getDataset: {},
  getDatasetExperimentIds: {},
  getDatasetRecords: { before: (f) => f.id('dataset-record') },
  removeDatasetFromExperiments: { also: ['body.experiment_ids[]'] },
  searchEvaluationDatasets: { before: (f) => f.id('dataset'), also: ['body.experiment_ids[]'] },
  searchEvaluationDatasetsByGet: { before: (f) => f.id('dataset'), also: ['query.experiment_ids[]'] },
  setDatasetTags: { values: (f) => ({ body: { tags: JSON.stringify({ new: f.text('tag') }) } }) },
  upsertDatasetRecords: {
    values: (f) => ({ body: { records: JSON.stringify([{ inputs: { question: f.text('record') } }]) } }),
  },

  deleteScorer: {
    before: (f) => f.id('scorer'),
    values: async (f) => ({ body: { name: await f.id('scorer-name') } }),
  },
  getOnlineScoringConfigs: {},
  getScorer: { values: async (f) => ({ query: { name: await f.id('scorer-name') } }) },
  invokeGenaiEvaluate: {
    harmless: true,
    values: () => ({ body: { serialized_scorers: [serializedScorer('relevance')] } }),
  },
  invokeScorer: {
    harmless: true,
    values: () => ({ body: { serialized_scorer: serializedScorer('relevance') } }),
  },
  listScorerVersions: { values: async (f) => ({ query: { name: await f.id('scorer-name') } }) },
  listScorers: {
    also: ['query.experiment_id'],
    instead: { 'query.experiment_ids[]': ['query.experiment_id'] },
    before: (f) => f.id('scorer'),
  },
  registerScorer: {
    values: (f) => {
      const name = f.name('scorer');
      return { body: { name, serialized_scorer: serializedScorer(name) } };
    },
  },
  upsertOnlineScoringConfig: {
    values: async (f) => ({ body: { name: await f.id('model-scorer-name'), sample_rate: 0.5 } }),
  },

  createIssue: {
    values: (f) => ({ body: { name: f.name('issue'), description: f.text('description') } }),
  },
  getIssue: {},
  invokeIssueDetection: {
    spends: true,
    also: ['body.secret_id'],
    kinds: { 'body.endpoint_name': 'gateway-endpoint-name' },
    instead: { 'body.endpoint_name': ['body.secret_id'] },
    values: (f) => ({
      body: {
        categories: ['correctness'],
        instructions: f.text('instructions'),
        provider: 'openai',
        model: 'gpt-4o',
      },
    }),
  },
  searchIssues: {
    also: ['body.experiment_id'],
    before: (f) => f.id('issue'),
    values: () => ({ body: { include_total_count: true, order_by: ['name ASC'], view: 'full' } }),
  },
  // The experiments have no schedule.
  syncIssueDetectionScheduleState: { harmless: true },
  updateIssue: {
    values: (f) => ({ body: { description: f.text('description'), metadata: { note: f.text('note') } } }),
  },

  createLabelSchema: {
    values: (f) => ({
      body: {
        name: f.name('schema'),
        type: 'FEEDBACK',
        input: { text: { max_length: 100 } },
        instruction: f.text('instruction'),
      },
    }),
  },
  deleteLabelSchema: {},
  getLabelSchema: {},
  getLabelSchemaByName: {
    before: (f) => f.id('label-schema'),
    values: async (f) => ({ query: { name: await f.id('label-schema-name') } }),
  },
  listLabelSchemas: { before: (f) => f.id('label-schema') },
  updateLabelSchema: { values: (f) => ({ body: { instruction: f.text('instruction') } }) },

  addItemsToReviewQueue: {
    also: ['body.item_ids[]'],
    kinds: { 'body.item_ids[]': 'trace' },
    values: () => ({ body: { item_type: 'TRACE' } }),
  },
  createReviewQueue: {
    values: (f) => ({ body: { name: f.name('queue'), queue_type: 'CUSTOM', users: [f.name('user')] } }),
  },
  deleteReviewQueue: {},
  getOrCreateUserQueue: { values: (f) => ({ body: { user: f.name('user') } }) },
  getReviewQueue: {},
  getReviewQueueByName: {
    before: (f) => f.id('review-queue'),
    values: async (f) => ({ query: { name: await f.id('review-queue-name') } }),
  },
  listReviewQueueItems: { before: (f) => f.id('review-item') },
  listReviewQueues: { before: (f) => f.id('review-queue') },
  removeItemsFromReviewQueue: { before: (f) => f.id('review-item'), also: ['body.item_ids[]'] },
  setReviewQueueItemStatus: {
    before: (f) => f.id('review-item'),
    values: (f) => ({ body: { status: 'COMPLETE', completed_by: f.name('user') } }),
  },
  updateReviewQueue: { spends: true, values: (f) => ({ body: { name: f.name('renamed') } }) },

  cancelPromptOptimizationJob: {},
  createPromptOptimizationJob: {
    also: ['body.experiment_id'],
    values: async (f) => ({
      body: {
        source_prompt_uri: `prompts:/${await f.id('prompt')}/1`,
        config: {
          optimizer_type: 'OPTIMIZER_TYPE_METAPROMPT',
          scorers: ['Correctness'],
          optimizer_config_json: '{"reflection_model":"openai:/gpt-4o"}',
        },
      },
    }),
  },
  deletePromptOptimizationJob: {},
  getPromptOptimizationJob: {},
  searchPromptOptimizationJobs: {},
  searchPromptOptimizationJobsByGet: {},

  cancelJob: {},
  cancelUiJob: {},
  getJob: {},
  getUiJob: {},
  searchJobs: { before: (f) => f.id('job'), values: () => ({ body: {} }) },
  submitJob: { values: () => ({ body: { job_name: 'optimize_prompts', params: {} } }) },
};
