/** Compares as the most forgiving collations do: letters without case, accents, strokes (UTS 10, root collation). */
const COLLATOR = new Intl.Collator('und', { sensitivity: 'base' });
const LETTERS = [...'abcdefghijklmnopqrstuvwxyz'];
const PAIRS = LETTERS.flatMap((a) => LETTERS.map((b) => a + b));
const DIGITS = [...'0123456789'];

/** Characters that may count as ASCII or as nothing. Letters of other scripts, which are most, need no closer look. */
const LATIN = /[\p{Script=Latin}\p{M}\p{So}]/u;
const NUMBER = /\p{N}/u;
const NOTHING = /[\p{M}\p{C}\p{Z}\p{Default_Ignorable_Code_Point}]/u;

/** The spelling of each character beyond ASCII that was seen. At most one entry a character of Unicode. */
const seen = new Map<string, string>();

/**
 * One spelling for all texts that a database of MLflow may treat as the same key or name. By their usual collations
 * MySQL, MariaDB and SQL Server find the row of `tenant` when asked for `Tenant`, `t\u00e9nant`, `te\ua7a5ant` (`n` with a
 * stroke), or `tenant` with blanks or invisible characters, and change it. Folds too much rather than too little.
 *
 * @example
 * collationFold('\u0141\u00f3d\u017a ') === collationFold('lodz'); // true
 * @see https://dev.mysql.com/doc/refman/8.4/en/charset-unicode-sets.html
 * @see https://www.unicode.org/reports/tr10/
 */
export function collationFold(text: string): string {
  const plain = collationLetters(text);
  // An \u00df is one `s` or two.
  return plain.includes('ss') ? plain.replace(/s+/g, 's') : plain;
}

/** As {@link collationFold}, and an `\u00df` is two `s`: for a pattern that allows more of them where it has two. */
export function collationLetters(text: string): string {
  // Nearly all texts are ASCII. Others take ten times as long, and every run has tags.
  return /^[!-~]*$/.test(text) ? text.toLowerCase() : [...text].map(folded).join('');
}

function folded(character: string): string {
  const known = seen.get(character);
  if (known !== undefined) return known;
  const found = asAscii(character) ?? inParts(character);
  seen.set(character, found);
  return found;
}

function asAscii(character: string): string | undefined {
  if (/[!-~]/.test(character)) return character.toLowerCase();
  const same = (text: string): boolean => COLLATOR.compare(character, text) === 0;
  if (NUMBER.test(character)) return DIGITS.find(same);
  if (LATIN.test(character)) return LETTERS.find(same) ?? PAIRS.find(same);
  return undefined;
}

function inParts(character: string): string {
  if (NOTHING.test(character) || COLLATOR.compare(character, '') === 0) return '';
  const parts = [...character.normalize('NFKD').toUpperCase().toLowerCase().normalize('NFKD')];
  return parts.length > 1 || parts[0] !== character ? parts.map(folded).join('') : character;
}
