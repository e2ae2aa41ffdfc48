/**
 * Words that MLflow's lexer (sqlparse) takes for keywords wherever they stand, even behind a dot: `tags.from` is no
 * identifier, `` tags.`from` `` is.
 */
const KEYWORDS_EVERYWHERE = new Set(['AS', 'CASE', 'FROM', 'IN', 'USING', 'VALUES']);

/** Words of the grammar, which are no attributes. */
const GRAMMAR = new Set(['AND', 'OR', 'NOT', 'IS', 'NULL', 'LIKE', 'ILIKE', 'RLIKE', 'BETWEEN', 'REGEXP']);

const KEY_PART = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** Whether this word may stand unquoted behind a dot. */
export function isKeyPart(word: string): boolean {
  return KEY_PART.test(word) && !KEYWORDS_EVERYWHERE.has(word.toUpperCase());
}

/** Whether this word may begin an identifier: an attribute (`status`) or what a key belongs to (`tags`). */
export function isFirstPart(word: string): boolean {
  return isKeyPart(word) && !GRAMMAR.has(word.toUpperCase());
}
