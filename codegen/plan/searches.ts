import { splitPath } from '../../src/catalog/json-path.ts';
import type { Field, FilterPlace, SearchedIn } from '../../src/catalog/types.ts';
import { DIALECTS } from '../../src/tenancy/filter/dialect.ts';
import type { KindPolicy } from '../description.ts';
import { fieldAt } from './fields.ts';

/** The value of `within` for a search that is not confined to a list of the request. */
const NONE = 'none';

/** The filters of a request, each with the condition for the clause of the tenant. */
export function filtersIn(
  bodyFields: readonly Field[],
  query: readonly Field[],
  clause: FilterPlace['clause'],
  problem: (text: string) => void,
): FilterPlace[] {
  const inPlace = (fields: readonly Field[], place: FilterPlace['place']): FilterPlace[] =>
    fields.flatMap(({ name, policy, repeated }) => {
      if (policy?.class !== 'filter') return [];
      const { dialect } = policy;
      if (!DIALECTS.has(dialect)) problem(`field ${name}: unknown filter dialect ${dialect}`);
      return [
        { place, field: name, dialect, ...(repeated ? { list: true } : {}), ...(clause ? { clause } : {}) },
      ];
    });
  return [...inPlace(bodyFields, 'body'), ...inPlace(query, 'query')];
}

/**
 * The list of containers that a request searches in: the one that the policy names, else the first list of references.
 *
 * @param at a dotted path, or `none`
 */
export function searchedIn(
  bodyFields: readonly Field[],
  query: readonly Field[],
  at: string | undefined,
  kinds: Readonly<Record<string, KindPolicy>>,
  problem: (text: string) => void,
): SearchedIn | undefined {
  if (at === NONE) return undefined;
  for (const [place, fields] of [
    ['body', bodyFields],
    ['query', query],
  ] as const) {
    for (const field of fields) {
      const path = at === undefined ? [field.name] : splitPath(at);
      if (path[0] !== field.name || !field.repeated) continue;
      const policy = fieldAt(fields, path)?.policy;
      if (policy?.class !== 'reference') continue;
      const { kind } = policy;
      const absent = kinds[kind]?.absent;
      if (absent === undefined) problem(`searches in ${kind}, a kind without an absent id`);
      return { place, path, at: path.join('.'), kind, absent: absent ?? '' };
    }
  }
  if (at !== undefined) problem(`within names no list of references: ${at}`);
  return undefined;
}
