import { describe, expect, it } from 'vitest';
import { KINDS, OPERATIONS, TAG_ITEM } from '../../src/catalog/generated/catalog.ts';
import type { TagsPlan } from '../../src/catalog/types.ts';
import { operationById } from '../../src/mlflow/call.ts';
import type { OperationPolicy } from '../description.ts';
import { type PlannedOperation, planTags } from './tags-plan.ts';

const kinds = Object.fromEntries(KINDS.map(({ kind, ...policy }) => [kind, policy]));

/** The plan in the catalog, which must have the rule. */
function plan<R extends TagsPlan['rule']>(id: string, rule: R): Extract<TagsPlan, { rule: R }> {
  const { tags } = operationById(id);
  expect(tags.rule, id).toBe(rule);
  return tags as Extract<TagsPlan, { rule: R }>;
}

/** The problems that codegen reports about an operation, with other parts or another policy. */
function problemsOf(id: string, policy: OperationPolicy, parts: Partial<PlannedOperation> = {}): string[] {
  const problems: string[] = [];
  const context = { tagItem: TAG_ITEM, kinds, problem: (text: string) => void problems.push(text) };
  planTags({ ...operationById(id), ...parts }, policy, context);
  return problems;
}

describe('the plans of the catalog', () => {
  it('have the place of the tenant tag, and the filters that take a clause', () => {
    expect(plan('createRun', 'create').stamp).toEqual({ path: ['tags'], at: 'tags', form: 'list' });
    expect(plan('createModelVersion', 'create').stamp).toEqual({ path: ['tags'], at: 'tags', form: 'list' });
    // Not the metadata, which precede the tags and have the same form.
    expect(plan('startTrace', 'create').stamp).toEqual({ path: ['tags'], at: 'tags', form: 'list' });
    expect(plan('startTraceV3', 'create').stamp).toEqual({
      path: ['trace', 'trace_info', 'tags'],
      at: 'trace.trace_info.tags',
      form: 'map',
    });
    const filter = { place: 'body', field: 'filter', dialect: 'runs', clause: 'always' };
    expect(plan('searchRuns', 'search').filters).toEqual([filter]);
    expect(plan('searchModelVersions', 'search').filters).toMatchObject([
      { place: 'query', dialect: 'model-versions' },
    ]);
    expect(plan('calculateTraceFilterCorrelation', 'within').filters).toHaveLength(3);
    expect(plan('queryTraceMetrics', 'within').filters).toMatchObject([{ field: 'filters', list: true }]);
  });

  it('have the list that a search is confined to', () => {
    expect(plan('searchTracesV3', 'within').within).toEqual({
      place: 'body',
      path: ['locations', 'mlflow_experiment', 'experiment_id'],
      at: 'locations.mlflow_experiment.experiment_id',
      kind: 'experiment',
      absent: '2147483647',
    });
    expect(plan('batchGetTraces', 'within').within).toMatchObject({
      place: 'query',
      path: ['trace_ids'],
      kind: 'trace',
    });
    expect(plan('searchRuns', 'search').within).toMatchObject({ path: ['experiment_ids'] });
    expect(plan('getTrace', 'references')).not.toHaveProperty('within');
  });

  it('mark the operations that change an experiment itself', () => {
    for (const id of ['updateExperiment', 'deleteExperiment', 'setExperimentTag', 'restoreExperiment'])
      expect(plan(id, 'references').settings, id).toBe(true);
    for (const id of ['getExperiment', 'createRun', 'searchRuns', 'createLoggedModel', 'deleteRun'])
      expect(operationById(id).tags, id).not.toHaveProperty('settings');
  });

  it('require a resource or a path if MLflow would otherwise use a default', () => {
    expect(plan('createRun', 'create').needs?.kinds).toEqual(['experiment']);
    expect(plan('proxyListArtifacts', 'references').needsPath).toBe(true);
    expect(plan('searchRuns', 'search')).not.toHaveProperty('needs');
    // MLflow puts a trace without an experiment, and spans without one, into the default experiment.
    expect(plan('startTraceV3', 'create').needs?.kinds).toEqual(['experiment']);
    expect(plan('exportTraces', 'references').needs?.kinds).toEqual(['experiment']);
    expect(plan('uploadRunArtifact', 'references').needs?.unnamed).toBe(
      'Request must specify run_id or run_uuid.',
    );
    expect(plan('searchTraces', 'within').unnamed).toBe(
      "Missing value for required parameter 'experiment_ids'. searchTraces must name the experiment it searches in.",
    );
  });

  it('have only the rule for operations that are not confined', () => {
    for (const { id, tags } of OPERATIONS) {
      if (['references', 'create', 'search', 'within'].includes(tags.rule)) continue;
      const { feature: _, ...rest } = { feature: '', ...tags };
      expect(rest, id).toEqual({ rule: tags.rule });
    }
  });
});

describe('planTags', () => {
  it('reports an optional reference outside a header', () => {
    const policy = { class: 'reference', kind: 'run', workspaces: 'upstream', elseLeftOut: true } as const;
    expect(problemsOf('exportTraces', { tags: 'references' })).toEqual([]);
    const query = [{ name: 'run_id', type: 'string', policy } as const];
    expect(problemsOf('exportTraces', { tags: 'references' }, { query })).toEqual([
      'only a header can have a reference that may be left out (or-none)',
    ]);
  });

  it('reports an operation if its rule cannot be enforced', () => {
    const nothing = { bodyFields: [] };
    expect(problemsOf('createRun', { tags: 'create' }, nothing)).toEqual(['creates, but takes no tags']);
    expect(problemsOf('searchRuns', { tags: 'search' }, nothing)).toEqual([
      'searches, but has neither a filter nor a filtered response',
    ]);
    expect(problemsOf('searchTraces', { tags: 'within' }, { query: [] })).toEqual([
      'names nothing to search in',
    ]);
    expect(problemsOf('createRun', { tags: 'maybe' })).toEqual(['unknown tags rule maybe']);
  });

  it('reports a search in a kind without an absent id', () => {
    const experiment_ids = {
      name: 'ids',
      type: 'string',
      repeated: true,
      policy: { class: 'reference', kind: 'issue', workspaces: 'upstream' },
    } as const;
    const query = [experiment_ids];
    expect(problemsOf('searchTraces', { tags: 'within' }, { query })).toEqual([
      'searches in issue, a kind without an absent id',
    ]);
  });

  it.each<[string, OperationPolicy, string]>([
    [
      'createRun',
      { tags: 'create', within: 'tags' },
      'within goes with the rule search or within, not create',
    ],
    ['createRun', { tags: 'create', stamp: 'labels' }, 'creates, but takes no tags'],
    ['searchRuns', { tags: 'search', releases: true }, 'releases goes with the rule references, not search'],
    ['searchRuns', { tags: 'search', within: 'ids' }, 'within names no list of references: ids'],
    ['searchRuns', { tags: 'search', among: { kind: 'run', key: 'k' } }, 'among needs a filter in the query'],
    ['deleteTraces', { tags: 'references', named: 'ids' }, 'named names no list in the body: ids'],
    ['deleteTraces', { tags: 'references', unshared: 'ids' }, 'unshared names no list in the body: ids'],
    [
      'deleteTraces',
      { tags: 'references', unshared: '*', named: 'request_ids' },
      'named and unshared exclude each other',
    ],
    [
      'createMcpServer',
      { tags: 'references', unnamed: 'x' },
      'unnamed goes with an operation that must name a resource',
    ],
    [
      'createMcpServer',
      { tags: 'references', makesFirst: { operation: 'a', field: 'b', kind: 'c' } },
      'makesFirst goes with tagsAfter',
    ],
    [
      'createMcpServer',
      { tags: 'references', tagsAfter: { operation: 'a', field: 'b' } },
      'tagsAfter must name the id in either the answer or the request',
    ],
  ])('reports a setting that %s cannot have: %j', (id, policy, problem) => {
    expect(problemsOf(id, policy)).toEqual([problem]);
  });
});
