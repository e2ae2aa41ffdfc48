import { expect, test } from 'vitest';
import { isUnchosen, missing } from './not-found.ts';

test('what is missing is named, and how to choose where nobody chose', () => {
  expect(missing('run', 'a', 'run_id')).toMatchObject({
    reason: 'resource_not_found',
    message: 'Run with id=a not found',
  });
  expect(missing('experiment', '0', 'experiment_id').message).toBe(
    'No Experiment with id=0 exists. Clients use it where no experiment was chosen, and you have none of that id: choose one with mlflow.set_experiment("<name>") or MLFLOW_EXPERIMENT_NAME=<name>.',
  );
});

test('only that experiment is one that nobody chose', () => {
  expect([isUnchosen('experiment', '0'), isUnchosen('experiment', '1'), isUnchosen('run', '0')]).toEqual([
    true,
    false,
    false,
  ]);
});
