import { textAt, valueAt } from '../../catalog/json-path.ts';
import { DenialError } from '../../denial.ts';
import { parseResponse } from '../../upstream/response-json.ts';
import type { UpstreamResponse } from '../../upstream/types.ts';
import type { WorkspacesResponseRule } from '../ruling.ts';

/**
 * Keeps the items of a list in MLflow's response that have one of the tenant's names.
 *
 * @throws DenialError `upstream_invalid` (from the transform) when the response cannot be filtered
 */
export function keepNamed({
  items,
  key,
  names,
}: WorkspacesResponseRule): (answer: UpstreamResponse) => Buffer {
  return (answer) => {
    const body = parseResponse(answer.body);
    const list = valueAt(body, items) ?? [];
    if (typeof body !== 'object' || body === null || !Array.isArray(list)) {
      throw new DenialError('upstream_invalid', 'MLflow answered with a list the gateway cannot filter.');
    }
    const kept = list.filter((item: unknown) => {
      const name = textAt(item, key);
      return name !== undefined && names.has(name);
    });
    return Buffer.from(JSON.stringify({ ...body, [items]: kept }));
  };
}
