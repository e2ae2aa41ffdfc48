import { canAdopt } from './can-adopt.ts';
import { type Context, isOwnedBy, KINDS_IN_EXPERIMENTS, keyOf, nameOf } from './context.ts';
import { DeletedRuns } from './deleted-runs.ts';
import type { ListedResource } from './listed-resource.ts';
import type { OwnerAssigner } from './owner-assigner.ts';
import { Report } from './report.ts';

/**
 * Gives an experiment and what is in it. The experiment comes first: from then on all that is untagged in it is the
 * tenant's, what is logged meanwhile too, and a second adoption for somebody else stops here.
 *
 * In a shared experiment only what is in it is given, and only what nobody owns.
 *
 * @throws DenialError when MLflow cannot be asked
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
    const why = 'it is deleted: what is untagged in it stays so until it is restored and this is run again';
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
  // In a dry run nothing is counted before it is known that the whole can be given.
  const part = new Report();
  if (!(await assigner.assign(experiment, !own, part))) return report.merge(part, { counts: true });
  const blockers = await adoptChildren(experiment, context, assigner, part);
  const isBlocked = assigner.writer === undefined && !own && blockers > 0;
  report.merge(part, { counts: !isBlocked });
  if (isBlocked) {
    blocked.add(keyOf(experiment));
    const why = `${blockers} of what is in it can be read from where ${tenant} must not read (listed above): delete those first`;
    report.add({ result: 'left', ...nameOf(experiment), why });
    return;
  }
  planned.add(keyOf(experiment));
  if (assigner.writer !== undefined && !own) await assigner.confirm(experiment, report);
}

/** @returns how many of what is in it say that they are read from where the tenant must not read */
async function adoptChildren(
  experiment: ListedResource,
  context: Context,
  assigner: OwnerAssigner,
  report: Report,
): Promise<number> {
  const { inventory, progress, tag, shared, tenant } = context;
  const tagsAt = inventory.of(experiment.kind).tags;
  const deletedRuns = assigner.writer && new DeletedRuns(assigner.writer, tag, experiment, tagsAt);
  // What another tenant makes in a shared experiment may have got its tag since it was listed.
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

/** What is to be done with something in an experiment. */
function assessChild(
  resource: ListedResource,
  experiment: ListedResource,
  { tenant, shared, locations }: Context,
  report: Report,
): 'own' | 'open' | 'left' | 'blocking' {
  const { owner, location, places } = resource;
  if (isOwnedBy(tenant, resource)) return 'own';
  if (owner.says === 'tenant') {
    // In a shared experiment that is how it should be.
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
