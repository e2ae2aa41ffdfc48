import type { DenialError } from '../denial.ts';
import { LIMITS } from '../limits.ts';
import { requireItems } from '../request/bounds.ts';
import { refuseFilter } from './filter/refusal.ts';
import { type Token, tokenize } from './filter/tokens.ts';

const COMPARATORS: ReadonlySet<string> = new Set(['LIKE', 'ILIKE', 'RLIKE', 'IN', 'IS']);
const PIECE = /\w+|[<>=!]+|[^\w\s]/gu;
const SIGN = /^[<>=!]/;
/** A key that is not a pattern itself: MLflow copies that of `span.attributes` into the regular expression. */
const PLAIN_KEY = /^[\w .:/-]*$/;

/**
 * Limits the cost of a filter for MLflow, whether or not the gateway parses it otherwise: its words and signs (sqlparse groups
 * them repeatedly), its comparisons (MLflow joins a table for most) and its patterns. Takes time linear in its length, which the
 * catalog limits (`maxLength`).
 *
 * A filter that the gateway's grammar cannot split is counted as if all of it stood outside quotes: sqlparse and the gateway may
 * disagree about its quotes, and the count must not be below MLflow's.
 *
 * https://github.com/mlflow/mlflow/blob/master/mlflow/utils/search_utils.py
 *
 * @param at the field of the filter, for the message
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
          'the filter combines RLIKE with quotes, comments or signs that can be read in more than one way',
        );
    }
  }
  requireItems(comparisons, filterComparisons.value, at, 'comparisons');
  requireItems(
    occurrences(text, '%'),
    filterWildcards.value,
    at,
    '"%" where quotes can be read in more than one way',
  );
}

/**
 * On SQLite MLflow runs the pattern with Python's `re` on each row (mlflow/store/db/utils.py), which never ends on `(a+)+$` and
 * holds the interpreter's lock. Only patterns that need time linear in the text are accepted.
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
 * Whether matching takes time linear in the text. It does with one repetition, if the match can only begin at the start; each
 * choice may double the time.
 */
function isLinear(pattern: string): boolean {
  // Groups with an extension, and references to groups.
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
