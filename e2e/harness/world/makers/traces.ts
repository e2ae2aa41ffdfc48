import { randomUUID } from 'node:crypto';
import { isBefore, mlflowVersion } from '../../mlflow-version.ts';
import { otlpJson } from '../../otlp.ts';
import { isServed } from '../../requests/served-operations.ts';
import { type Family, operationOf } from '../family.ts';
import { hex, type Makers, proxyPath, upload } from './maker.ts';

/** Traces, what hangs on them, and evaluation datasets. */
export const TRACES: Makers = {
  trace: async (family) => {
    if (!isServed(operationOf('startTraceV3'))) return startedTrace(family);
    const bare = hex(16);
    const trace_id = `tr-${bare}`;
    await family.do('startTraceV3', { body: { trace: { trace_info: await traceInfo(family, trace_id) } } });
    if (!isServed(operationOf('exportTraces'))) return trace_id;
    await family.do('exportTraces', {
      headers: {
        'content-type': 'application/json',
        'x-mlflow-experiment-id': await family.id('experiment'),
      },
      raw: otlpJson(bare, [['note', family.text('span')]]),
    });
    return trace_id;
  },

  /** The name of a file attached to the trace. */
  'trace-attachment': async (family) => {
    const trace_id = await family.id('trace');
    const file = randomUUID();
    // Before 3.10 there are no attachments, and what is read is the trace's data, wherever it says that it is.
    const data = Buffer.from(JSON.stringify({ spans: [], note: family.text('data') }));
    const artifact_path = proxyPath(await placeOf(family, trace_id), 'traces.json');
    if (isBefore(mlflowVersion(), '3.10'))
      await family.do('proxyUploadArtifact', { path: { artifact_path }, raw: data });
    await upload(family, await placeOf(family, trace_id), `attachments/${file}`, 'attachment');
    return file;
  },

  assessment: async (family) => {
    const trace_id = await family.id('trace');
    const { json } = await family.do('createAssessment', {
      path: { trace_id },
      body: { assessment: await assessment(family) },
    });
    return json.assessment.assessment_id;
  },

  dataset: async (family) => {
    const { json } = await family.do('createDataset', {
      body: {
        name: family.name('dataset'),
        experiment_ids: [await family.id('experiment')],
        tags: JSON.stringify({ note: family.text('tag') }),
      },
    });
    return json.dataset.dataset_id;
  },

  'dataset-record': async (family) => {
    const dataset_id = await family.id('dataset');
    await family.do('upsertDatasetRecords', {
      path: { dataset_id },
      body: { records: JSON.stringify([{ inputs: { question: family.text('record') } }]) },
    });
    const { json } = await family.do('getDatasetRecords', { path: { dataset_id } });
    return JSON.parse(json.records)[0].dataset_record_id;
  },
};

/** A trace by the second API, before there was a third (3.2): MLflow chooses its id. */
async function startedTrace(family: Family): Promise<string> {
  const pair = (key: string, value: string): object => ({ key, value });
  const { json } = await family.do('startTrace', {
    body: {
      experiment_id: await family.id('experiment'),
      timestamp_ms: 1_700_000_000_000,
      request_metadata: [pair('note', family.text('metadata'))],
      tags: [pair('note', family.text('tag'))],
    },
  });
  return json.trace_info.request_id;
}

/** Where a trace's files are. */
async function placeOf(family: Family, trace: string): Promise<string> {
  const { json } = await family.do('getTraceInfo', { path: { request_id: trace } });
  const tags = json.trace_info.tags as readonly { readonly key: string; readonly value: string }[];
  return tags.find(({ key }) => key === 'mlflow.artifactLocation')!.value;
}

/** `trace_info` of a new trace in the family's experiment. */
export async function traceInfo(family: Family, traceId: string): Promise<Record<string, unknown>> {
  return {
    trace_id: traceId,
    trace_location: {
      type: 'MLFLOW_EXPERIMENT',
      mlflow_experiment: { experiment_id: await family.id('experiment') },
    },
    request_time: '2024-01-01T00:00:00Z',
    execution_duration: '1s',
    state: 'OK',
    request_preview: family.text('request'),
    response_preview: family.text('response'),
    trace_metadata: { note: family.text('metadata') },
    tags: { note: family.text('tag') },
  };
}

/** An assessment that carries the owner's marker everywhere. */
export async function assessment(family: Family): Promise<Record<string, unknown>> {
  return {
    assessment_name: 'correctness',
    trace_id: await family.id('trace'),
    source: { source_type: 'HUMAN', source_id: family.name('reviewer') },
    create_time: '2024-01-01T00:00:00Z',
    last_update_time: '2024-01-01T00:00:00Z',
    feedback: { value: family.text('feedback') },
    rationale: family.text('rationale'),
    metadata: { note: family.text('metadata') },
  };
}
