import { DIALECTS } from './dialect.ts';
import { parseFilter } from './parse.ts';
import { writeFilter } from './write.ts';

export function tenantFilter(
  text: string | undefined,
  dialect: string,
  tag: { readonly key: string; readonly value: string },
  field: string,
): string {
  const own = {
    left: { entity: 'tags', key: tag.key, quote: '' as const },
    op: '=' as const,
    value: { text: tag.value },
  };
  return writeFilter([own, ...(text === undefined ? [] : parseFilter(text, field))], DIALECTS.get(dialect)!);
}

export function checkFilter(text: string, dialect: string, field: string): string {
  return writeFilter(parseFilter(text, field), DIALECTS.get(dialect)!);
}

export function canCarry(dialect: string, _key: string): boolean {
  return DIALECTS.has(dialect);
}
