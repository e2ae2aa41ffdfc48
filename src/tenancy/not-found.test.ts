import { expect, test } from 'vitest';
import { isUnchosen, notFound } from './not-found.ts';

test('names the missing resource, and how to choose an experiment if none was chosen', () => {
  expect(notFound({ kind: 'run', id: 'a', at: 'run_id' })).toMatchObject({
    reason: 'resource_not_found',
    message: 'Run with id=a not found',
  });
  expect(notFound({ kind: 'experiment', id: '0', at: 'experiment_id' }).message).toBe(
    'No Experiment with id=0 exists. Clients use it where no experiment was chosen, and you have none of that id: choose one with mlflow.set_experiment("<name>") or MLFLOW_EXPERIMENT_NAME=<name>.',
  );
});

test('names a skill and its organisation, as MLflow does', () => {
  const of = (id: string): string => notFound({ kind: 'skill', id, at: 'name' }).message;
  expect(of('review')).toBe("Skill 'review' not found in organization ''");
  expect(of('@acme/review')).toBe("Skill 'review' not found in organization 'acme'");
});

test('only experiment 0 counts as not chosen', () => {
  expect([isUnchosen('experiment', '0'), isUnchosen('experiment', '1'), isUnchosen('run', '0')]).toEqual([
    true,
    false,
    false,
  ]);
});
