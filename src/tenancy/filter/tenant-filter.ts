import { DenialError } from '../../denial.ts';
import { printable } from '../../request/printable.ts';
import type { Clause, Identifier } from './clause.ts';
import { DIALECTS, type Dialect } from './dialect.ts';
import { parseFilter } from './parse.ts';
import { isKeyPart } from './words.ts';
import { writeFilter } from './write.ts';

/** The tag that names a tenant's resources. */
export interface OwnerTag {
  /** GW_TENANT_TAG_KEY. */
  readonly key: string;
  /** The tenant. */
  readonly value: string;
}

const TENANT = /^[A-Za-z0-9._-]+$/;
/** What MLflow takes in the key of a tag, the ASCII part of it. */
const TAG_KEY = /^[A-Za-z0-9_.:/ -]+$/;

/**
 * The caller's filter, written anew behind a clause that only the tenant's resources meet. Clauses are ANDed, so
 * nothing the caller says can widen it, a clause on the same tag included.
 *
 * @param text the caller's; absent or empty means all of the tenant's
 * @param dialect which search it is for: the `filter:<dialect>` of the catalog
 * @param field where the filter stood, for the message
 * @throws DenialError `invalid_field` that says where the filter could not be read and what would be right
 * @throws {Error} for a tag that this search cannot name (`canCarry`) or a tenant that cannot stand in a filter:
 *   both are refused earlier
 * @example
 * tenantFilter("metrics.rmse < 1", 'runs', { key: 'tenant', value: 'team-a' }, 'filter');
 * // "tags.tenant = 'team-a' AND metrics.rmse < 1"
 */
export function tenantFilter(
  text: string | undefined,
  dialect: string,
  tag: OwnerTag,
  field: string,
): string {
  const rules = dialectNamed(dialect);
  const own = ownerClause(rules, tag);
  return writeFilter([own, ...parseFilter(text ?? '', rules, field)], rules.doubleQuotedValues);
}

/**
 * The same for a search among what other tenants have too: without comparisons that rest on other items than the one
 * that is found.
 *
 * @throws DenialError `shared_experiment` for such a comparison; otherwise as tenantFilter
 * @example
 * sharedFilter("feedback.good = 'yes'", 'traces', tag, 'filter'); // throws: it asks about all of a session
 */
export function sharedFilter(
  text: string | undefined,
  dialect: string,
  tag: OwnerTag,
  field: string,
): string {
  const rules = dialectNamed(dialect);
  const own = ownerClause(rules, tag);
  const comparisons = parseFilter(text ?? '', rules, field);
  for (const { left } of comparisons) {
    const first = left.path[0]!;
    if (!rules.reachesFurther.includes(first.toLowerCase())) continue;
    throw new DenialError(
      'shared_experiment',
      `${printable(first)} cannot be searched for in a shared experiment, where it would tell of other tenants' items.`,
    );
  }
  return writeFilter([own, ...comparisons], rules.doubleQuotedValues);
}

/**
 * The caller's filter, checked and written anew, for a search that is confined by other means.
 *
 * @throws DenialError `invalid_field`, as tenantFilter
 * @example
 * checkFilter("status='open'", 'issues', 'filter_string'); // "status = 'open'"
 */
export function checkFilter(text: string, dialect: string, field: string): string {
  const rules = dialectNamed(dialect);
  return writeFilter(parseFilter(text, rules, field), rules.doubleQuotedValues);
}

/**
 * Whether a filter that was accepted has a comparison about the tag of this key.
 *
 * @example
 * namesTag("tags.tenant != 'b'", 'runs', 'tenant', 'filter'); // true
 * namesTag("params.tenant = 'b' AND tags.x = 'tags.tenant'", 'runs', 'tenant', 'filter'); // false
 */
export function namesTag(text: string, dialect: string, key: string, field: string): boolean {
  if (!text.includes(key)) return false;
  const rules = dialectNamed(dialect);
  const tags = rules.tagPath.join('.');
  return parseFilter(text, rules, field).some(({ left: { path, quoted } }) => {
    const words = quoted === undefined ? path : [...path, quoted];
    const before = words.slice(0, rules.tagPath.length).join('.');
    return (before === tags || before === 'tag') && words.slice(rules.tagPath.length).join('.') === key;
  });
}

/**
 * Whether a search can ask for a tag of this key. Asked once at start, for each dialect in use: a key that one of
 * them cannot name would leave that search without a fence.
 *
 * @example
 * canCarry('evaluation-datasets', 'acme.io/tenant'); // false: MLflow has no way to write it there
 * canCarry('traces', 'name'); // false: MLflow compares the name of the trace instead
 */
export function canCarry(dialect: string, key: string): boolean {
  const rules = DIALECTS.get(dialect);
  return rules !== undefined && ownerKey(rules, key) !== undefined;
}

/**
 * The searches that know tags, and cannot ask for a tag of this key.
 *
 * @example
 * searchesThatCannotName('name'); // ['traces']
 */
export function searchesThatCannotName(key: string): readonly string[] {
  return [...DIALECTS.values()]
    .filter((dialect) => dialect.tags !== 'none' && ownerKey(dialect, key) === undefined)
    .map(({ name }) => name);
}

function ownerClause(dialect: Dialect, { key, value }: OwnerTag): Clause {
  const left = ownerKey(dialect, key);
  if (left === undefined) throw new Error(`filters for ${dialect.name} cannot name the tag ${key}`);
  if (!TENANT.test(value)) throw new Error('the tenant cannot stand in a filter');
  return { left, op: '=', value: { text: value } };
}

function ownerKey(dialect: Dialect, key: string): Identifier | undefined {
  if (dialect.tags === 'none' || !TAG_KEY.test(key)) return undefined;
  if (dialect.renamedKeys.includes(key.toLowerCase())) return undefined;
  const parts = key.split('.');
  if (parts.every(isKeyPart)) return { path: [...dialect.tagPath, ...parts] };
  return dialect.tags === 'quoted' ? { path: dialect.tagPath, quoted: key } : undefined;
}

function dialectNamed(name: string): Dialect {
  const dialect = DIALECTS.get(name);
  if (dialect === undefined) throw new Error(`there is no filter dialect ${name}`);
  return dialect;
}
