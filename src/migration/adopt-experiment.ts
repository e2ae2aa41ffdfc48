import { isEligible } from './can-adopt.ts';
import { type Context, isOf, KINDS_WITHIN, keyOf, named } from './context.ts';
import { Burials } from './deleted-runs.ts';
import type { Thing } from './listed-resource.ts';
import type { Giver } from './owner-assigner.ts';
import { Report } from './report.ts';

/**
 * Gives an experiment and what is in it. The experiment comes first: from then on all that is untagged in it is the
 * tenant's, what is logged meanwhile too, and a second adoption for somebody else stops here.
 *
 * In a shared experiment only what is in it is given, and only what nobody owns.
 *
 * @throws DenialError when MLflow cannot be asked
 */
export async function giveExperiment(
  experiment: Thing,
  context: Context,
  giver: Giver,
  report: Report,
): Promise<void> {
  const { tenant, shared, blocked, planned, locations } = context;
  const isShared = shared.has(experiment.id);
  if (isShared) return void (await giveChildren(experiment, context, giver, report));
  if (!isEligible(experiment, context, report)) return void blocked.add(keyOf(experiment));
  const own = isOf(tenant, experiment);
  if (own && experiment.deleted) {
    report.of(experiment.kind).already += 1;
    const why = 'it is deleted: what is untagged in it stays so until it is restored and this is run again';
    report.add({ result: 'warning', ...named(experiment), why });
    return;
  }
  if (!own) {
    const verdict = locations.judgeExperiment(experiment.id, experiment.location ?? '');
    const isOthers = verdict.is === 'others';
    if (verdict.is !== 'ordinary')
      report.add({ result: isOthers ? 'left' : 'warning', ...named(experiment), why: verdict.why });
    if (isOthers) return void blocked.add(keyOf(experiment));
  }
  // In a dry run nothing is counted before it is known that the whole can be given.
  const part = new Report();
  if (!(await giver.give(experiment, !own, part))) return report.merge(part, { counts: true });
  const blockers = await giveChildren(experiment, context, giver, part);
  const isBlocked = giver.tagger === undefined && !own && blockers > 0;
  report.merge(part, { counts: !isBlocked });
  if (isBlocked) {
    blocked.add(keyOf(experiment));
    const why = `${blockers} of what is in it can be read from where ${tenant} must not read (listed above): delete those first`;
    report.add({ result: 'left', ...named(experiment), why });
    return;
  }
  planned.add(keyOf(experiment));
  if (giver.tagger !== undefined && !own) await giver.confirm(experiment, report);
}

/** @returns how many of what is in it say that they are read from where the tenant must not read */
async function giveChildren(
  experiment: Thing,
  context: Context,
  giver: Giver,
  report: Report,
): Promise<number> {
  const { inventory, progress, tag, shared, tenant } = context;
  const tagsAt = inventory.of(experiment.kind).tags;
  const burials = giver.tagger && new Burials(giver.tagger, tag, experiment, tagsAt);
  // What another tenant makes in a shared experiment may have got its tag since it was listed.
  const ask = shared.has(experiment.id);
  const give = async (thing: Thing): Promise<void> => {
    if (!isOf(tenant, thing)) await giver.give(thing, ask, report);
  };
  let blockers = 0;
  for (const kind of KINDS_WITHIN) {
    let met = 0;
    for await (const page of inventory.pages(kind, { within: experiment.id })) {
      const judged = page.map((thing) => ({ thing, is: judgeChild(thing, experiment, context, report) }));
      report.of(kind).already += judged.filter(({ is }) => is === 'own').length;
      blockers += judged.filter(({ is }) => is === 'blocking').length;
      const open = judged.filter(({ is }) => is === 'open').map(({ thing }) => thing);
      const due = judged.filter(({ thing, is }) => is === 'own' && burials?.isDue(thing));
      const isDead = (thing: Thing): boolean =>
        burials !== undefined && (thing.deleted || burials.isDue(thing));
      await giver.giveAll(
        open.filter((thing) => !isDead(thing)),
        ask,
        report,
      );
      await burials?.raise([...open.filter(isDead), ...due.map(({ thing }) => thing)], give, report);
      met += page.length;
      progress(`experiment ${experiment.id}: ${met.toLocaleString('en')} ${kind}s seen`);
    }
  }
  await burials?.end(report);
  return blockers;
}

/** What is to be done with something in an experiment. */
function judgeChild(
  thing: Thing,
  experiment: Thing,
  { tenant, shared, locations }: Context,
  report: Report,
): 'own' | 'open' | 'left' | 'blocking' {
  const { owner, location, places } = thing;
  if (isOf(tenant, thing)) return 'own';
  if (owner.says === 'tenant') {
    // In a shared experiment that is how it should be.
    if (!shared.has(experiment.id))
      report.add({ result: 'left', ...named(thing, experiment), why: `it belongs to ${owner.tenant}` });
    return 'left';
  }
  const verdicts = [...(location === undefined ? [] : [location]), ...places].map((place) =>
    locations.judgeInside(place, experiment.id),
  );
  for (const verdict of verdicts) {
    if (verdict.is === 'ordinary') continue;
    const isOthers = verdict.is === 'others';
    report.add({
      result: isOthers ? 'left' : 'warning',
      ...named(thing, experiment),
      why: verdict.why,
    });
    if (isOthers) return 'blocking';
  }
  if (owner.says === 'nothing') return 'open';
  report.add({ result: 'left', ...named(thing, experiment), why: owner.why });
  return 'left';
}
