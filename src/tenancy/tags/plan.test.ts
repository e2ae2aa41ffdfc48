import { describe, expect, it } from 'vitest';
import { OPERATIONS, TAG_ITEM } from '../../catalog/generated/catalog.ts';
import { operationById } from '../call.ts';
import { planOperation } from './plan.ts';

const plan = (id: string) => planOperation(operationById(id), TAG_ITEM);

describe('planOperation', () => {
  it('can plan the whole catalog', () => {
    for (const operation of OPERATIONS) planOperation(operation, TAG_ITEM);
  });

  it('finds where the owner’s tag goes, and where the clause', () => {
    expect(plan('createRun').stamp).toEqual({ field: 'tags', kind: 'run' });
    expect(plan('createModelVersion').stamp).toEqual({ field: 'tags', kind: 'model-version' });
    expect(plan('searchRuns').filter).toEqual({ place: 'body', field: 'filter', dialect: 'runs' });
    expect(plan('searchModelVersions').filter).toMatchObject({ place: 'query', dialect: 'model-versions' });
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
  });

  it('refuses an operation that its rule cannot be enforced on', () => {
    const { bodyFields: _, ...rest } = operationById('createRun');
    expect(() => planOperation({ ...rest, bodyFields: [] }, TAG_ITEM)).toThrow('takes no tags');
    expect(() => planOperation({ ...operationById('searchRuns'), bodyFields: [] }, TAG_ITEM)).toThrow(
      'neither a filter',
    );
  });
});
