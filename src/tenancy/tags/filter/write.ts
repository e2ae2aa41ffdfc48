import { DenialError } from '../../../http/denial.ts';
import type { Clause, Identifier, Value } from './clause.ts';
import type { Dialect } from './dialect.ts';

/**
 * Writes clauses as a filter, from the parsed form alone.
 *
 * @throws DenialError `invalid_field` for what this search cannot express without changing its meaning
 * @example
 * writeFilter([{ left: { entity: 'tags', key: 'tenant', quote: '' }, op: '=', value: { text: 'a' } }], dialect);
 * // "tags.tenant = 'a'"
 */
export function writeFilter(clauses: readonly Clause[], dialect: Dialect): string {
  return clauses.map((clause) => writeClause(clause, dialect)).join(' AND ');
}

function writeClause(clause: Clause, dialect: Dialect): string {
  const left = writeIdentifier(clause.left, dialect);
  if ('value' in clause) return `${left} ${clause.op} ${writeValue(clause.value, dialect)}`;
  if ('values' in clause) {
    return `${left} ${clause.op} (${clause.values.map((value) => writeValue(value, dialect)).join(', ')})`;
  }
  return `${left} ${clause.op}`;
}

function writeIdentifier({ entity, key, quote }: Identifier, dialect: Dialect): string {
  if (quote !== '' && !dialect.quotedKeys) throw inexpressible('a quoted key matches nothing in this search');
  const written = `${quote}${key}${quote}`;
  return entity === undefined ? written : `${entity}.${written}`;
}

function writeValue(value: Value, dialect: Dialect): string {
  if ('number' in value) return value.number;
  if (!value.text.includes("'")) return `'${value.text}'`;
  if (!dialect.doubleQuotedValues) throw inexpressible("a value with ' in it matches nothing in this search");
  return `"${value.text}"`;
}

function inexpressible(why: string): DenialError {
  return new DenialError('invalid_field', `The filter cannot be used: ${why}.`);
}
