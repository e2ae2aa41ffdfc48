import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isBefore, versionsOr } from '../../harness/mlflow-version.ts';
import { LAST, QUIET, REFUSED } from './cases/index.ts';
import { openScene, type Scene } from './estate.ts';
import { openTrial, quiet, refused, type Trial } from './trial.ts';

/**
 * The same attacks before older MLflows, which check less themselves (any source for a prompt or version before 3.10,
 * for one). That they work on the newest is shown in crossings.test.ts. `E2E_MLFLOW_VERSION` tries one version.
 */
describe.each(versionsOr(['2.22.5', '3.5.1']))('MLflow %s', (version) => {
  let scene: Scene;
  let trial: Trial;
  beforeAll(async () => {
    scene = await openScene(version);
    trial = await openTrial(scene);
  });
  afterAll(() => scene?.stop());

  // Where nothing takes spans (before 3.5) or knows MCP servers or issues (before 3.17) there is nothing to get at, nor a name that is taken.
  const absent = [
    ...(isBefore(version, '3.17') ? ['MCP servers', 'issues'] : []),
    ...(isBefore(version, '3.5') ? ['spans'] : []),
  ];
  const there = REFUSED.filter(([about]) => !absent.includes(about));
  test.each(there)('%s: every attack is refused', async (_, attacks) => {
    for (const attack of attacks) await expect(refused(trial, attack), attack.name).resolves.toBeUndefined();
  });

  test.each(LAST)('$name', (attack) => refused(trial, attack));

  test.each(QUIET)('$name', async (attack) => {
    // 404 and 405: a search that this version does not have; 400: one that wants an experiment.
    expect([200, 400, 404, 405]).toContain(await quiet(trial, attack));
  });
});
