import { randomUUID } from 'node:crypto';
import { artifactPath, type Json } from '../../mlflow-api.ts';
import { isBefore, mlflowVersion } from '../../mlflow-version.ts';
import type { Family, Makers } from '../family.ts';
import {
  addDatasetRecord,
  createAssessment,
  createDataset,
  createTrace,
  feedback,
  traceInfo as leastTraceInfo,
} from '../resources.ts';
import { note, upload } from './maker.ts';

/** Traces, their assessments and attachments, and evaluation datasets. */
export const TRACES: Makers = {
  trace: async (family) =>
    createTrace(family.send, {
      experimentId: await family.id('experiment'),
      tags: [note(family)],
      metadata: { note: family.text('metadata') },
      info: previews(family),
      span: ['note', family.text('span')],
    }),

  /** The name of a file attached to the trace. */
  'trace-attachment': async (family) => {
    const trace_id = await family.id('trace');
    const file = randomUUID();
    const uri = await artifactLocation(family, trace_id);
    // Before 3.10 there are no attachments: MLflow reads the trace's data, at the location in its tag.
    const data = Buffer.from(JSON.stringify({ spans: [], note: family.text('data') }));
    if (isBefore(mlflowVersion(), '3.10'))
      await family.do('proxyUploadArtifact', {
        path: { artifact_path: artifactPath(uri, 'traces.json') },
        raw: data,
      });
    await upload(family, uri, `attachments/${file}`, 'attachment');
    return file;
  },

  assessment: async (family) => createAssessment(family.send, await assessment(family)),

  dataset: async (family) =>
    createDataset(family.send, {
      name: family.name('dataset'),
      experiment_ids: [await family.id('experiment')],
      tags: { note: family.text('tag') },
    }),

  'dataset-record': async (family) => {
    const dataset_id = await family.id('dataset');
    await addDatasetRecord(family.send, dataset_id, family.text('record'));
    const { json } = await family.do('getDatasetRecords', { path: { dataset_id } });
    return JSON.parse(json.records)[0].dataset_record_id;
  },
};

/** The URI of a trace's files. */
async function artifactLocation(family: Family, trace: string): Promise<string> {
  const { json } = await family.do('getTraceInfo', { path: { request_id: trace } });
  const tags = json.trace_info.tags as readonly { readonly key: string; readonly value: string }[];
  return tags.find(({ key }) => key === 'mlflow.artifactLocation')!.value;
}

function previews(family: Family): Json {
  return { request_preview: family.text('request'), response_preview: family.text('response') };
}

/** `trace_info` of a new trace in the family's experiment. */
export async function traceInfo(family: Family, traceId: string): Promise<Record<string, unknown>> {
  return {
    ...leastTraceInfo(traceId, await family.id('experiment')),
    ...previews(family),
    trace_metadata: { note: family.text('metadata') },
    tags: { note: family.text('tag') },
  };
}

/** An assessment that carries the owner's marker everywhere. */
export async function assessment(family: Family): Promise<Record<string, unknown>> {
  return {
    ...feedback(await family.id('trace'), family.text('feedback')),
    assessment_name: 'correctness',
    source: { source_type: 'HUMAN', source_id: family.name('reviewer') },
    rationale: family.text('rationale'),
    metadata: { note: family.text('metadata') },
  };
}
