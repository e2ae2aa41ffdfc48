import type { Operation } from '../../../catalog/types.ts';
import { DenialError } from '../../../denial.ts';
import { parseAnswer } from '../../../upstream/answer-json.ts';
import type { UpstreamAnswer } from '../../../upstream/types.ts';
import { type Reference, textAt, valueAt } from '../resource.ts';

/**
 * Keeps of a list in MLflow's answer only the items that are in a resource of the tenant's own.
 *
 * @param keep of the resources named, those that are the tenant's own
 * @throws DenialError `upstream_invalid` (from the transform) when the answer cannot be filtered
 */
export function keepOwnItems(
  { items, key, kind }: NonNullable<Operation['tagsFilter']>,
  keep: (references: readonly Reference[]) => Promise<readonly Reference[]> | readonly Reference[],
): (answer: UpstreamAnswer) => Promise<Buffer> {
  return async ({ body }) => {
    const answer = parseAnswer(body) as Record<string, unknown>;
    const list = valueAt(answer, items) ?? [];
    if (!Array.isArray(list)) {
      throw new DenialError('upstream_invalid', 'MLflow answered with a list the gateway cannot filter.');
    }
    const named = list.map((item) => textAt(item, key));
    const ids = [...new Set(named.filter((id) => id !== undefined))];
    const own = new Set((await keep(ids.map((id) => ({ kind, id })))).map(({ id }) => id));
    const kept = list.filter((_, i) => own.has(named[i] ?? ''));
    return Buffer.from(JSON.stringify({ ...answer, [items]: kept }));
  };
}
