import { type Context, isOf, keyOf, named } from './context.ts';
import type { Report } from './report.ts';
import type { Thing } from './thing.ts';

/** Whether a thing is the tenant's, or nobody's and can be given to somebody; if not, the report says why. */
export function isEligible(thing: Thing, context: Context, report: Report): boolean {
  if (context.blocked.has(keyOf(thing))) return false;
  if (isOf(context.tenant, thing)) return true;
  const why = whyNot(thing);
  if (why !== undefined) {
    report.add({ result: 'left', ...named(thing), why });
    return false;
  }
  return !thing.serverOwned || isAskedFor(thing, context, report);
}

function whyNot({ owner, deleted }: Thing): string | undefined {
  if (owner.says === 'tenant') return `it belongs to ${owner.tenant}`;
  if (owner.says === 'unclear') return owner.why;
  return deleted
    ? 'it is deleted, and MLflow sets no tag on it: restore it, adopt it, delete it again'
    : undefined;
}

/** What the server keeps for itself looks like everything else, and nobody owns it. */
function isAskedFor(thing: Thing, { wanted }: Context, report: Report): boolean {
  const asked = wanted.experiments.some((one) => one === thing.id || one === thing.title);
  const why = "the AI gateway's own, with what everybody asked of it";
  report.add({
    result: 'warning',
    ...named(thing),
    why: asked ? why : `${why}: left alone, since it was not asked for by name`,
  });
  return asked;
}
