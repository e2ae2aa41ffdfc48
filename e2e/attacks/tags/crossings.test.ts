import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { API } from '../../harness/mlflow-api.ts';
import { LAST, QUIET, REFUSED } from './cases/index.ts';
import { openScene, type Scene } from './scene.ts';
import { attempt, control, openTrial, quiet, refused, type Trial } from './trial.ts';

/**
 * Attacks from one tenant on another that succeed on a real MLflow without workspaces, each tried twice: straight at
 * MLflow, where it must succeed (or the test would prove nothing), and through the gateway, where it must fail.
 */

let scene: Scene;
let trial: Trial;
beforeAll(async () => {
  scene = await openScene();
  trial = await openTrial(scene);
});
afterAll(() => scene?.stop());

describe.each(REFUSED)('%s', (_, attacks) => {
  test.each(attacks)('$name ($effect)', async (attack) => {
    await control(trial, attack);
    await refused(trial, attack);
  });
});

describe('a search', () => {
  test.each(QUIET)('$name', async (attack) => {
    await control(trial, attack);
    expect(await quiet(trial, attack)).toBe(200);
  });
});

describe('MLflow refuses a name in use without further detail', () => {
  test.each([
    ['new model', 'registered-models/create', () => ({ name: trial.victim.registered })],
    [
      'renamed model',
      'registered-models/rename',
      () => ({ name: trial.own.registered, new_name: trial.victim.registered }),
    ],
    ['new experiment', 'experiments/create', () => ({ name: trial.victim.experimentName })],
    [
      'renamed experiment',
      'experiments/update',
      () => ({ experiment_id: trial.own.experiment, new_name: trial.victim.experimentName }),
    ],
  ] as const)('%s', async (_, path, body) => {
    const { status, text } = await attempt(trial, { send: (as) => as(`${API}/${path}`, { json: body() }) });
    expect(status, text).toBe(400);
    const { secret, run, experiment, tenant } = trial.victim;
    for (const known of [secret, run, tenant, `'${experiment}'`]) expect(text).not.toContain(known);
  });
});

test.each(LAST)('at last: $name', async (attack) => {
  await refused(trial, attack);
  await control(trial, attack);
});
