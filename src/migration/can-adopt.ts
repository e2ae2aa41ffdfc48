import { keyOf } from '../tenancy/reference.ts';
import { type Context, isOwnedBy, nameOf } from './context.ts';
import type { ListedResource } from './listed-resource.ts';
import type { Report } from './report.ts';

/** Whether a resource belongs to the tenant, or is unowned and can be adopted. If not, the reason goes to the report. */
export function canAdopt(resource: ListedResource, context: Context, report: Report): boolean {
  if (context.blocked.has(keyOf(resource))) return false;
  if (isOwnedBy(context.tenant, resource)) return true;
  const why = whyNot(resource);
  if (why !== undefined) {
    report.add({ result: 'left', ...nameOf(resource), why });
    return false;
  }
  return !resource.serverOwned || isRequestedByName(resource, context, report);
}

function whyNot({ owner, deleted }: ListedResource): string | undefined {
  if (owner.says === 'tenant') return `it belongs to ${owner.tenant}`;
  if (owner.says === 'unclear') return owner.why;
  return deleted
    ? 'it is deleted, and MLflow sets no tags on deleted resources: restore it, adopt it, delete it again'
    : undefined;
}

/** Server-owned resources look like any other unowned resource, so they are adopted only by name. */
function isRequestedByName(resource: ListedResource, { wanted }: Context, report: Report): boolean {
  const isRequested = wanted.experiments.some((one) => one === resource.id || one === resource.title);
  const why = "it belongs to MLflow's AI gateway and contains the requests of all callers";
  report.add({
    result: 'warning',
    ...nameOf(resource),
    why: isRequested ? why : `${why}: left alone, because it was not requested by name`,
  });
  return isRequested;
}
