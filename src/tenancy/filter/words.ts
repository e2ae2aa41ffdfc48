/**
 * Words that MLflow's lexer (sqlparse) takes for keywords wherever they stand, even behind a dot: `tags.from` is no
 * identifier, `` tags.`from` `` is.
 */
const KEYWORDS_EVERYWHERE = new Set(['AS', 'CASE', 'FROM', 'IN', 'USING', 'VALUES']);

/** Words of the grammar, which are no attributes. */
const GRAMMAR = new Set(['AND', 'OR', 'NOT', 'IS', 'NULL', 'LIKE', 'ILIKE', 'RLIKE', 'BETWEEN', 'REGEXP']);

const KEY_PART = /^[A-Za-z_][A-Za-z0-9_]*$/;

/**
 * Letters of any script, or digits and then one of the letters before which the lexer takes digits for the beginning of a
 * name. What it takes for a number first is none: `0x1f`, `1e5x`, and with other letters `1東`.
 */
const QUOTABLE_PART =
  /^(?:[\p{L}_][\p{L}\p{N}_]*|(?!0x[\da-f]|\d+e\d)\d+[A-Z_\u00c0-\u00d6\u00d8-\u00dc][\p{L}\p{N}_]*)$/iu;

/**
 * Letters that every Unicode since version 14 (Python 3.11) has, of scripts in use. None of them has a capital or small form
 * in ASCII, which the lexer would take for a keyword: `\u0131n`, a dotless i, is `IN`.
 */
const SETTLED =
  /^[\w\u00c0-\u00d6\u00d8-\u00de\u00e0-\u00f6\u00f8-\u00ff\u0100-\u012f\u0370-\u0373\u0386-\u03ff\u0400-\u0481\u3041-\u3096\u30a1-\u30fa\u4e00-\u9fa5\uac00-\ud7a3]+$/;

/** Whether this word may stand unquoted behind a dot, in what the gateway writes. */
export function isKeyPart(word: string): boolean {
  return KEY_PART.test(word) && !KEYWORDS_EVERYWHERE.has(word.toUpperCase());
}

/**
 * Whether this word behind a dot is a part of a key to MLflow and to the gateway, and is written in quotes:
 * ``params.`1st` ``.
 */
export function isQuotablePart(word: string): boolean {
  return QUOTABLE_PART.test(word) && !KEYWORDS_EVERYWHERE.has(word.toUpperCase());
}

/** Whether a part of this kind is read alike without quotes too, for the searches that know none. */
export function isSettled(word: string): boolean {
  return SETTLED.test(word);
}

/** Whether this word may begin an identifier: an attribute (`status`) or what a key belongs to (`tags`). */
export function isFirstPart(word: string): boolean {
  return isKeyPart(word) && !GRAMMAR.has(word.toUpperCase());
}
