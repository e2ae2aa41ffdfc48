import type { DenialError } from '../../denial.ts';
import { LIMITS } from '../../limits.ts';
import type { Clause, Identifier, Pattern, Sign, Value } from './clause.ts';
import type { ComparatorWord, Dialect } from './dialect.ts';
import { refuseFilter } from './refusal.ts';
import { type Token, tokenize } from './tokens.ts';
import { isFirstPart, isKeyPart, isQuotablePart, isSettled } from './words.ts';
import { quote } from './write.ts';

/** Longest filter accepted, in characters. */
export const MAX_FILTER_LENGTH = LIMITS.filterLength.value;

/** Most comparisons in one filter. MLflow joins a subquery for most, and its databases join 60 to 64 at most. */
export const MAX_CLAUSES = LIMITS.filterComparisons.value;

/**
 * Most tokens in one filter, enough for a list of 2,400 ids. sqlparse before 0.6 takes a minute for 60,000 of them
 * and half a second for these.
 */
export const MAX_TOKENS = LIMITS.filterTokens.value;

/** Longest number, in characters. Python refuses to read an integer of more than 4,300 digits, with a 500. */
const MAX_NUMBER_LENGTH = LIMITS.filterNumber.value;

const QUOTED_KEY = /^[^`\\\p{Cc}]+$/u;

/**
 * Parses a filter in MLflow's filter language, with a grammar far narrower than MLflow's own parser (sqlparse plus checks): every
 * filter accepted here means the same to MLflow, and cannot disable a clause that is added to it. MLflow itself accepts
 * `tags.tenant != 'q' :: -- ` and ignores everything that follows.
 *
 *     filter     = *AND comparison *( 1*AND comparison ) *AND
 *     comparison = identifier symbol ( text / number )
 *                / identifier ( LIKE / ILIKE / RLIKE ) text
 *                / identifier [ NOT ] IN "(" text *( "," text ) [ "," ] ")"
 *                / identifier IS [ NOT ] NULL
 *     identifier = ( word / quoted-word ) *( "." word ) [ "." quoted-key ]
 *     symbol     = "=" / "!=" / "<" / "<=" / ">" / ">="
 *
 * A key with letters outside ASCII, or with a digit first, is written in quotes. Words of the grammar may have any case. An empty
 * filter has no comparison; one of blanks only is refused, as by MLflow. The dialect has the comparators and quotes of a search,
 * tokens.ts the characters inside quotes, docs/adr/0039-filters-read-alike.md the reasons.
 *
 * https://github.com/mlflow/mlflow/blob/master/mlflow/utils/search_utils.py
 *
 * @param field the field of the filter, for the message
 * @throws DenialError `invalid_field` with the position of the error and the expected syntax
 * @example
 * parseFilter("metrics.rmse < 1 AND tags.`my key` = 'x'", DIALECTS.get('runs')!, 'filter');
 */
export function parseFilter(text: string, dialect: Dialect, field: string): Clause[] {
  if (text === '') return [];
  if (text.length > MAX_FILTER_LENGTH) {
    throw refuseFilter(field, `the filter is longer than ${MAX_FILTER_LENGTH} characters`);
  }
  const tokens = tokenize(text, MAX_TOKENS);
  if ('unreadable' in tokens) {
    throw refuseFilter(
      field,
      `at character ${tokens.unreadable + 1}, ${unreadable(text.charAt(tokens.unreadable))}`,
    );
  }
  if (tokens.length > MAX_TOKENS) {
    throw refuseFilter(field, `the filter has more than ${MAX_TOKENS} words and signs`);
  }
  return new Parser(tokens, dialect, field).filter();
}

class Parser {
  readonly #tokens: readonly Token[];
  readonly #dialect: Dialect;
  readonly #field: string;
  #next = 0;

  constructor(tokens: readonly Token[], dialect: Dialect, field: string) {
    this.#tokens = tokens;
    this.#dialect = dialect;
    this.#field = field;
  }

  filter(): Clause[] {
    while (this.#takeKeyword('AND'));
    const clauses = [this.#comparison()];
    while (this.#peek().kind !== 'end') {
      this.#keyword('AND');
      while (this.#takeKeyword('AND'));
      if (this.#peek().kind === 'end') break;
      clauses.push(this.#comparison());
      if (clauses.length > MAX_CLAUSES) {
        throw refuseFilter(this.#field, `the filter has more than ${MAX_CLAUSES} comparisons`);
      }
    }
    return clauses;
  }

  #comparison(): Clause {
    const left = this.#identifier();
    const token = this.#take();
    if (token.kind === 'symbol') return { left, op: token.text as Sign, value: this.#value() };
    // A key of digits only: the lexer reads ".1".
    if (token.kind === 'number' && token.text.startsWith('.')) throw this.#expected(this.#keyHelp(), token);
    const word = token.kind === 'word' ? token.text.toUpperCase() : '';
    switch (word) {
      case 'LIKE':
      case 'ILIKE':
      case 'RLIKE':
        this.#allow(word, token);
        return { left, op: word satisfies Pattern, value: { text: this.#text() } };
      case 'IN':
        this.#allow('IN', token);
        return { left, op: 'IN', values: this.#list() };
      case 'NOT':
        this.#keyword('IN');
        this.#allow('IN', token);
        return { left, op: 'NOT IN', values: this.#list() };
      case 'IS': {
        this.#allow('IS', token);
        const negated = this.#takeKeyword('NOT');
        this.#keyword('NULL');
        return { left, op: negated ? 'IS NOT NULL' : 'IS NULL' };
      }
      default:
        throw this.#expected(`a comparator (${['=', '!=', ...this.#dialect.words].join(', ')})`, token);
    }
  }

  #allow(word: ComparatorWord, token: Token): void {
    if (this.#dialect.words.includes(word)) return;
    throw this.#refuse(`${word === 'IS' ? 'IS NULL' : word} is not supported by this search`, token);
  }

  #identifier(): Identifier {
    const start = this.#peek();
    const path = [this.#first()];
    let bare = true;
    while (this.#isMark('.')) {
      const dot = this.#take();
      const part = this.#take();
      if (dot.spaced || part.spaced) throw this.#refuse('no space is allowed beside a dot', dot);
      if (part.kind === 'back' || part.kind === 'double' || part.kind === 'single') {
        if (!bare) throw this.#expected(this.#keyHelp(), part);
        return { path, quoted: this.#quoted(path, part) };
      }
      if (part.kind !== 'word' || !isQuotablePart(part.text)) throw this.#expected(this.#keyHelp(), part);
      bare &&= isKeyPart(part.text);
      path.push(part.text);
      if (!bare && this.#dialect.keyQuotes.length === 0 && !isSettled(part.text)) {
        throw this.#expected(this.#keyHelp(), part);
      }
    }
    if (bare || this.#dialect.keyQuotes.length === 0) return { path };
    if (!this.#dialect.quotedBehind.test(path[0]!)) {
      throw this.#expected('tags, params or metrics in small letters before a key of this kind', start);
    }
    return this.#inQuotes(path);
  }

  /** The part before the first dot, or an attribute by itself. */
  #first(): string {
    const token = this.#take();
    if (token.kind === 'word' && isFirstPart(token.text)) return token.text;
    if (token.kind === 'back' || token.kind === 'double') {
      const word = token.text.slice(1, -1);
      const { attributeQuotes, quotedEntities } = this.#dialect;
      const known = this.#isMark('.')
        ? quotedEntities && token.kind === 'back'
        : (attributeQuotes as readonly string[]).includes(token.text.charAt(0));
      if (known && isFirstPart(word)) return word;
      throw this.#refuse(
        'write the part before the key, or an attribute by itself, without quotes here',
        token,
      );
    }
    throw this.#expected('an attribute or key such as name or tags.stage', token);
  }

  /** A key of several words as one in quotes: all after the first word, or after those of a nested key. */
  #inQuotes(path: readonly string[]): Identifier {
    const nested = this.#dialect.nestedKeys.find((key) => path.join('.').startsWith(`${key}.`));
    const before = nested === undefined ? 1 : nested.split('.').length;
    return { path: path.slice(0, before), quoted: path.slice(before).join('.') };
  }

  #quoted(path: readonly string[], token: Token): string {
    const { keyQuotes, nestedKeys } = this.#dialect;
    const key = token.text.slice(1, -1);
    const known = (keyQuotes as readonly string[]).includes(token.text.charAt(0));
    // MLflow only removes the quotes of a key that begins with one, and of those.
    const placed = path.length === 1 || (token.kind === 'back' && nestedKeys.includes(path.join('.')));
    if (!known || !placed || !QUOTED_KEY.test(key)) throw this.#expected(this.#keyHelp(), token);
    return key;
  }

  #keyHelp(): string {
    const quoting = this.#dialect.keyQuotes.includes('`') ? ', or all of the key in backticks' : '';
    return `a key of letters, digits, "_" and "." that is not a number or an SQL keyword${quoting}`;
  }

  #value(): Value {
    const token = this.#peek();
    if (token.kind !== 'number') return { text: this.#text() };
    if (token.text.length > MAX_NUMBER_LENGTH) throw this.#refuse('a number is too long', token);
    this.#next++;
    return { number: token.text };
  }

  #text(): string {
    const token = this.#take();
    const text = token.text.slice(1, -1);
    if (token.kind === 'word' && /^[0-9]/.test(token.text)) {
      throw this.#refuse("a value in quotes: '...' is expected, or a number such as -1, 0.5 or 1e-3", token);
    }
    if (token.kind !== 'single' && token.kind !== 'double') {
      throw this.#expected("a value in quotes: '...'", token);
    }
    const { doubleQuotedValues } = this.#dialect;
    if (token.kind === 'double' && !doubleQuotedValues) {
      throw this.#refuse("this search only accepts values in single quotes: '...'", token);
    }
    if (quote(text, doubleQuotedValues) === undefined) {
      throw this.#refuse("a value cannot begin or end with a ' here", token);
    }
    return text;
  }

  #list(): string[] {
    const values: string[] = [];
    this.#mark('(');
    do {
      if (values.length > 0 && this.#isMark(')')) break;
      values.push(this.#listed());
    } while (this.#takeMark(','));
    this.#mark(')');
    return values;
  }

  /** MLflow reads a list as Python: a backslash escapes (not in 2.22), a line end ends it, and `''` is empty. */
  #listed(): string {
    const token = this.#take();
    if (token.kind !== 'single' && token.kind !== 'double')
      throw this.#expected("a value in quotes: '...'", token);
    const text = token.text.slice(1, -1);
    if (/[\\\r\n]/.test(text) || text.includes(token.text.charAt(0))) {
      throw this.#refuse(
        `a value in a list cannot hold a backslash, a line end or a doubled quote (write "it's")`,
        token,
      );
    }
    return text;
  }

  #isMark(text: string): boolean {
    const token = this.#peek();
    return token.kind === 'mark' && token.text === text;
  }

  #takeMark(text: string): boolean {
    const found = this.#isMark(text);
    if (found) this.#next++;
    return found;
  }

  #mark(text: string): void {
    if (!this.#takeMark(text)) throw this.#expected(`"${text}"`, this.#peek());
  }

  #takeKeyword(word: string): boolean {
    const token = this.#peek();
    const found = token.kind === 'word' && token.text.toUpperCase() === word;
    if (found) this.#next++;
    return found;
  }

  #keyword(word: string): void {
    if (!this.#takeKeyword(word)) throw this.#expected(word, this.#peek());
  }

  #peek(): Token {
    return this.#tokens[this.#next]!;
  }

  #take(): Token {
    const token = this.#peek();
    if (token.kind !== 'end') this.#next++;
    return token;
  }

  #expected(what: string, token: Token): DenialError {
    return this.#refuse(`${what} is expected`, token);
  }

  #refuse(why: string, token: Token): DenialError {
    const where = token.kind === 'end' ? 'at its end' : `at character ${token.at + 1}`;
    return refuseFilter(this.#field, `${where}, ${why}`);
  }
}

function unreadable(character: string): string {
  if (/[=<>!]/.test(character)) return 'this is not a comparator (=, !=, <, <=, > or >=)';
  if (/[()]/.test(character)) return 'parentheses are only allowed around the values of IN';
  if (/['"`]/.test(character)) {
    return 'quotes are not closed, or contain text that MLflow reads in more than one way: a backslash before the last quote, several before a quote, a control character';
  }
  if (/[-+.0-9]/.test(character)) return 'this is not a number such as -1, 0.5 or 1e-3';
  return 'this must be quoted, or is not part of the filter syntax (a comment, OR, parentheses around comparisons)';
}
