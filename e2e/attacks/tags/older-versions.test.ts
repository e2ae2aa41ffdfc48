import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isBefore, versionsOr } from '../../harness/mlflow-version.ts';
import { LAST, QUIET, REFUSED } from './cases/index.ts';
import { openScene, type Scene } from './scene.ts';
import { openTrial, quiet, refused, type Trial } from './trial.ts';

/**
 * The same attacks on older versions of MLflow, which check less (any source for a prompt or version before 3.10,
 * for example). crossings.test.ts shows that they succeed on the newest. `E2E_MLFLOW_VERSION` chooses one version.
 */
describe.each(versionsOr(['2.22.5', '3.5.1']))('MLflow %s', (version) => {
  let scene: Scene;
  let trial: Trial;
  beforeAll(async () => {
    scene = await openScene(version);
    trial = await openTrial(scene);
  });
  afterAll(() => scene?.stop());

  // Without spans (before 3.5), MCP servers or issues (before 3.17) there is nothing to attack, and no name in use.
  const absent = [
    ...(isBefore(version, '3.17') ? ['MCP servers', 'issues'] : []),
    ...(isBefore(version, '3.5') ? ['spans'] : []),
  ];
  const there = REFUSED.filter(([about]) => !absent.includes(about));
  test.each(there)('%s: refuses every attack', async (_, attacks) => {
    for (const attack of attacks) await expect(refused(trial, attack), attack.name).resolves.toBeUndefined();
  });

  test.each(LAST)('$name', (attack) => refused(trial, attack));

  test.each(QUIET)('$name', async (attack) => {
    // 404 and 405: a search that this version does not have; 400: a search that requires an experiment.
    expect([200, 400, 404, 405]).toContain(await quiet(trial, attack));
  });
});
