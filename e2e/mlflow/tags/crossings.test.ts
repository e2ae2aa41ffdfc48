import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ARTIFACTS, PLACES } from './attacks/artifacts.ts';
import type { Attack } from './attacks/attack.ts';
import { EXPERIMENTS, SEARCHES } from './attacks/experiments.ts';
import { OWNER_TAG } from './attacks/owner-tag.ts';
import { PARSERS } from './attacks/parsers.ts';
import { REGISTRY, SOURCES } from './attacks/registry.ts';
import { LOGGED_MODELS, RUNS } from './attacks/runs.ts';
import { API, type Estate, MINE, makeEstate, openScene, type Scene, THEIRS } from './world.ts';

/**
 * The ways from one tenant to another that a real MLflow without workspaces leaves open, each tried twice: straight at
 * MLflow, where it must work (or refusing it would prove nothing), and through the gateway, where it must not.
 */

let scene: Scene;
let own: Estate;
let victim: Estate;
/** Like the attacker's own, for what works: it is not as it was afterwards. */
let double: Estate;
beforeAll(async () => {
  scene = await openScene();
  own = await makeEstate(scene.direct, MINE);
  double = await makeEstate(scene.direct, MINE);
  victim = await makeEstate(scene.direct, THEIRS);
});
afterAll(() => scene?.stop());

describe.each([
  ['runs', RUNS],
  ['logged models', LOGGED_MODELS],
  ['experiments', EXPERIMENTS],
  ['the registry', REGISTRY],
  ['sources of versions', SOURCES],
  ['artifacts', ARTIFACTS],
  ['places for artifacts', PLACES],
  ['the owner’s tag', OWNER_TAG],
  ['parsers', PARSERS],
] as const)('%s', (_, attacks) => {
  test.each(attacks)('$name ($effect)', async (attack) => {
    await control(attack);
    const { status, text } = await attempt(attack);
    expect(text).not.toContain(victim.secret);
    expect(status, text).toBeGreaterThanOrEqual(400);
    expect(JSON.parse(text)).toMatchObject({ request_id: expect.any(String), reason: expect.any(String) });
  });
});

describe('searches', () => {
  test.each(SEARCHES)('$name', async (attack) => {
    await control(attack);
    const { status, text } = await attempt(attack);
    expect(status, text).toBe(200);
    for (const known of [victim.secret, victim.run, victim.model, victim.experimentName])
      expect(text).not.toContain(known);
  });
});

describe('a taken name is refused by MLflow, which says no more than that', () => {
  const json = (path: string, body: object) => () => scene.attacker(`${API}/${path}`, { json: body });
  test.each([
    ['new model', () => json('registered-models/create', { name: victim.registered })],
    [
      'renamed model',
      () => json('registered-models/rename', { name: own.registered, new_name: victim.registered }),
    ],
    ['new experiment', () => json('experiments/create', { name: victim.experimentName })],
    [
      'renamed experiment',
      () => json('experiments/update', { experiment_id: own.experiment, new_name: victim.experimentName }),
    ],
  ])('%s', async (_, send) => {
    const { status, text } = await attempt({ send: send() });
    expect(status, text).toBe(400);
    for (const known of [victim.secret, victim.run, victim.tenant, victim.experiment])
      expect(text.replaceAll(victim.experimentName, '').replaceAll(victim.registered, '')).not.toContain(
        `'${known}'`,
      );
    expect(text).not.toContain(victim.secret);
  });
});

/** Tries it where nothing stands before MLflow. */
async function control({ effect, send }: Attack): Promise<void> {
  const changes = effect === 'changes';
  const target = changes ? await makeEstate(scene.direct, THEIRS) : victim;
  const attacker = changes ? await makeEstate(scene.direct, MINE) : double;
  const before = scene.store.of(target);
  const answer = await send(scene.direct, target, attacker);
  const text = await answer.text();
  if (effect === 'closed') expect(answer.status, text).toBeGreaterThanOrEqual(400);
  else expect(answer.status, text).toBe(200);
  if (effect === 'reads') expect(text).toContain(target.secret);
  if (changes) expect(scene.store.of(target)).not.toEqual(before);
}

/** Tries it through the gateway: nothing at all may change. */
async function attempt({ send }: Pick<Attack, 'send'>): Promise<{ status: number; text: string }> {
  const before = scene.store.all();
  const answer = await send(scene.attacker, victim, own);
  const text = await answer.text();
  expect(scene.store.all()).toEqual(before);
  return { status: answer.status, text };
}
