import { replaceAt } from '../../../catalog/json-path.ts';
import type { ConfinedPlan, FilterPlace } from '../../../catalog/types.ts';
import type { CanonicalRequest } from '../../../request/types.ts';
import { checkFilter, sharedFilter, tenantFilter } from '../../filter/tenant-filter.ts';
import type { TenantTag } from '../tenant-tag.ts';

/**
 * Writes the tenant into requests: its tag on created resources, its clause in filters.
 *
 * @example
 * new RequestWriter(tag).write(request, plan, 'team-a', false);
 */
export class RequestWriter {
  readonly #tag: TenantTag;

  constructor(tag: TenantTag) {
    this.#tag = tag;
  }

  /**
   * The request as it is sent.
   *
   * @param amongShared whether the request names a shared experiment, so that a search in own experiments needs the clause too
   */
  write(
    request: CanonicalRequest,
    plan: ConfinedPlan,
    tenant: string,
    amongShared: boolean,
  ): CanonicalRequest {
    const tag = this.#tag;
    if (plan.rule === 'create') {
      const { path, form } = plan.stamp;
      const stamp = (tags: unknown): unknown =>
        form === 'list'
          ? tag.stamp((tags ?? []) as Record<string, unknown>[], tenant)
          : form === 'map'
            ? tag.stampMap((tags ?? {}) as Record<string, unknown>, tenant)
            : tag.stampJson((tags as string | undefined) || '{}', tenant);
      return { ...request, body: replaceAt(request.body ?? {}, path, stamp) };
    }
    if (plan.filters === undefined) return request;
    return plan.filters.reduce((sent, filter) => this.#filter(sent, filter, amongShared, tenant), request);
  }

  #filter(
    request: CanonicalRequest,
    { place, field, dialect, list, clause }: FilterPlace,
    amongShared: boolean,
    tenant: string,
  ): CanonicalRequest {
    const needed = clause === 'always' || (clause === 'among-shared' && amongShared);
    const own = needed ? { key: this.#tag.key, value: tenant } : undefined;
    const written = (given: unknown): unknown => {
      if (list) {
        const items = ((given ?? []) as string[]).map((text) => checkFilter(text, dialect, field));
        return own === undefined ? given && items : [tenantFilter(undefined, dialect, own, field), ...items];
      }
      const text = given as string | undefined;
      if (own !== undefined) return (amongShared ? sharedFilter : tenantFilter)(text, dialect, own, field);
      return text && checkFilter(text, dialect, field);
    };
    if (place === 'body') return { ...request, body: replaceAt(request.body ?? {}, [field], written) };
    const value = written(request.query.get(field)) as string | string[] | undefined;
    if (value === undefined) return request;
    return { ...request, query: new Map(request.query).set(field, value) };
  }
}
