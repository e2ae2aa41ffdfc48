import { DenialError } from '../../denial.ts';
import type { UpstreamAnswer } from '../../upstream/types.ts';
import type { WorkspacesResponseRule } from '../ruling.ts';

/**
 * Keeps the items of a list in MLflow's response that have one of the tenant's names.
 *
 * @throws DenialError `upstream_invalid` (from the transform) when the response cannot be filtered
 */
export function keepNamed({ items, key, names }: WorkspacesResponseRule): (answer: UpstreamAnswer) => Buffer {
  return (answer) => {
    const body = JSON.parse(answer.body.toString('utf8')) as Record<string, unknown>;
    const list = body[items];
    if (list !== undefined && !Array.isArray(list)) {
      throw new DenialError('upstream_invalid', 'MLflow answered with a list the gateway cannot filter.');
    }
    const kept = (list ?? []).filter((item: unknown) => names.has((item as Record<string, string>)[key]));
    return Buffer.from(JSON.stringify({ ...body, [items]: kept }));
  };
}
