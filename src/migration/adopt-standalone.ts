import { isEligible } from './can-adopt.ts';
import { type Context, isOf, named } from './context.ts';
import type { Thing } from './listed-resource.ts';
import type { Giver } from './owner-assigner.ts';
import type { Report } from './report.ts';

/**
 * Gives what is in several experiments, or in none: evaluation datasets go with the experiments that are given, MCP
 * servers only where everything is asked for.
 *
 * @throws DenialError when MLflow cannot be asked
 */
export async function giveLoose(kind: string, context: Context, giver: Giver, report: Report): Promise<void> {
  const { wanted, tenant, inventory, planned, progress } = context;
  const goWithExperiments = inventory.of(kind).experiments !== undefined && wanted.experiments.length > 0;
  if (!wanted.allUnowned && !goWithExperiments) return;
  const owners = new Map(context.selection.sites.map(({ experiment, owner }) => [experiment, owner]));
  let met = 0;
  for await (const page of inventory.pages(kind)) {
    const given: Thing[] = [];
    for (const thing of page) {
      // What is another tenant's was not asked for.
      if (thing.owner.says === 'tenant' && !isOf(tenant, thing)) continue;
      const within = await inventory.experimentsOf(thing);
      if (!wanted.allUnowned && !within.some((id) => planned.has(`experiment\n${id}`))) continue;
      if (isEligible(thing, context, report) && isWhole(thing, within, owners, context, report))
        given.push(thing);
    }
    await giver.giveAll(given, true, report);
    met += page.length;
    progress(`${met.toLocaleString('en')} ${kind}s seen`);
  }
}

/** Whether all it is in may be the tenant's. */
function isWhole(
  thing: Thing,
  within: readonly string[],
  owners: ReadonlyMap<string, string | undefined>,
  { tenant, shared }: Context,
  report: Report,
): boolean {
  if (isOf(tenant, thing)) return true;
  const other = within.find((id) => {
    const owner = owners.get(id);
    return owner !== undefined && owner !== tenant && !shared.has(id);
  });
  if (other === undefined) return true;
  const why = `it is in experiment ${other} too, which is ${owners.get(other)}'s`;
  report.add({ result: 'left', ...named(thing), why });
  return false;
}
