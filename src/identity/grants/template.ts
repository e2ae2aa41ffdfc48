/** A pattern, taken apart: literals and placeholders (`{tenant}`, `{role}`), in order. */
export type TemplatePart = { readonly literal: string } | { readonly placeholder: string };

/**
 * Takes a pattern apart. Braces are reserved for placeholders: no name of a group or project that providers document has one.
 *
 * @returns the parts without empty literals, or the problem as a sentence
 * @example
 * parseTemplate('ml-{tenant}', ['tenant']); // [{ literal: 'ml-' }, { placeholder: 'tenant' }]
 */
export function parseTemplate(
  text: string,
  placeholders: readonly string[],
): readonly TemplatePart[] | string {
  const parts: TemplatePart[] = [];
  for (const piece of text.split(/(\{[^{}]*\})/)) {
    if (piece === '') continue;
    if (!/[{}]/.test(piece)) {
      parts.push({ literal: piece });
      continue;
    }
    const placeholder = piece.slice(1, -1);
    if (!piece.startsWith('{') || !placeholders.includes(placeholder)) {
      return `may have the placeholders ${placeholders.map((name) => `{${name}}`).join(' and ')}, and no other braces`;
    }
    parts.push({ placeholder });
  }
  return parts;
}

/** How often a placeholder occurs. */
export function countOf(parts: readonly TemplatePart[], placeholder: string): number {
  return parts.filter((part) => 'placeholder' in part && part.placeholder === placeholder).length;
}

/** The literal at a position; blank for a placeholder, and outside the pattern. */
export function literalAt(parts: readonly TemplatePart[], position: number): string {
  const part = parts[position];
  return part !== undefined && 'literal' in part ? part.literal : '';
}

/**
 * The text between two literals that a text begins and ends with.
 *
 * @returns `undefined` if it does not, or if nothing is between them
 * @example
 * textBetween('ml-vision', 'ml-', ''); // 'vision'
 */
export function textBetween(text: string, prefix: string, suffix: string): string | undefined {
  if (text.length <= prefix.length + suffix.length) return undefined;
  if (!text.startsWith(prefix) || !text.endsWith(suffix)) return undefined;
  return text.slice(prefix.length, text.length - suffix.length);
}
