import { randomBytes } from 'node:crypto';
import { artifactPath } from '../../harness/mlflow-api.ts';
import { otlpJson } from '../../harness/otlp.ts';
import type { Family } from '../../harness/world/family.ts';
import type { Examples } from './example.ts';

const NOW = 1_700_000_000_000;
const runAnyName = { 'query.run_uuid': ['query.run_id'], 'body.run_uuid': ['body.run_id'] };

/** Experiments, runs, artifacts, logged models. */
export const TRACKING: Examples = {
  createExperiment: {
    values: (f) => ({
      body: { name: f.name('experiment'), tags: [{ key: 'note', value: f.text('tag') }] },
    }),
  },
  deleteExperiment: {},
  deleteExperimentTag: { values: () => ({ body: { key: 'note' } }) },
  getExperiment: {},
  getExperimentByName: {},
  restoreExperiment: {
    before: async (f) => {
      const experiment_id = await f.id('experiment');
      await f.do('deleteExperiment', { body: { experiment_id } });
      f.learn('deleted-experiment', experiment_id);
    },
  },
  searchDatasets: { also: ['body.experiment_ids[]'], before: (f) => f.id('run') },
  searchExperiments: { values: () => ({ body: { max_results: 1000, view_type: 'ALL' } }) },
  searchExperimentsByGet: { values: () => ({ query: { max_results: '1000', view_type: 'ALL' } }) },
  setExperimentTag: { values: (f) => ({ body: { key: 'new', value: f.text('tag') } }) },
  updateExperiment: { spends: true, values: (f) => ({ body: { new_name: f.name('renamed') } }) },

  createRun: { also: ['body.experiment_id'], values: () => ({ body: { start_time: NOW } }) },
  createPromptlabRun: {
    values: (f) => ({
      body: {
        run_name: f.name('promptlab'),
        tags: [],
        prompt_template: 'Say {{ x }}',
        prompt_parameters: [{ key: 'x', value: 'hello' }],
        model_route: 'route',
        model_parameters: [{ key: 'temperature', value: '0' }],
        model_input: 'Say hello',
        model_output: 'hello',
        model_output_parameters: [],
        mlflow_version: '3.17.2',
        user_id: 'somebody',
        start_time: NOW,
      },
    }),
  },
  deleteRun: {},
  restoreRun: { before: async (f) => f.do('deleteRun', { body: { run_id: await f.id('run') } }) },
  deleteTag: { values: () => ({ body: { key: 'note' } }) },
  getRun: { also: ['query.run_id'], instead: runAnyName },
  getMetricHistory: {
    also: ['query.run_id'],
    instead: runAnyName,
    values: () => ({ query: { metric_key: 'accuracy' } }),
  },
  getMetricHistoryBulk: { values: () => ({ query: { metric_key: 'accuracy' } }) },
  getMetricHistoryBulkInterval: { values: () => ({ query: { metric_key: 'accuracy', max_results: '10' } }) },
  logBatch: {
    values: (f) => ({
      body: {
        metrics: [{ key: 'loss', value: 0.25, timestamp: NOW, step: 1 }],
        params: [{ key: 'rate', value: '1' }],
        tags: [{ key: 'new', value: f.text('tag') }],
      },
    }),
  },
  logInputs: {
    values: (f) => ({
      body: {
        datasets: [
          { dataset: { name: f.name('input'), digest: '1', source_type: 'local', source: '{"uri":"x"}' } },
        ],
      },
    }),
  },
  logMetric: {
    also: ['body.run_id'],
    instead: runAnyName,
    values: () => ({ body: { key: 'loss', value: 0.5, timestamp: NOW } }),
  },
  logModel: {
    values: async (f) => ({
      body: {
        model_json: JSON.stringify({
          artifact_path: 'model',
          run_id: await f.id('run'),
          utc_time_created: '2024-01-01 00:00:00.000000',
          flavors: { python_function: {} },
        }),
      },
    }),
  },
  logOutputs: {
    spends: true,
    also: ['body.models[].model_id'],
    values: async (f) => ({ body: { models: [{ model_id: await f.id('logged-model'), step: 0 }] } }),
  },
  logParam: {
    also: ['body.run_id'],
    instead: runAnyName,
    values: () => ({ body: { key: 'depth', value: '3' } }),
  },
  searchRuns: {
    also: ['body.experiment_ids[]'],
    values: () => ({ body: { run_view_type: 'ALL' } }),
    before: (f) => f.id('run'),
  },
  setTag: {
    also: ['body.run_id'],
    instead: runAnyName,
    values: (f) => ({ body: { key: 'new', value: f.text('tag') } }),
  },
  updateRun: {
    also: ['body.run_id'],
    instead: runAnyName,
    values: () => ({ body: { status: 'FINISHED', end_time: NOW } }),
  },

  createPresignedDownloadUrl: {
    kinds: { 'body.run_id': 'run-with-files' },
    values: () => ({ body: { path: 'secret.txt' } }),
  },
  createPresignedUploadUrl: {
    also: ['body.run_id'],
    instead: { 'body.model_id': ['body.run_id'] },
    values: () => ({ body: { path: 'new.txt' } }),
  },
  getRunArtifact: {
    also: ['query.run_id'],
    instead: runAnyName,
    kinds: { 'query.run_id': 'run-with-files', 'query.run_uuid': 'run-with-files' },
    values: () => ({ query: { path: 'secret.txt' } }),
  },
  listArtifacts: {
    also: ['query.run_id'],
    instead: runAnyName,
    kinds: { 'query.run_id': 'run-with-files', 'query.run_uuid': 'run-with-files' },
  },
  uploadRunArtifact: {
    also: ['query.run_uuid'],
    instead: { 'query.run_id': ['query.run_uuid'] },
    values: (f) => ({
      query: { path: 'new/new.txt' },
      headers: { 'content-type': 'text/plain' },
      raw: Buffer.from(f.text('artifact')),
    }),
  },

  proxyUploadArtifact: {
    values: async (f) => ({
      path: { artifact_path: artifactPath(await f.id('run-artifacts'), 'new.txt') },
      raw: Buffer.from(f.text('artifact')),
    }),
    embedded: true,
  },
  proxyDownloadArtifact: {
    before: (f) => f.id('run-with-files'),
    values: async (f) => ({
      path: { artifact_path: artifactPath(await f.id('run-artifacts'), 'secret.txt') },
    }),
    embedded: true,
  },
  proxyDeleteArtifact: {
    before: (f) => f.id('run-with-files'),
    values: async (f) => ({
      path: { artifact_path: artifactPath(await f.id('run-artifacts'), 'secret.txt') },
    }),
    embedded: true,
  },
  proxyListArtifacts: {
    before: (f) => f.id('run-with-files'),
    values: async (f) => ({ query: { path: artifactPath(await f.id('run-artifacts'), 'model') } }),
    embedded: true,
  },
  proxyGetPresignedDownloadUrl: {
    before: (f) => f.id('run-with-files'),
    values: async (f) => ({
      path: { artifact_path: artifactPath(await f.id('run-artifacts'), 'secret.txt') },
    }),
    embedded: true,
  },
  proxyCreateMultipartUpload: {
    values: async (f) => ({
      path: { artifact_path: artifactPath(await f.id('run-artifacts'), '').slice(0, -1) },
      body: { path: 'big.bin', num_parts: 1 },
    }),
    embedded: true,
  },
  proxyCompleteMultipartUpload: {
    values: async (f) => ({
      path: { artifact_path: artifactPath(await f.id('run-artifacts'), '').slice(0, -1) },
      body: { path: 'big.bin', upload_id: 'x', parts: [{ part_number: 1, etag: 'x', url: 'x' }] },
    }),
    embedded: true,
  },
  proxyAbortMultipartUpload: {
    values: async (f) => ({
      path: { artifact_path: artifactPath(await f.id('run-artifacts'), '').slice(0, -1) },
      body: { path: 'big.bin', upload_id: 'x' },
    }),
    embedded: true,
  },

  createLoggedModel: {
    values: (f) => ({ body: { name: f.name('model'), tags: [{ key: 'note', value: f.text('tag') }] } }),
  },
  deleteLoggedModel: {},
  deleteLoggedModelTag: { values: () => ({ path: { tag_key: 'note' } }) },
  finalizeLoggedModel: { values: () => ({ body: { status: 'LOGGED_MODEL_READY' } }) },
  getLoggedModel: {},
  getLoggedModelArtifact: { values: () => ({ query: { artifact_file_path: 'secret.txt' } }) },
  listLoggedModelArtifacts: {},
  logLoggedModelParams: { values: (f) => ({ body: { params: [{ key: f.name('param'), value: '1' }] } }) },
  searchLoggedModels: { before: (f) => f.id('logged-model') },
  setLoggedModelTags: { values: (f) => ({ body: { tags: [{ key: 'new', value: f.text('tag') }] } }) },

  exportTraces: {
    before: (f) => f.id('experiment'),
    embedded: true,
    values: async (f) => ({
      headers: { 'content-type': 'application/json' },
      raw: span(bareId(await f.id('trace')), f),
    }),
    more: async (here, there) => {
      const own = {
        'content-type': 'application/json',
        'x-mlflow-experiment-id': await here.id('experiment'),
      };
      const theirs = { ...own, 'x-mlflow-experiment-id': await there.id('experiment') };
      const trace = bareId(await there.id('trace'));
      return {
        'their trace': { headers: own, raw: span(trace, here) },
        'their trace in their experiment': { headers: theirs, raw: span(trace, here) },
        'a new trace in their experiment': {
          headers: theirs,
          raw: span(randomBytes(16).toString('hex'), here),
        },
      };
    },
  },
};

/** OpenTelemetry writes a trace's id without MLflow's prefix, which older ids do not have. */
const bareId = (trace: string): string => trace.replace(/^tr-/, '');
const span = (trace: string, f: Family): Buffer => otlpJson(trace, [['note', f.text('span')]]);
