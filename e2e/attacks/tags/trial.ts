import { expect } from 'vitest';
import type { Attack } from './cases/attack.ts';
import { type Estate, makeEstate } from './estate.ts';
import { MINE, type Scene, THEIRS, THIRD } from './scene.ts';

/** The estates for trying attacks. */
export interface Trial {
  readonly scene: Scene;
  readonly own: Estate;
  /** A copy of the attacker's estate for controls, which change it; it belongs to a third tenant. */
  readonly double: Estate;
  readonly victim: Estate;
}

export async function openTrial(scene: Scene): Promise<Trial> {
  const [own, double, victim] = [
    await makeEstate(scene, MINE),
    await makeEstate(scene, THIRD),
    await makeEstate(scene, THEIRS),
  ];
  return { scene, own, double, victim };
}

/** Tries an attack straight at MLflow, and requires its effect. */
export async function control({ scene, double, victim }: Trial, attack: Attack): Promise<void> {
  const { effect, spends, send } = attack;
  const target = effect === 'changes' ? await makeEstate(scene, THEIRS) : victim;
  const attacker = spends ? await makeEstate(scene, THIRD) : double;
  const before = scene.store.of(target);
  const answer = await send(scene.direct, target, attacker);
  const text = await answer.text();
  if (effect === 'closed') expect(answer.status, text).toBeGreaterThanOrEqual(400);
  else expect(answer.status, text).toBe(200);
  if (effect === 'reads') expect(text).toContain(target.secret);
  if (effect === 'changes') expect(scene.store.of(target)).not.toEqual(before);
}

/**
 * Tries an attack through the gateway, as a stranger and as a member of both tenants, and requires that MLflow's data is unchanged.
 *
 * @returns the response to the first; the others must get the same status, and the same reason
 */
export async function attempt(
  { scene, own, victim }: Trial,
  { send }: Pick<Attack, 'send'>,
): Promise<{ status: number; text: string }> {
  const before = scene.store.all();
  const answers: { status: number; text: string }[] = [];
  for (const attacker of [scene.attacker, scene.member]) {
    const answer = await send(attacker, victim, own);
    answers.push({ status: answer.status, text: await answer.text() });
    expect(scene.store.all()).toEqual(before);
  }
  const [first, ...others] = answers;
  for (const other of others) expect(outcomeOf(other)).toEqual(outcomeOf(first!));
  return { status: first!.status, text: answers.map(({ text }) => text).join('\n') };
}

const outcomeOf = ({ status, text }: { status: number; text: string }) => ({
  status,
  reason: /"reason":\s*"(\w+)"/.exec(text)?.[1],
});

/** Requires that the gateway refuses an attack. */
export async function refused(trial: Trial, attack: Attack): Promise<void> {
  const { status, text } = await attempt(trial, attack);
  expect(text).not.toContain(trial.victim.secret);
  expect(status, text).toBeGreaterThanOrEqual(400);
  for (const line of text.trimEnd().split('\n'))
    expect(JSON.parse(line)).toMatchObject({ request_id: expect.any(String), reason: expect.any(String) });
}

/** Requires that the response holds no data of the victim. @returns its status */
export async function quiet(trial: Trial, attack: Attack): Promise<number> {
  const { status, text } = await attempt(trial, attack);
  const { secret, run, model, experimentName, trace, sharedTrace, job } = trial.victim;
  for (const known of [secret, run, model, experimentName, trace, sharedTrace, job])
    expect(text).not.toContain(known);
  return status;
}
