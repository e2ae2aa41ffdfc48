import type { CanonicalRequest } from '../../../request/types.ts';
import { checkFilter, sharedFilter, tenantFilter } from '../../filter/tenant-filter.ts';
import type { FilterPlace, Plan } from '../plan.ts';
import type { TenantTag } from '../tenant-tag.ts';
import { replaceAt } from './replace-at.ts';

/**
 * Writes the owner into requests.
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
   * The request as it is sent: with the owner on what is created, with the tenant's clause on what is searched.
   *
   * @param amongShared whether something named is every tenant's, so that the clause is needed where all else is own
   */
  write(request: CanonicalRequest, plan: Plan, tenant: string, amongShared: boolean): CanonicalRequest {
    const tag = this.#tag;
    if (plan.stamp !== undefined) {
      const { path, form } = plan.stamp;
      const stamp = (tags: unknown): unknown =>
        form === 'list'
          ? tag.stamp((tags ?? []) as Record<string, unknown>[], tenant)
          : form === 'map'
            ? tag.stampMap((tags ?? {}) as Record<string, unknown>, tenant)
            : tag.stampJson((tags as string | undefined) || '{}', tenant);
      return { ...request, body: replaceAt(request.body ?? {}, path, stamp) };
    }
    return plan.filters.reduce(
      (sent, filter) => this.#filter(sent, filter, plan, amongShared, tenant),
      request,
    );
  }

  #filter(
    request: CanonicalRequest,
    { place, field, dialect, list }: FilterPlace,
    { clause }: Plan,
    amongShared: boolean,
    tenant: string,
  ): CanonicalRequest {
    const needed = clause === 'always' || (clause === 'among shared' && amongShared);
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
