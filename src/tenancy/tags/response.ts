import type { Operation } from '../../catalog/types.ts';
import { DenialError } from '../../http/denial.ts';
import type { UpstreamAnswer } from '../../upstream/types.ts';
import { type Reference, textAt, valueAt } from './holding.ts';

/**
 * Keeps of a list in MLflow's answer only the items that are in a resource of the tenant's own.
 *
 * @param own of the resources the request named, all of which are the tenant's or shared
 * @throws DenialError `upstream_invalid` (from the transform) when the answer cannot be filtered
 */
export function keepOwnItems(
  { items, key, kind }: NonNullable<Operation['tagsFilter']>,
  own: (reference: Reference) => boolean,
): (answer: UpstreamAnswer) => Buffer {
  return ({ body }) => {
    const answer = JSON.parse(body.toString('utf8')) as Record<string, unknown>;
    const list = valueAt(answer, items) ?? [];
    if (!Array.isArray(list)) {
      throw new DenialError('upstream_invalid', 'MLflow answered with a list the gateway cannot filter.');
    }
    const kept = list.filter((item) => {
      const id = textAt(item, key);
      return id !== undefined && own({ kind, id });
    });
    return Buffer.from(JSON.stringify({ ...answer, [items]: kept }));
  };
}
