import { keyOf } from '../tenancy/reference.ts';
import { canAdopt } from './can-adopt.ts';
import { type Context, isOwnedBy, nameOf } from './context.ts';
import type { ListedResource } from './listed-resource.ts';
import { versionsOf } from './model-versions.ts';
import type { OwnerAssigner } from './owner-assigner.ts';
import { Report } from './report.ts';
import type { VersionSourceCheck } from './version-source-check.ts';

/**
 * Adopts a registered model or prompt with its versions. The owner of a model can read the files of all its versions, so
 * one version that is read from another tenant's run blocks the whole model.
 *
 * @throws DenialError if MLflow does not answer
 */
export async function adoptModel(
  model: ListedResource,
  sourceCheck: VersionSourceCheck,
  context: Context,
  assigner: OwnerAssigner,
  report: Report,
): Promise<void> {
  const { tenant, blocked, planned, inventory, progress } = context;
  if (!canAdopt(model, context, report)) return;
  const own = isOwnedBy(tenant, model);
  // Counted only if the whole model can be adopted.
  const part = new Report();
  const open: ListedResource[] = [];
  let blockers = 0;
  for await (const version of versionsOf(model, inventory)) {
    const outcome = await assessVersion(version, model, sourceCheck, context, part);
    if (outcome === 'blocking') blockers += 1;
    if (outcome === 'own') part.of(version.kind).already += 1;
    if (outcome === 'open') open.push(version);
  }
  progress(`registered model ${model.id}`);
  if (blockers > 0 && !own) {
    blocked.add(keyOf(model));
    planned.delete(keyOf(model));
    report.merge(part, { counts: false });
    const why = `${blockers} of its versions belong to or are read from another tenant's resources (listed above): delete those first`;
    report.add({ result: 'left', ...nameOf(model), why });
    return;
  }
  if (await assigner.assign(model, !own, part)) await assigner.assignAll(open, false, part);
  report.merge(part, { counts: true });
}

async function assessVersion(
  version: ListedResource,
  model: ListedResource,
  sourceCheck: VersionSourceCheck,
  { tenant }: Context,
  report: Report,
): Promise<'own' | 'open' | 'left' | 'blocking'> {
  if (isOwnedBy(tenant, version) && isOwnedBy(tenant, model)) return 'own';
  const { owner } = version;
  const add = (result: 'left' | 'warning', why: string): void =>
    report.add({ result, ...nameOf(version, model), why });
  for (const assessment of await sourceCheck.check(version)) {
    if (assessment.is === 'expected') continue;
    add(assessment.is === 'foreign' ? 'left' : 'warning', assessment.why);
    if (assessment.is === 'foreign') return 'blocking';
  }
  if (isOwnedBy(tenant, version)) return 'own';
  if (owner.says === 'nothing') return 'open';
  add('left', owner.says === 'tenant' ? `it belongs to ${owner.tenant}` : owner.why);
  return owner.says === 'tenant' && !isOwnedBy(tenant, model) ? 'blocking' : 'left';
}
