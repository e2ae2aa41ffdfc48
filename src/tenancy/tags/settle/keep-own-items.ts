import { textAt, valueAt } from '../../../catalog/json-path.ts';
import { DenialError } from '../../../denial.ts';
import { parseResponse } from '../../../upstream/response-json.ts';
import type { UpstreamResponse } from '../../../upstream/types.ts';
import type { ResourceKey } from '../../reference.ts';
import type { TagsResponseRule } from '../../ruling.ts';

/**
 * Keeps the items of a list in MLflow's response that belong to a resource of the tenant's own.
 *
 * @param keep returns the keys that are the tenant's own
 * @throws DenialError `upstream_invalid` (from the transform) when the response cannot be filtered
 */
export function keepOwnItems(
  { items, key, kind }: Extract<TagsResponseRule, { rule: 'keep-owned' }>,
  keep: (keys: readonly ResourceKey[]) => Promise<readonly ResourceKey[]>,
): (answer: UpstreamResponse) => Promise<Buffer> {
  return async ({ body }) => {
    const answer = parseResponse(body) as Record<string, unknown>;
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
