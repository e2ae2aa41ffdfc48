import type { BatchLookup } from '../../../catalog/types.ts';
import { operationById, writeCall } from '../../../mlflow/call.ts';
import type { OutgoingRequest } from '../../../upstream/types.ts';
import { tenantFilter } from '../../filter/tenant-filter.ts';
import type { ResourceKey } from '../../reference.ts';

/** Most pages read of such a search, of a thousand items each. */
export const MOST_PAGES = 20;

/** Longest list of ids in one search: some of MLflow's databases take no more than about a thousand parameters. */
const MOST_IN_A_BATCH = 500;

/** The resources of a batch lookup. */
export interface BatchQuery {
  /** Checked against the pattern of the kind, so that no id has a quote. */
  readonly ids: readonly string[];
  /** The tenant tag of the tenant that asks. */
  readonly tag: { readonly key: string; readonly value: string };
  /** The container that is searched in, where the search needs one. */
  readonly within?: ResourceKey | undefined;
  /** The token of a page. */
  readonly page?: string | undefined;
}

/**
 * Writes the search that reads several resources at once: those with the given ids, or all of the tenant's where MLflow has
 * no filter for ids.
 *
 * @example
 * writeBatchLookup(batch, { ids: ['a', 'b'], tag: { key: 'tenant', value: 'team-a' } });
 */
export function writeBatchLookup(
  batch: BatchLookup,
  { ids, tag, within, page }: BatchQuery,
): OutgoingRequest {
  const operation = operationById(batch.operation);
  const fields = operation.body === 'json' ? operation.bodyFields : operation.query;
  const policy = fields.find(({ name }) => name === batch.filter)?.policy;
  if (policy?.class !== 'filter') throw new Error(`${batch.operation} has no filter ${batch.filter}`);
  const filter =
    batch.key === undefined
      ? tenantFilter(undefined, policy.dialect, tag, batch.filter)
      : `${batch.key} IN (${ids
          .slice(0, MOST_IN_A_BATCH)
          .map((id) => `'${id}'`)
          .join(',')})`;
  return writeCall(
    operation,
    {
      ...batch.fixed,
      [batch.filter]: filter,
      ...(batch.pages === undefined || page === undefined ? {} : { [batch.pages.field]: page }),
      ...(batch.within === undefined || within === undefined ? {} : { [batch.within]: [within.id] }),
    },
    {},
  );
}
