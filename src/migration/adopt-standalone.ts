import { canAdopt } from './can-adopt.ts';
import { type Context, isOwnedBy, nameOf } from './context.ts';
import type { ListedResource } from './listed-resource.ts';
import type { OwnerAssigner } from './owner-assigner.ts';
import type { Report } from './report.ts';

/**
 * Gives what is in several experiments, or in none: evaluation datasets go with the experiments that are adoptable, MCP
 * servers only where everything is asked for.
 *
 * @throws DenialError when MLflow cannot be asked
 */
export async function adoptStandalone(
  kind: string,
  context: Context,
  assigner: OwnerAssigner,
  report: Report,
): Promise<void> {
  const { wanted, tenant, inventory, planned, progress } = context;
  const goWithExperiments = inventory.of(kind).experiments !== undefined && wanted.experiments.length > 0;
  if (!wanted.allUnowned && !goWithExperiments) return;
  const owners = new Map(
    context.selection.experimentLocations.map(({ experiment, owner }) => [experiment, owner]),
  );
  let count = 0;
  for await (const page of inventory.pages(kind)) {
    const adoptable: ListedResource[] = [];
    for (const resource of page) {
      // What is another tenant's was not asked for.
      if (resource.owner.says === 'tenant' && !isOwnedBy(tenant, resource)) continue;
      const experiments = await inventory.experimentsOf(resource);
      if (!wanted.allUnowned && !experiments.some((id) => planned.has(`experiment\n${id}`))) continue;
      if (
        canAdopt(resource, context, report) &&
        areExperimentsAllowed(resource, experiments, owners, context, report)
      )
        adoptable.push(resource);
    }
    await assigner.assignAll(adoptable, true, report);
    count += page.length;
    progress(`${count.toLocaleString('en')} ${kind}s seen`);
  }
}

/** Whether all it is in may be the tenant's. */
function areExperimentsAllowed(
  resource: ListedResource,
  experiments: readonly string[],
  owners: ReadonlyMap<string, string | undefined>,
  { tenant, shared }: Context,
  report: Report,
): boolean {
  if (isOwnedBy(tenant, resource)) return true;
  const other = experiments.find((id) => {
    const owner = owners.get(id);
    return owner !== undefined && owner !== tenant && !shared.has(id);
  });
  if (other === undefined) return true;
  const why = `it is in experiment ${other} too, which is ${owners.get(other)}'s`;
  report.add({ result: 'left', ...nameOf(resource), why });
  return false;
}
