import { isEligible } from './can-adopt.ts';
import { type Context, isOf, keyOf, named } from './context.ts';
import type { Thing } from './listed-resource.ts';
import { versionsOf } from './model-versions.ts';
import type { Giver } from './owner-assigner.ts';
import { Report } from './report.ts';
import type { Origins } from './version-source-check.ts';

/**
 * Gives registered models (prompts are such too) and their versions. Whoever has a model reads the files of all its
 * versions, so a version that is read from another tenant's run keeps the whole model from being given.
 *
 * @throws DenialError when MLflow cannot be asked
 */
export async function giveModel(
  model: Thing,
  origins: Origins,
  context: Context,
  giver: Giver,
  report: Report,
): Promise<void> {
  const { tenant, blocked, planned, inventory, progress } = context;
  if (!isEligible(model, context, report)) return;
  const own = isOf(tenant, model);
  const part = new Report();
  const open: Thing[] = [];
  let blockers = 0;
  for await (const version of versionsOf(model, inventory)) {
    const judged = await judgeVersion(version, model, origins, context, part);
    if (judged === 'blocking') blockers += 1;
    if (judged === 'own') part.of(version.kind).already += 1;
    if (judged === 'open') open.push(version);
  }
  progress(`registered model ${model.id}`);
  if (blockers > 0 && !own) {
    blocked.add(keyOf(model));
    planned.delete(keyOf(model));
    report.merge(part, { counts: false });
    const why = `${blockers} of its versions can be read from what is not ${tenant}'s (listed above): delete those first`;
    report.add({ result: 'left', ...named(model), why });
    return;
  }
  if (await giver.give(model, !own, part)) await giver.giveAll(open, false, part);
  report.merge(part, { counts: true });
}

async function judgeVersion(
  version: Thing,
  model: Thing,
  origins: Origins,
  { tenant }: Context,
  report: Report,
): Promise<'own' | 'open' | 'left' | 'blocking'> {
  if (isOf(tenant, version) && isOf(tenant, model)) return 'own';
  const { owner } = version;
  const add = (result: 'left' | 'warning', why: string): void =>
    report.add({ result, ...named(version, model), why });
  for (const verdict of await origins.judge(version)) {
    if (verdict.is === 'ordinary') continue;
    add(verdict.is === 'others' ? 'left' : 'warning', verdict.why);
    if (verdict.is === 'others') return 'blocking';
  }
  if (isOf(tenant, version)) return 'own';
  if (owner.says === 'nothing') return 'open';
  add('left', owner.says === 'tenant' ? `it belongs to ${owner.tenant}` : owner.why);
  return owner.says === 'tenant' && !isOf(tenant, model) ? 'blocking' : 'left';
}
