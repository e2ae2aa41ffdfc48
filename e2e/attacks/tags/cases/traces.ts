import { randomBytes } from 'node:crypto';
import { API, API3, type Json } from '../../../harness/mlflow-api.ts';
import { type OtlpAttribute, otlpJson, otlpProtobuf } from '../../../harness/otlp.ts';
import { feedback, traceInfo } from '../../../harness/world/resources.ts';
import type { Estate } from '../estate.ts';
import { type Attack, before, gets, posts } from './attack.ts';

const intruder = { key: 'intruder', value: 'x' };

/** Attacks by the id of a trace, in each field for one. */
const OF_TRACES: readonly Attack[] = [
  gets('read a trace', 'reads', (v) => `${API3}/traces/${v.trace}`),
  gets('read a trace of the shared experiment', 'reads', (v) => `${API3}/traces/${v.sharedTrace}`),
  gets('read a trace by the older API', 'reads', (v) => `${API}/traces/${v.trace}/info`),
  gets(
    'read a trace with its spans',
    'reads',
    (v) => `${API3}/traces/get?trace_id=${v.trace}&allow_partial=true`,
  ),
  gets(
    'read the data of a trace',
    'reads',
    (v) => `/ajax-api/3.0/mlflow/get-trace-artifact?request_id=${v.trace}`,
  ),
  posts('tag a trace', 'changes', `${API3}/traces/TRACE/tags`, () => intruder, 'PATCH'),
  posts(
    'tag a trace of the shared experiment',
    'changes',
    `${API3}/traces/SHARED/tags`,
    () => intruder,
    'PATCH',
  ),
  posts('tag a trace by the older API', 'changes', `${API}/traces/TRACE/tags`, () => intruder, 'PATCH'),
  posts('delete a tag of a trace', 'changes', `${API3}/traces/TRACE/tags`, () => ({ key: 'note' }), 'DELETE'),
  posts(
    'delete a tag by the older API',
    'changes',
    `${API}/traces/TRACE/tags`,
    () => ({ key: 'note' }),
    'DELETE',
  ),
  posts(
    'end a trace',
    'changes',
    `${API}/traces/TRACE`,
    () => ({ timestamp_ms: 9, status: 'ERROR', tags: [intruder], request_metadata: [intruder] }),
    'PATCH',
  ),
  posts('start a trace in an experiment', 'passes', `${API}/traces`, (v) => ({
    experiment_id: v.experiment,
    timestamp_ms: 1,
    request_metadata: [],
    tags: [],
  })),
  // MLflow reads a missing experiment as the default one, or fails.
  posts('start a trace nowhere', 'closed', `${API3}/traces`, () => ({
    trace: { trace_info: { ...traceInfo(`tr-${'1'.repeat(32)}`, '0'), trace_location: undefined } },
  })),
  // Affects the resources of every tenant that does the same.
  ...[undefined, ''].map((trace_id) =>
    posts(
      `start a trace under no id (${trace_id ?? 'none'})`,
      before('3.18', 'passes'),
      `${API3}/traces`,
      (_, own) => ({ trace: { trace_info: { ...traceInfo('', own.experiment), trace_id } } }),
    ),
  ),
  // MLflow reads only the first two locations, and so neither the id nor the tags after them.
  posts('start a trace in two places', before('3.18', 'passes'), `${API3}/traces`, (_, own) => {
    const { trace_id, trace_location, ...rest } = traceInfo(`tr-${'3'.repeat(32)}`, own.experiment);
    const places = { ...trace_location, inference_table: { full_table_name: 'x' } };
    return { trace: { trace_info: { trace_location: places, trace_id, ...rest } } };
  }),
  // Moves the other tenant's trace, its feedback and its data into the attacker's experiment.
  ...(['trace', 'sharedTrace'] as const).map((which) =>
    posts(
      `take over a trace by starting it again (${which})`,
      before('3.18', 'changes'),
      `${API3}/traces`,
      (v, own) => ({ trace: { trace_info: traceInfo(v[which], own.experiment) } }),
    ),
  ),
  posts('take over a trace in the shared experiment', 'changes', `${API3}/traces`, (v) => ({
    trace: { trace_info: traceInfo(v.sharedTrace, '0') },
  })),
  posts(
    'give a trace of one’s own to an experiment',
    before('3.18', 'passes'),
    `${API3}/traces`,
    (v, own) => ({ trace: { trace_info: traceInfo(own.trace, v.experiment) } }),
  ),
  posts('delete traces', 'changes', `${API3}/traces/delete-traces`, (v) => ({
    experiment_id: v.experiment,
    request_ids: [v.trace],
  })),
  posts('delete all traces of an experiment', 'changes', `${API}/traces/delete-traces`, (v) => ({
    experiment_id: v.experiment,
    max_timestamp_millis: '9000000000000',
    max_traces: 100,
  })),
  posts('delete a trace of the shared experiment', 'changes', `${API3}/traces/delete-traces`, (v, own) => ({
    experiment_id: '0',
    request_ids: [own.sharedTrace, v.sharedTrace],
  })),
  posts('link a trace to an own run', 'passes', `${API}/traces/link-to-run`, (v, own) => ({
    trace_ids: [own.trace, v.trace],
    run_id: own.run,
  })),
  posts('link an own trace to a run', 'passes', `${API}/traces/link-to-run`, (v, own) => ({
    trace_ids: [own.trace],
    run_id: v.run,
  })),
  posts('link a prompt to an own trace', 'passes', `${API}/traces/link-prompts`, (v, own) => ({
    trace_id: own.trace,
    prompt_versions: [{ name: v.registered, version: '1' }],
  })),
  posts('link a prompt to a trace', 'passes', `${API}/traces/link-prompts`, (v, own) => ({
    trace_id: v.trace,
    prompt_versions: [{ name: own.registered, version: '1' }],
  })),
];

/** Attacks that empty the shared experiment: tried last. */
export const CLEARANCES: readonly Attack[] = [
  ...[undefined, []].map((request_ids) =>
    posts(
      `delete all traces of the shared experiment (${request_ids ? 'an empty list' : 'no list'})`,
      'changes',
      `${API3}/traces/delete-traces`,
      () => ({ experiment_id: '0', max_timestamp_millis: '9000000000000', max_traces: 100, request_ids }),
    ),
  ),
];

/** Attacks on feedback, by its trace. */
const ASSESSMENTS: readonly Attack[] = [
  gets('read feedback', 'reads', (v) => `${API3}/traces/${v.trace}/assessments/${v.assessment}`),
  posts('give feedback', 'changes', `${API3}/traces/TRACE/assessments`, (v) => ({
    assessment: feedback(v.trace, 'intruder'),
  })),
  posts(
    'give feedback on an own trace that says another',
    'passes',
    `${API3}/traces/OWN/assessments`,
    (v) => ({
      assessment: feedback(v.trace, 'intruder'),
    }),
  ),
  posts(
    'change feedback',
    'changes',
    `${API3}/traces/TRACE/assessments/ASSESSMENT`,
    (v) => ({
      assessment: { ...feedback(v.trace, 'intruder'), assessment_id: v.assessment },
      update_mask: 'feedback,rationale',
    }),
    'PATCH',
  ),
  gets(
    'delete feedback',
    'changes',
    (v) => `${API3}/traces/${v.trace}/assessments/${v.assessment}`,
    'DELETE',
  ),
  {
    // MLflow stores the overridden id of feedback in a new trace, and makes that assessment valid again when the feedback is deleted.
    name: 'make overridden feedback valid again',
    effect: 'changes',
    send: async (as, v, own) => {
      const trace_id = `tr-${randomBytes(16).toString('hex')}`;
      const overriding = { ...feedback(trace_id, 'mine'), overrides: v.assessment };
      const trace_info = { ...traceInfo(trace_id, own.experiment), assessments: [overriding] };
      const made = await as(`${API3}/traces`, { json: { trace: { trace_info } } });
      if (!made.ok) return made;
      const [mine] = ((await (await as(`${API3}/traces/${trace_id}`)).json()) as Json).trace.trace_info
        .assessments;
      return as(`${API3}/traces/${trace_id}/assessments/${mine.assessment_id}`, { method: 'DELETE' });
    },
  },
];

/** Attacks by the name of an issue, in the field for the name of an assessment. */
const OF_ISSUES: readonly Attack[] = [
  // The trace would count as one of the victim's issue.
  posts('count an own trace for an issue', 'passes', `${API3}/traces/OWN/assessments`, (v, own) => {
    const { feedback: _, ...rest } = feedback(own.trace, 'x');
    return { assessment: { ...rest, assessment_name: v.issue, issue: { issue_name: 'mine' } } };
  }),
];

const byTrace = (attacks: readonly Attack[]): readonly Attack[] =>
  attacks.map((attack) => ({
    ...attack,
    send: (as, v, own) =>
      attack.send(
        (path, init) =>
          as(
            path
              .replace('TRACE', v.trace)
              .replace('SHARED', v.sharedTrace)
              .replace('OWN', own.trace)
              .replace('ASSESSMENT', v.assessment),
            init,
          ),
        v,
        own,
      ),
  }));

/** Attacks by the id of a trace, also in the path. */
export const TRACES = byTrace([...OF_TRACES, ...ASSESSMENTS]);
export const ISSUES_OF_TRACES = byTrace(OF_ISSUES);

const bare = (trace: string): string => trace.replace('tr-', '');

const spans = (
  name: string,
  effect: Attack['effect'],
  experiment: (v: Estate, own: Estate) => string,
  trace: (v: Estate, own: Estate) => string,
  more: { attributes?: (v: Estate, own: Estate) => OtlpAttribute[]; run?: (v: Estate) => string } = {},
): Attack[] =>
  ([otlpJson, otlpProtobuf] as const).map((write) => ({
    name: `${name} (${write.name})`,
    effect,
    send: (as, v, own) =>
      as('/v1/traces', {
        method: 'POST',
        body: write(bare(trace(v, own)), more.attributes?.(v, own) ?? []),
        headers: {
          'content-type': write === otlpJson ? 'application/json' : 'application/x-protobuf',
          'x-mlflow-experiment-id': experiment(v, own),
          ...(more.run ? { 'x-mlflow-run-id': more.run(v) } : {}),
        },
      }),
  }));
const fresh = (): string => randomBytes(16).toString('hex');

/** Spans sent by OpenTelemetry, whose traces are named in the body. */
export const OTLP: readonly Attack[] = [
  ...spans(
    'add spans to a trace',
    before('3.18', 'changes'),
    (_, own) => own.experiment,
    (v) => v.trace,
  ),
  ...spans(
    'add spans to a trace of the shared experiment',
    before('3.18', 'changes'),
    (_, own) => own.experiment,
    (v) => v.sharedTrace,
  ),
  ...spans(
    'add spans to a trace within the shared experiment',
    'changes',
    () => '0',
    (v) => v.sharedTrace,
  ),
  ...spans('send spans to an experiment', 'passes', (v) => v.experiment, fresh),
  // A new trace in the shared experiment has no owner.
  ...spans('make a trace in the shared experiment', 'passes', () => '0', fresh),
  // MLflow before 3.17 trusts the attribute.
  ...spans('add spans to a trace by an attribute', 'passes', (_, own) => own.experiment, fresh, {
    attributes: (v) => [['mlflow.traceRequestId', v.trace]],
  }),
  ...spans('add spans to a trace by an attribute in JSON', 'passes', (_, own) => own.experiment, fresh, {
    attributes: (v) => [['mlflow.traceRequestId', JSON.stringify(v.trace)]],
  }),
  ...spans('make a trace another tenant’s by an attribute', 'passes', (_, own) => own.experiment, fresh, {
    attributes: (v) => [['mlflow.traceTag.tenant', v.tenant]],
  }),
];

const locations = (...experiments: string[]): Json => ({
  locations: experiments.map((experiment_id) => ({
    type: 'MLFLOW_EXPERIMENT',
    mlflow_experiment: { experiment_id },
  })),
});
const query = (experiments: readonly string[], filter = ''): string =>
  `${experiments.map((id) => `experiment_ids=${id}`).join('&')}&filter=${encodeURIComponent(filter)}`;

/** Searches are never refused; their responses must hold no data of the victim. */
export const TRACE_SEARCHES: readonly Attack[] = [
  posts('search traces', 'reads', `${API3}/traces/search`, (v) => locations(v.experiment)),
  posts('search traces in the shared experiment', 'reads', `${API3}/traces/search`, () => ({
    ...locations('0'),
    max_results: 500, // Other attacks leave traces there too.
  })),
  posts('search traces in an own experiment and others', 'reads', `${API3}/traces/search`, (v, own) => ({
    ...locations(own.experiment, v.experiment, '0'),
    filter: `metadata.m = '${v.secret}'`,
  })),
  posts('search traces by the owner', 'reads', `${API3}/traces/search`, (v) => ({
    ...locations('0', v.experiment),
    filter: `tags.tenant = '${v.tenant}'`,
  })),
  gets(
    'search traces by the older API',
    'reads',
    // Other attacks leave traces in the shared experiment too, more than one page of the default size.
    (v, own) => `${API}/traces?${query([own.experiment, v.experiment, '0'])}&max_results=500`,
  ),
  gets(
    'read several traces',
    'reads',
    (v, own) => `${API3}/traces/batchGet?trace_ids=${own.trace}&trace_ids=${v.trace}`,
  ),
  posts('read several traces’ infos', 'reads', `${API3}/traces/batchGetInfos`, (v, own) => ({
    trace_ids: [own.trace, v.trace, v.sharedTrace],
  })),
];
