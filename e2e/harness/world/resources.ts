import { randomBytes } from 'node:crypto';
import { artifactPath, type Json } from '../mlflow-api.ts';
import { type OtlpAttribute, otlpProtobuf } from '../otlp.ts';
import { ifServed, type Send } from '../requests/operations.ts';
import { serializedScorer } from '../scorer.ts';

/**
 * Makes resources in MLflow: every suite that needs an experiment, a run, a model or a trace gets it here, and adds its own names,
 * tags and contents. `send` is the caller, through the gateway or straight at MLflow.
 *
 * Each function throws `NotServed` when the version of MLflow has no such resource, unless it says otherwise.
 *
 * @example
 * const send = sendBy(stack.as('team-a'));
 * const experiment_id = await createExperiment(send, { name: 'x' });
 * const { run_id } = await createRun(send, { experiment_id });
 */

export interface Tag {
  readonly key: string;
  readonly value: string;
}

/** A run or a logged model, and where its artifacts are (`mlflow-artifacts:/...`). */
export interface Run {
  readonly run_id: string;
  readonly artifact_uri: string;
}
export interface LoggedModel {
  readonly model_id: string;
  readonly artifact_uri: string;
}

const IS_PROMPT: Tag = { key: 'mlflow.prompt.is_prompt', value: 'true' };

const hex = (bytes: number): string => randomBytes(bytes).toString('hex');

/** @returns the id */
export async function createExperiment(send: Send, body: { readonly name: string } & Json): Promise<string> {
  return (await send('createExperiment', { body })).experiment_id;
}

export async function createRun(send: Send, body: { readonly experiment_id: string } & Json): Promise<Run> {
  return (await send('createRun', { body })).run.info;
}

export async function createLoggedModel(
  send: Send,
  body: { readonly experiment_id: string; readonly name: string } & Json,
): Promise<LoggedModel> {
  return (await send('createLoggedModel', { body })).model.info;
}

/** @returns its name */
export async function createRegisteredModel(
  send: Send,
  body: { readonly name: string } & Json,
): Promise<string> {
  await send('createRegisteredModel', { body });
  return body.name;
}

/** @returns the number of the version, as MLflow writes it: `'1'` */
export async function createModelVersion(
  send: Send,
  body: { readonly name: string; readonly source: string } & Json,
): Promise<string> {
  return (await send('createModelVersion', { body })).model_version.version;
}

/** A registered model that MLflow's client reads as a prompt, with one version. @returns its name */
export async function createPrompt(
  send: Send,
  { name, text, tags = [] }: { readonly name: string; readonly text: string; readonly tags?: readonly Tag[] },
): Promise<string> {
  await createRegisteredModel(send, { name, tags: [IS_PROMPT, ...tags] });
  const template: Tag = { key: 'mlflow.prompt.text', value: text };
  await createModelVersion(send, { name, source: 'dummy-source', tags: [IS_PROMPT, template] });
  return name;
}

/** Puts a file below an artifact URI. */
export async function uploadArtifact(send: Send, uri: string, file: string, text: string): Promise<void> {
  await send('proxyUploadArtifact', {
    path: { artifact_path: artifactPath(uri, file) },
    raw: Buffer.from(text),
  });
}

/** The least that MLflow's third API takes for a new trace. */
export function traceInfo(trace_id: string, experiment_id: string): Json {
  return {
    trace_id,
    trace_location: { type: 'MLFLOW_EXPERIMENT', mlflow_experiment: { experiment_id } },
    request_time: '2024-01-01T00:00:00Z',
    execution_duration: '1s',
    state: 'OK',
  };
}

export interface NewTrace {
  readonly experimentId: string;
  readonly tags?: readonly Tag[];
  readonly metadata: Readonly<Record<string, string>>;
  /** Further fields of `trace_info`, which the second API does not have. */
  readonly info?: Json;
  /** The attribute of its one span; without it, and where MLflow takes no spans, the trace has none. */
  readonly span?: OtlpAttribute;
}

/**
 * A trace as MLflow's client makes one: by the third API, before 3.2 by the second.
 *
 * @returns its id, which the second API chooses
 */
export async function createTrace(send: Send, trace: NewTrace): Promise<string> {
  const { experimentId, tags = [], metadata, info, span } = trace;
  const traceId = hex(16);
  const trace_info = {
    ...traceInfo(`tr-${traceId}`, experimentId),
    trace_metadata: metadata,
    tags: Object.fromEntries(tags.map(({ key, value }) => [key, value])),
    ...info,
  };
  const made = await ifServed(send('startTraceV3', { body: { trace: { trace_info } } }));
  if (made === undefined) return startTrace(send, trace);
  if (span !== undefined) await ifServed(addSpan(send, experimentId, traceId, span));
  return `tr-${traceId}`;
}

async function startTrace(send: Send, { experimentId, tags = [], metadata }: NewTrace): Promise<string> {
  const { trace_info } = await send('startTrace', {
    body: {
      experiment_id: experimentId,
      timestamp_ms: 1_700_000_000_000,
      request_metadata: Object.entries(metadata).map(([key, value]) => ({ key, value })),
      tags,
    },
  });
  return trace_info.request_id;
}

async function addSpan(send: Send, experiment: string, traceId: string, span: OtlpAttribute): Promise<void> {
  await send('exportTraces', {
    headers: { 'content-type': 'application/x-protobuf', 'x-mlflow-experiment-id': experiment },
    raw: otlpProtobuf(traceId, [span]),
  });
}

/** Feedback on a trace, as MLflow's client writes it. */
export function feedback(trace_id: string, value: string): Json {
  return {
    assessment_name: 'good',
    trace_id,
    source: { source_type: 'HUMAN', source_id: 'h' },
    create_time: '2024-01-01T00:00:00Z',
    last_update_time: '2024-01-01T00:00:00Z',
    feedback: { value },
    rationale: value,
  };
}

/** @param assessment with the trace that it is about; see `feedback`. @returns the id */
export async function createAssessment(send: Send, assessment: Json): Promise<string> {
  const { trace_id } = assessment as { readonly trace_id: string };
  const created = await send('createAssessment', { path: { trace_id }, body: { assessment } });
  return created.assessment.assessment_id;
}

/** @returns the id */
export async function createDataset(
  send: Send,
  { tags, ...body }: { readonly name: string; readonly tags?: Readonly<Record<string, string>> } & Json,
): Promise<string> {
  const created = await send('createDataset', {
    body: { ...body, ...(tags === undefined ? {} : { tags: JSON.stringify(tags) }) },
  });
  return created.dataset.dataset_id;
}

/** One record with one input, `question`. */
export async function addDatasetRecord(send: Send, dataset_id: string, question: string): Promise<void> {
  await send('upsertDatasetRecords', {
    path: { dataset_id },
    body: { records: JSON.stringify([{ inputs: { question } }]) },
  });
}

/** @returns the id, or `undefined` before 3.6, where a scorer has a name and no id */
export async function registerScorer(
  send: Send,
  { experiment_id, name }: { readonly experiment_id: string; readonly name: string },
): Promise<string | undefined> {
  const body = { experiment_id, name, serialized_scorer: serializedScorer(name) };
  return (await send('registerScorer', { body })).scorer_id;
}

/** @returns the id */
export async function createIssue(
  send: Send,
  body: { readonly experiment_id: string; readonly name: string } & Json,
): Promise<string> {
  return (await send('createIssue', { body })).issue.issue_id;
}

/** @returns the id */
export async function createLabelSchema(
  send: Send,
  body: { readonly experiment_id: string; readonly name: string; readonly input: Json } & Json,
): Promise<string> {
  return (await send('createLabelSchema', { body: { type: 'FEEDBACK', ...body } })).label_schema.schema_id;
}

/** @returns the id */
export async function createReviewQueue(
  send: Send,
  body: { readonly experiment_id: string; readonly name: string } & Json,
): Promise<string> {
  return (await send('createReviewQueue', { body: { queue_type: 'CUSTOM', ...body } })).review_queue.queue_id;
}

/** An MCP server without a version. @returns its name */
export async function createMcpServer(
  send: Send,
  { tags = [], ...body }: { readonly name: string; readonly tags?: readonly Tag[] } & Json,
): Promise<string> {
  const { name } = body as { readonly name: string };
  await send('createMcpServer', { body });
  for (const tag of tags) await send('setMcpServerTag', { path: { name }, body: { ...tag } });
  return name;
}

/** The organisation of the skills that have one. All tenants use it: an organisation is a part of a name. */
export const ORGANIZATION = 'acme.tools';

/** A skill with a version from a repository. @returns its name */
export async function createSkill(
  send: Send,
  { tags = [], organization, name, description }: SkillOptions,
  source = 'https://git.example.com/skills.git',
): Promise<string> {
  const inOrganization = organization === undefined ? '' : 'Organization';
  const path = { name, ...(organization === undefined ? {} : { organization }) };
  await send('createSkill', { body: { ...path, description } });
  await send(`create${inOrganization}SkillVersion`, {
    path,
    body: { source_type: 'git', source, status: 'draft' },
  });
  for (const tag of tags) await send(`set${inOrganization}SkillTag`, { path, body: { ...tag } });
  return name;
}

interface SkillOptions {
  readonly name: string;
  readonly organization?: string;
  readonly description?: string;
  readonly tags?: readonly { readonly key: string; readonly value: string }[];
}

/** An active version of an MCP server. */
export async function createMcpServerVersion(
  send: Send,
  name: string,
  version: string,
  { description, ...more }: { readonly description?: string } & Json = {},
): Promise<void> {
  const server_json = { name, version, ...(description === undefined ? {} : { description }) };
  await send('createMcpServerVersion', {
    path: { name },
    body: { server_json, status: 'active', ...more },
  });
}

/** @returns the id of the endpoint */
export async function createMcpEndpoint(
  send: Send,
  name: string,
  body: { readonly server_version: string; readonly url: string },
): Promise<string> {
  return (await send('createMcpAccessEndpoint', { path: { name }, body })).id;
}
