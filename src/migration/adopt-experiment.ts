import { keyOf } from '../tenancy/reference.ts';
import { canAdopt } from './can-adopt.ts';
import { type Context, isOwnedBy, KINDS_IN_EXPERIMENTS, nameOf } from './context.ts';
import { DeletedRuns } from './deleted-runs.ts';
import type { ListedResource } from './listed-resource.ts';
import type { OwnerAssigner } from './owner-assigner.ts';
import { Report } from './report.ts';

/**
 * Adopts an experiment and its contents. The experiment is tagged first: from then on every untagged resource in it
 * belongs to the tenant, also those logged in the meantime, and a concurrent adoption for another tenant stops here.
 *
 * A shared experiment stays shared; only its unowned contents are adopted.
 *
 * @throws DenialError if MLflow does not answer
 */
export async function adoptExperiment(
  experiment: ListedResource,
  context: Context,
  assigner: OwnerAssigner,
  report: Report,
): Promise<void> {
  const { tenant, shared, blocked, planned, locations } = context;
  const isShared = shared.has(experiment.id);
  if (isShared) return void (await adoptChildren(experiment, context, assigner, report));
  if (!canAdopt(experiment, context, report)) return void blocked.add(keyOf(experiment));
  const own = isOwnedBy(tenant, experiment);
  if (own && experiment.deleted) {
    report.of(experiment.kind).already += 1;
    const why = 'it is deleted: its contents stay untagged until you restore it and run this again';
    report.add({ result: 'warning', ...nameOf(experiment), why });
    return;
  }
  if (!own) {
    const assessment = locations.assessExperiment(experiment.id, experiment.location ?? '');
    const isForeign = assessment.is === 'foreign';
    if (assessment.is !== 'expected')
      report.add({ result: isForeign ? 'left' : 'warning', ...nameOf(experiment), why: assessment.why });
    if (isForeign) return void blocked.add(keyOf(experiment));
  }
  // In a dry run, counts are added only if the whole experiment can be adopted.
  const part = new Report();
  if (!(await assigner.assign(experiment, !own, part))) return report.merge(part, { counts: true });
  const blockers = await adoptChildren(experiment, context, assigner, part);
  const isBlocked = assigner.writer === undefined && !own && blockers > 0;
  report.merge(part, { counts: !isBlocked });
  if (isBlocked) {
    blocked.add(keyOf(experiment));
    const why = `${blockers} resources in it are read from locations that ${tenant} must not read (listed above): delete those first`;
    report.add({ result: 'left', ...nameOf(experiment), why });
    return;
  }
  planned.add(keyOf(experiment));
  if (assigner.writer !== undefined && !own) await assigner.confirm(experiment, report);
}

/** @returns the number of resources that MLflow would read from locations that the tenant must not read */
async function adoptChildren(
  experiment: ListedResource,
  context: Context,
  assigner: OwnerAssigner,
  report: Report,
): Promise<number> {
  const { inventory, progress, tag, shared, tenant } = context;
  const tagsAt = inventory.of(experiment.kind).tags;
  const deletedRuns = assigner.writer && new DeletedRuns(assigner.writer, tag, experiment, tagsAt);
  // In a shared experiment, another tenant's resource may have got its tag since it was listed.
  const ask = shared.has(experiment.id);
  const assign = async (resource: ListedResource): Promise<void> => {
    if (!isOwnedBy(tenant, resource)) await assigner.assign(resource, ask, report);
  };
  let blockers = 0;
  for (const kind of KINDS_IN_EXPERIMENTS) {
    let count = 0;
    for await (const page of inventory.pages(kind, { within: experiment.id })) {
      const assessed = page.map((resource) => ({
        resource,
        is: assessChild(resource, experiment, context, report),
      }));
      report.of(kind).already += assessed.filter(({ is }) => is === 'own').length;
      blockers += assessed.filter(({ is }) => is === 'blocking').length;
      const open = assessed.filter(({ is }) => is === 'open').map(({ resource }) => resource);
      const leftRestored = assessed.filter(
        ({ resource, is }) => is === 'own' && deletedRuns?.wasLeftRestored(resource),
      );
      const needsRestoring = (resource: ListedResource): boolean =>
        deletedRuns !== undefined && (resource.deleted || deletedRuns.wasLeftRestored(resource));
      await assigner.assignAll(
        open.filter((resource) => !needsRestoring(resource)),
        ask,
        report,
      );
      await deletedRuns?.restoreDuring(
        [...open.filter(needsRestoring), ...leftRestored.map(({ resource }) => resource)],
        assign,
        report,
      );
      count += page.length;
      progress(`experiment ${experiment.id}: ${count.toLocaleString('en')} ${kind}s seen`);
    }
  }
  await deletedRuns?.finish(report);
  return blockers;
}

/** Decides what to do with a resource in an experiment. */
function assessChild(
  resource: ListedResource,
  experiment: ListedResource,
  { tenant, shared, locations }: Context,
  report: Report,
): 'own' | 'open' | 'left' | 'blocking' {
  const { owner, location, places } = resource;
  if (isOwnedBy(tenant, resource)) return 'own';
  if (owner.says === 'tenant') {
    // In a shared experiment, resources of several tenants are normal.
    if (!shared.has(experiment.id))
      report.add({ result: 'left', ...nameOf(resource, experiment), why: `it belongs to ${owner.tenant}` });
    return 'left';
  }
  const assessments = [...(location === undefined ? [] : [location]), ...places].map((place) =>
    locations.assessInside(place, experiment.id),
  );
  for (const assessment of assessments) {
    if (assessment.is === 'expected') continue;
    const isForeign = assessment.is === 'foreign';
    report.add({
      result: isForeign ? 'left' : 'warning',
      ...nameOf(resource, experiment),
      why: assessment.why,
    });
    if (isForeign) return 'blocking';
  }
  if (owner.says === 'nothing') return 'open';
  report.add({ result: 'left', ...nameOf(resource, experiment), why: owner.why });
  return 'left';
}
