import type { Clause, Identifier, Value } from './clause.ts';

/**
 * Writes clauses as a filter, from the parsed form alone: one blank between tokens, keywords in capitals, keys in
 * backticks, values in single quotes unless they hold one.
 *
 * @throws {Error} for a value with both kinds of quotes, which parseFilter lets nobody make
 * @example
 * writeFilter([{ left: { path: ['tags', 'tenant'] }, op: '=', value: { text: 'a' } }]); // "tags.tenant = 'a'"
 */
export function writeFilter(clauses: readonly Clause[]): string {
  return clauses.map(writeClause).join(' AND ');
}

function writeClause(clause: Clause): string {
  const left = writeIdentifier(clause.left);
  if ('value' in clause) return `${left} ${clause.op} ${writeValue(clause.value)}`;
  if ('values' in clause) return `${left} ${clause.op} (${clause.values.map(quote).join(', ')})`;
  return `${left} ${clause.op}`;
}

function writeIdentifier({ path, quoted }: Identifier): string {
  return quoted === undefined ? path.join('.') : `${path.join('.')}.\`${quoted}\``;
}

function writeValue(value: Value): string {
  return 'number' in value ? value.number : quote(value.text);
}

function quote(text: string): string {
  if (!text.includes("'")) return `'${text}'`;
  if (!text.includes('"')) return `"${text}"`;
  throw new Error('a value with both kinds of quotes cannot be written');
}
