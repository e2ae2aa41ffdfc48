import { expect } from 'vitest';
import type { Attack } from './cases/attack.ts';
import { type Estate, MINE, makeEstate, type Scene, THEIRS, THIRD } from './estate.ts';

/** What attacks are tried with. */
export interface Trial {
  readonly scene: Scene;
  readonly own: Estate;
  /** Like the attacker's own, for controls: it is not as it was afterwards, and so a third tenant's. */
  readonly double: Estate;
  readonly victim: Estate;
}

export async function openTrial(scene: Scene): Promise<Trial> {
  const [own, double, victim] = [
    await makeEstate(scene.direct, MINE, scene.dir),
    await makeEstate(scene.direct, THIRD, scene.dir),
    await makeEstate(scene.direct, THEIRS, scene.dir),
  ];
  return { scene, own, double, victim };
}

/** Tries it where nothing stands before MLflow, and requires that it does what it says. */
export async function control({ scene, double, victim }: Trial, attack: Attack): Promise<void> {
  const { effect, spends, send } = attack;
  const target = effect === 'changes' ? await makeEstate(scene.direct, THEIRS, scene.dir) : victim;
  const attacker = spends ? await makeEstate(scene.direct, THIRD, scene.dir) : double;
  const before = scene.store.of(target);
  const answer = await send(scene.direct, target, attacker);
  const text = await answer.text();
  if (effect === 'closed') expect(answer.status, text).toBeGreaterThanOrEqual(400);
  else expect(answer.status, text).toBe(200);
  if (effect === 'reads') expect(text).toContain(target.secret);
  if (effect === 'changes') expect(scene.store.of(target)).not.toEqual(before);
}

/** Tries it through the gateway, and requires that nothing at all changes. */
export async function attempt(
  { scene, own, victim }: Trial,
  { send }: Pick<Attack, 'send'>,
): Promise<{ status: number; text: string }> {
  const before = scene.store.all();
  const answer = await send(scene.attacker, victim, own);
  const text = await answer.text();
  expect(scene.store.all()).toEqual(before);
  return { status: answer.status, text };
}

/** Requires that the gateway refuses it. */
export async function refused(trial: Trial, attack: Attack): Promise<void> {
  const { status, text } = await attempt(trial, attack);
  expect(text).not.toContain(trial.victim.secret);
  expect(status, text).toBeGreaterThanOrEqual(400);
  expect(JSON.parse(text)).toMatchObject({ request_id: expect.any(String), reason: expect.any(String) });
}

/** Requires that the answer holds nothing of the victim's. @returns its status */
export async function quiet(trial: Trial, attack: Attack): Promise<number> {
  const { status, text } = await attempt(trial, attack);
  const { secret, run, model, experimentName, trace, sharedTrace, job } = trial.victim;
  for (const known of [secret, run, model, experimentName, trace, sharedTrace, job])
    expect(text).not.toContain(known);
  return status;
}
