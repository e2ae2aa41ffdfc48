import { describe, expect, it } from 'vitest';
import { OPERATIONS, TAG_ITEM } from '../../catalog/generated/catalog.ts';
import { operationById } from '../../mlflow/call.ts';
import { planOperation } from './plan.ts';

const plan = (id: string) => planOperation(operationById(id), TAG_ITEM);

describe('planOperation', () => {
  it('can plan the whole catalog', () => {
    for (const operation of OPERATIONS) planOperation(operation, TAG_ITEM);
  });

  it('finds where the owner’s tag goes, and where the clause', () => {
    expect(plan('createRun').stamp).toEqual({ path: ['tags'], form: 'list' });
    expect(plan('createModelVersion').stamp).toEqual({ path: ['tags'], form: 'list' });
    // Not the metadata, which stands before the tags and is written the same way.
    expect(plan('startTrace').stamp).toEqual({ path: ['tags'], form: 'list' });
    expect(plan('startTraceV3').stamp).toEqual({ path: ['trace', 'trace_info', 'tags'], form: 'map' });
    const filter = { place: 'body', field: 'filter', dialect: 'runs', list: false };
    expect(plan('searchRuns').filters).toEqual([filter]);
    expect(plan('searchModelVersions').filters).toMatchObject([
      { place: 'query', dialect: 'model-versions' },
    ]);
    expect(plan('calculateTraceFilterCorrelation').filters).toHaveLength(3);
    expect(plan('queryTraceMetrics').filters).toMatchObject([{ field: 'filters', list: true }]);
  });

  it('finds what a search is confined to', () => {
    expect(plan('searchTracesV3').within).toEqual({
      place: 'body',
      path: ['locations', 'mlflow_experiment', 'experiment_id'],
      kind: 'experiment',
      required: true,
    });
    expect(plan('batchGetTraces').within).toMatchObject({
      place: 'query',
      path: ['trace_ids'],
      kind: 'trace',
    });
    expect(plan('searchRuns').within).toMatchObject({ path: ['experiment_ids'], required: false });
    expect(plan('getTrace').within).toBeUndefined();
  });

  it('knows what changes an experiment itself', () => {
    for (const id of ['updateExperiment', 'deleteExperiment', 'setExperimentTag', 'restoreExperiment'])
      expect(plan(id).settings, id).toBe(true);
    for (const id of ['getExperiment', 'createRun', 'searchRuns', 'createLoggedModel', 'deleteRun'])
      expect(plan(id).settings, id).toBe(false);
  });

  it('wants something named wherever MLflow would fall back to a default', () => {
    expect(plan('createRun').needs).toEqual(new Set(['experiment']));
    expect(plan('proxyListArtifacts').needsPath).toBe(true);
    expect(plan('searchRuns').needs.size).toBe(0);
    // MLflow reads a trace without a place, and spans without one, as of the default experiment.
    expect(plan('startTraceV3').needs).toEqual(new Set(['experiment']));
    expect(plan('exportTraces').needs).toEqual(new Set(['experiment']));
  });

  it('refuses a reference that may be left out elsewhere than in a header', () => {
    const policy = { class: 'reference', kind: 'run', workspaces: 'upstream', elseLeftOut: true } as const;
    const operation = operationById('exportTraces');
    expect(() => planOperation(operation, TAG_ITEM)).not.toThrow();
    const query = [{ name: 'run_id', type: 'string', policy } as const];
    expect(() => planOperation({ ...operation, query }, TAG_ITEM)).toThrow('elsewhere than in a header');
  });

  it('refuses an operation that its rule cannot be enforced on', () => {
    const { bodyFields: _, ...rest } = operationById('createRun');
    expect(() => planOperation({ ...rest, bodyFields: [] }, TAG_ITEM)).toThrow('takes no tags');
    expect(() => planOperation({ ...operationById('searchRuns'), bodyFields: [] }, TAG_ITEM)).toThrow(
      'neither a filter',
    );
  });
});
