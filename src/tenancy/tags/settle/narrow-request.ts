import { wrapAt } from '../../../catalog/json-path.ts';
import type { Among, SearchedIn } from '../../../catalog/types.ts';
import type { CanonicalRequest } from '../../../request/types.ts';
import type { Reference } from '../../reference.ts';

/** The request, searching only in the resources with these ids; in none if there are none. */
export function searchOnlyIn(
  request: CanonicalRequest,
  { place, path, absent }: SearchedIn,
  owned: readonly string[],
): CanonicalRequest {
  const ids = owned.length === 0 ? [absent] : owned;
  const [field, ...inner] = path as [string, ...string[]];
  if (place === 'query') return { ...request, query: new Map(request.query).set(field, ids) };
  return { ...request, body: { ...request.body, [field]: ids.map((id) => wrapAt(inner, id)) } };
}

/** The request, with a filter that matches only items of the resources with these names. */
export function filterByNames(
  request: CanonicalRequest,
  { key, field }: Among,
  names: readonly string[],
): CanonicalRequest {
  const rest = request.query.get(field) as string | undefined;
  // No resource is called `-`: MLflow requires a namespace and a slash.
  const own = `${key} IN (${(names.length === 0 ? ['-'] : names).map((name) => `'${name}'`).join(', ')})`;
  return { ...request, query: new Map(request.query).set(field, rest ? `${own} AND ${rest}` : own) };
}

/** The request without the headers that name these references. */
export function withoutHeaders(request: CanonicalRequest, dropped: readonly Reference[]): CanonicalRequest {
  const declaredHeaders = { ...request.declaredHeaders };
  for (const { at } of dropped) delete declaredHeaders[at.toLowerCase()];
  return { ...request, declaredHeaders };
}
