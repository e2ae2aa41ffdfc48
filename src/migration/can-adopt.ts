import { type Context, isOwnedBy, keyOf, nameOf } from './context.ts';
import type { ListedResource } from './listed-resource.ts';
import type { Report } from './report.ts';

/** Whether a thing is the tenant's, or nobody's and can be given to somebody; if not, the report says why. */
export function canAdopt(resource: ListedResource, context: Context, report: Report): boolean {
  if (context.blocked.has(keyOf(resource))) return false;
  if (isOwnedBy(context.tenant, resource)) return true;
  const why = whyNot(resource);
  if (why !== undefined) {
    report.add({ result: 'left', ...nameOf(resource), why });
    return false;
  }
  return !resource.servers || isAskedFor(resource, context, report);
}

function whyNot({ owner, deleted }: ListedResource): string | undefined {
  if (owner.says === 'tenant') return `it belongs to ${owner.tenant}`;
  if (owner.says === 'unclear') return owner.why;
  return deleted
    ? 'it is deleted, and MLflow sets no tag on it: restore it, adopt it, delete it again'
    : undefined;
}

/** What the server keeps for itself looks like everything else, and nobody owns it. */
function isAskedFor(resource: ListedResource, { wanted }: Context, report: Report): boolean {
  const asked = wanted.experiments.some((one) => one === resource.id || one === resource.title);
  const why = "the AI gateway's own, with what everybody asked of it";
  report.add({
    result: 'warning',
    ...nameOf(resource),
    why: asked ? why : `${why}: left alone, since it was not asked for by name`,
  });
  return asked;
}
