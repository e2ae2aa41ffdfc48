import { keyOf } from '../tenancy/reference.ts';
import { canAdopt } from './can-adopt.ts';
import { type Context, isOwnedBy, nameOf } from './context.ts';
import type { ListedResource } from './listed-resource.ts';
import type { OwnerAssigner } from './owner-assigner.ts';
import type { Report } from './report.ts';

/**
 * Adopts resources that belong to several experiments or to none. Evaluation datasets go with the adopted experiments, MCP
 * servers and skills only with `--all-unowned`.
 *
 * @throws DenialError if MLflow does not answer
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
      // Resources of other tenants were not requested.
      if (resource.owner.says === 'tenant' && !isOwnedBy(tenant, resource)) continue;
      const experiments = await inventory.experimentsOf(resource);
      if (!wanted.allUnowned && !experiments.some((id) => planned.has(keyOf({ kind: 'experiment', id }))))
        continue;
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

/** Whether no experiment of the resource belongs to another tenant. */
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
  const why = `it is in experiment ${other} too, which belongs to ${owners.get(other)}`;
  report.add({ result: 'left', ...nameOf(resource), why });
  return false;
}
