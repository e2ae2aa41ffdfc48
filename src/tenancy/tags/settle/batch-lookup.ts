import type { BatchLookup } from '../../../catalog/types.ts';
import { operationById } from '../../../mlflow/call.ts';
import { writePath } from '../../../request/path.ts';
import type { OutgoingRequest } from '../../../upstream/types.ts';
import { tenantFilter } from '../../filter/tenant-filter.ts';
import type { Reference } from '../resource.ts';

/** Most pages read of such a search, of a thousand each. */
export const MOST_PAGES = 20;

/** Longest list of ids in one search: some of MLflow's databases take no more than about a thousand parameters. */
export const MOST_IN_A_BATCH = 500;

/**
 * Writes the search that reads several resources at once: those with the given ids, or, where MLflow has no filter
 * for ids, all of the tenant's.
 *
 * @param ids already checked against the kind's pattern, so that none can hold a quote
 */
export function writeBatch(
  batch: BatchLookup,
  ids: readonly string[],
  tag: { readonly key: string; readonly value: string },
  within: Reference | undefined,
  page?: string,
): OutgoingRequest {
  const operation = operationById(batch.operation);
  const inQuery = operation.body !== 'json';
  const field = (inQuery ? operation.query : operation.bodyFields).find(({ name }) => name === batch.filter);
  const dialect = field?.policy?.class === 'filter' ? field.policy.dialect : undefined;
  if (dialect === undefined) throw new Error(`${batch.operation} has no filter ${batch.filter}`);
  const filter =
    batch.key === undefined
      ? tenantFilter(undefined, dialect, tag, batch.filter)
      : `${batch.key} IN (${ids
          .slice(0, MOST_IN_A_BATCH)
          .map((id) => `'${id}'`)
          .join(',')})`;
  const values = {
    ...batch.fixed,
    [batch.filter]: filter,
    ...(batch.pages === undefined || page === undefined ? {} : { [batch.pages.field]: page }),
    ...(batch.within === undefined || within === undefined ? {} : { [batch.within]: [within.id] }),
  };
  const path = writePath(operation.paths[0]!, {});
  if (inQuery) {
    const query = Object.entries(values).map(
      ([name, value]) => `${name}=${encodeURIComponent(String(value))}`,
    );
    const headers = { accept: 'application/json' };
    return { method: operation.method, path: `${path}?${query.join('&')}`, headers, body: undefined };
  }
  return {
    method: operation.method,
    path,
    headers: { accept: 'application/json', 'content-type': 'application/json' },
    body: Buffer.from(JSON.stringify(values)),
  };
}
