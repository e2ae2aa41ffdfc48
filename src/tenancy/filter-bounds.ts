import type { DenialError } from '../denial.ts';
import { LIMITS } from '../limits.ts';
import { requireItems } from '../request/bounds.ts';
import { refuseFilter } from './filter/refusal.ts';
import { type Token, tokenize } from './filter/tokens.ts';

const COMPARATORS: ReadonlySet<string> = new Set(['LIKE', 'ILIKE', 'RLIKE', 'IN', 'IS']);
const PIECE = /\w+|[<>=!]+|[^\w\s]/gu;
const SIGN = /^[<>=!]/;
/** A key that is no pattern itself: MLflow writes that of `span.attributes` into the regular expression as it is. */
const PLAIN_KEY = /^[\w .:/-]*$/;

/**
 * Bounds what a filter costs MLflow, whether or not the gateway reads it otherwise: its words and signs (sqlparse groups
 * them again and again), its comparisons (MLflow joins a table for most) and its patterns. Takes time linear in its length,
 * which the catalog bounds (`maxLength`).
 *
 * A filter that the gateway's grammar cannot split in one way is counted as if all of it stood outside quotes: sqlparse and
 * the gateway may disagree where its quotes are, and what is counted here must not be less than what MLflow finds.
 *
 * https://github.com/mlflow/mlflow/blob/master/mlflow/utils/search_utils.py
 *
 * @param at where the filter stood, for the message
 * @throws DenialError `invalid_field`
 * @example
 * checkFilterBounds("tags.a = 'x'", 'filter');
 */
export function checkFilterBounds(text: string, at: string): void {
  // No comparison has fewer characters than `a=1`.
  if (text.length < 3) return;
  const tokens = tokenize(text, LIMITS.filterTokens.value);
  if ('unreadable' in tokens) checkUnreadable(text, at);
  else checkTokens(tokens, at);
}

function checkTokens(tokens: readonly Token[], at: string): void {
  const { filterTokens, filterComparisons, filterWildcards } = LIMITS;
  if (tokens.length > filterTokens.value) throw tooManyTokens(at);
  let comparisons = 0;
  for (let i = 0; i < tokens.length; i++) {
    const { kind, text } = tokens[i]!;
    if (kind === 'symbol') comparisons++;
    if (kind !== 'word' || tokens[i - 1]?.text === '.') continue;
    const word = text.toUpperCase();
    if (!COMPARATORS.has(word)) continue;
    comparisons++;
    const next = tokens[i + 1];
    if (word === 'RLIKE') checkRegex(next, tokens[i - 1], at);
    else if (word !== 'IN' && word !== 'IS')
      requireItems(occurrences(next?.text ?? '', '%'), filterWildcards.value, at, '"%" in one pattern');
  }
  requireItems(comparisons, filterComparisons.value, at, 'comparisons');
}

function checkUnreadable(text: string, at: string): void {
  const { filterTokens, filterComparisons, filterWildcards } = LIMITS;
  let pieces = 0;
  let comparisons = 0;
  for (const [piece] of text.matchAll(PIECE)) {
    if (++pieces > filterTokens.value) throw tooManyTokens(at);
    if (SIGN.test(piece)) comparisons++;
    else if (piece.length <= 5 && COMPARATORS.has(piece.toUpperCase())) {
      comparisons++;
      if (piece.length === 5 && piece.toUpperCase() === 'RLIKE')
        throw refuseFilter(
          at,
          'RLIKE stands in a filter with quotes, comments or signs that cannot be read in one way',
        );
    }
  }
  requireItems(comparisons, filterComparisons.value, at, 'comparisons');
  requireItems(
    occurrences(text, '%'),
    filterWildcards.value,
    at,
    '"%" where quotes cannot be read in one way',
  );
}

/**
 * On SQLite MLflow gives the pattern to Python's `re` for each row (mlflow/store/db/utils.py), which tries for ever on
 * `(a+)+$` and holds the interpreter's lock. Taken is what needs time linear in the text it is tried on.
 */
function checkRegex(value: Token | undefined, key: Token | undefined, at: string): void {
  if (value === undefined || (value.kind !== 'single' && value.kind !== 'double')) return;
  const pattern = value.text.slice(1, -1);
  requireItems(pattern.length, LIMITS.regexLength.value, at, 'characters in a pattern of RLIKE');
  const quoted = key !== undefined && (key.kind === 'back' || key.kind === 'double');
  if (quoted && !PLAIN_KEY.test(key.text.slice(1, -1)))
    throw refuseFilter(at, 'a key compared by RLIKE has letters, digits, blanks and _ . : / - only');
  if (!isLinear(pattern)) throw costly(at);
}

/**
 * Whether matching takes time linear in the text. One repetition does if the match begins at the beginning only; each choice
 * may double the time.
 */
function isLinear(pattern: string): boolean {
  // A group that is more than a group, and what a group held.
  if (/\(\?|\\[1-9]/.test(pattern)) return false;
  const plain = pattern.replace(/\\./gsu, 'x');
  // A repetition of a group.
  if (/\)[*+{?]/.test(plain)) return false;
  const repetitions = plain.match(/[*+{]/g)?.length ?? 0;
  const choices = plain.match(/[|?]/g)?.length ?? 0;
  if (repetitions === 0) return choices <= LIMITS.regexChoices.value;
  return repetitions === 1 && choices === 0 && plain.startsWith('^');
}

function tooManyTokens(at: string): DenialError {
  return refuseFilter(at, `the filter has more than ${LIMITS.filterTokens.value} words and signs`);
}

function costly(at: string): DenialError {
  return refuseFilter(
    at,
    `a pattern of RLIKE has at most one *, + or {...}, not behind a group and only after a ^ at the beginning and without | and ?, or at most ${LIMITS.regexChoices.value} of | and ?; LIKE '%a%b%' finds the same as RLIKE 'a.*b'`,
  );
}

function occurrences(text: string, sign: string): number {
  let count = 0;
  for (let at = text.indexOf(sign); at !== -1; at = text.indexOf(sign, at + 1)) count++;
  return count;
}
