import type { Clause, Identifier, Value } from './clause.ts';

/**
 * Writes clauses as a filter, from the parsed form alone: one blank between tokens, keywords in capitals, keys in
 * backticks, values in single quotes unless they hold one, and then in double quotes. A value with both kinds stands in
 * the kind that it holds doubled or behind a backslash only, which is how MLflow keeps it.
 *
 * @param doubleQuotes whether the search knows values in double quotes
 * @throws {Error} for a value that no quotes can hold, which parseFilter lets nobody make
 * @example
 * writeFilter([{ left: { path: ['tags', 'tenant'] }, op: '=', value: { text: 'a' } }]); // "tags.tenant = 'a'"
 */
export function writeFilter(clauses: readonly Clause[], doubleQuotes = true): string {
  return clauses.map((clause) => writeClause(clause, doubleQuotes)).join(' AND ');
}

function writeClause(clause: Clause, doubleQuotes: boolean): string {
  const left = writeIdentifier(clause.left);
  if ('value' in clause) return `${left} ${clause.op} ${writeValue(clause.value, doubleQuotes)}`;
  if ('values' in clause) return `${left} ${clause.op} (${clause.values.map(quoteListed).join(', ')})`;
  return `${left} ${clause.op}`;
}

function writeIdentifier({ path, quoted }: Identifier): string {
  return quoted === undefined ? path.join('.') : `${path.join('.')}.\`${quoted}\``;
}

function writeValue(value: Value, doubleQuotes: boolean): string {
  if ('number' in value) return value.number;
  const written = quote(value.text, doubleQuotes);
  if (written === undefined) throw new Error('a value with both kinds of quotes cannot be written');
  return written;
}

/** All `'` doubled or behind one backslash: in single quotes such a text is itself. */
const KEPT_IN_SINGLE = /^(?:[^'\\]|''|\\'|\\+[^'\\])*$/;
const KEPT_IN_DOUBLE = /^(?:[^"\\]|""|\\"|\\+[^"\\])*$/;

/** The text in quotes that MLflow reads as this text, or undefined where none do. */
export function quote(text: string, doubleQuotes: boolean): string | undefined {
  if (!text.includes("'")) return `'${text}'`;
  // MLflow strips all single quotes from the ends of a value where it knows no double ones.
  if (!doubleQuotes) return KEPT_IN_SINGLE.test(text) && !/^'|'$/.test(text) ? `'${text}'` : undefined;
  if (!text.includes('"')) return `"${text}"`;
  if (KEPT_IN_SINGLE.test(text)) return `'${text}'`;
  return KEPT_IN_DOUBLE.test(text) ? `"${text}"` : undefined;
}

/** A list is Python to MLflow, in which quotes of the other kind are plain. */
function quoteListed(text: string): string {
  if (!text.includes("'")) return `'${text}'`;
  if (!text.includes('"')) return `"${text}"`;
  throw new Error('a listed value with both kinds of quotes cannot be written');
}
