import { DenialError } from '../../../http/denial.ts';
import type { Clause, Comparator, Identifier, Value } from './clause.ts';

/** Longest filter accepted, in characters. */
export const MAX_FILTER_LENGTH = 8_192;

// What may stand inside quotes: no backslash (sqlparse and MLflow disagree on what it escapes), no control character.
const TOKEN =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is refused
  /(?<space>[ \t\r\n]+)|(?<number>-?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)(?![\w.])|(?<word>[A-Za-z_][A-Za-z0-9_]*)|(?<single>'[^'\\\u0000-\u001f\u007f]*')|(?<double>"[^"\\\u0000-\u001f\u007f]*")|(?<back>`[^`"'\\\u0000-\u001f\u007f]+`)|(?<op><=|>=|!=|[=<>])|(?<mark>[.,()])/y;

type Kind = 'number' | 'word' | 'single' | 'double' | 'back' | 'op' | 'mark';

interface Token {
  readonly kind: Kind;
  readonly text: string;
  readonly at: number;
  /** White space stood before it. */
  readonly spaced: boolean;
}

/**
 * Reads a filter in MLflow's filter language with a grammar far narrower than MLflow's own parser (sqlparse plus
 * checks), so that every filter accepted here means the same to MLflow, and a clause added to it cannot be argued
 * away: MLflow accepts `tags.tenant != 'q' :: -- ` and ignores all that follows.
 *
 *     filter     = [ comparison *( AND comparison ) [ AND ] ]
 *     comparison = identifier ( op value / [NOT] IN "(" value *( "," value ) ")" / IS [NOT] NULL )
 *     identifier = [ word "." ] ( word *( "." word ) / quoted )
 *
 * https://github.com/mlflow/mlflow/blob/master/mlflow/utils/search_utils.py
 *
 * @returns the clauses; empty for an empty filter
 * @throws DenialError `invalid_field` that says where reading stopped
 * @example
 * parseFilter("metrics.rmse < 1 AND tags.`my key` = 'x'", 'filter');
 */
export function parseFilter(text: string, field: string): Clause[] {
  return new Parser(text, field).filter();
}

class Parser {
  readonly #tokens: readonly Token[];
  readonly #text: string;
  readonly #field: string;
  #next = 0;

  constructor(text: string, field: string) {
    this.#text = text;
    this.#field = field;
    if (text.length > MAX_FILTER_LENGTH) {
      throw this.#refusal(`it is longer than ${MAX_FILTER_LENGTH} characters`);
    }
    this.#tokens = this.#tokenize();
  }

  filter(): Clause[] {
    const clauses: Clause[] = [];
    while (this.#peek() !== undefined) {
      clauses.push(this.#comparison());
      if (this.#peek() === undefined) break;
      this.#keyword('AND');
    }
    return clauses;
  }

  #comparison(): Clause {
    const left = this.#identifier();
    const token = this.#take('a comparator');
    if (token.kind === 'op') return { left, op: token.text as Comparator, value: this.#value() };
    const word = token.kind === 'word' ? token.text.toUpperCase() : '';
    switch (word) {
      case 'LIKE':
      case 'ILIKE':
      case 'RLIKE':
        return { left, op: word, value: this.#value() };
      case 'IN':
        return { left, op: 'IN', values: this.#list() };
      case 'NOT':
        this.#keyword('IN');
        return { left, op: 'NOT IN', values: this.#list() };
      case 'IS': {
        const negated = this.#peekWord() === 'NOT';
        if (negated) this.#next++;
        this.#keyword('NULL');
        return { left, op: negated ? 'IS NOT NULL' : 'IS NULL' };
      }
      default:
        throw this.#unexpected(token, 'a comparator');
    }
  }

  #identifier(): Identifier {
    const first = this.#take('an identifier');
    if (first.kind !== 'word') throw this.#unexpected(first, 'an identifier');
    if (RESERVED.has(first.text.toUpperCase())) throw this.#unexpected(first, 'an identifier');
    if (!this.#dot()) return { key: first.text, quote: '' };
    const token = this.#take('a key');
    if (token.spaced) throw this.#unexpected(token, 'a key right after the "."');
    if (token.kind === 'back') return { entity: first.text, key: token.text.slice(1, -1), quote: '`' };
    if (token.kind === 'double' && /^"[^`'"]+"$/.test(token.text)) {
      return { entity: first.text, key: token.text.slice(1, -1), quote: '"' };
    }
    if (token.kind !== 'word') throw this.#unexpected(token, 'a key');
    let key = token.text;
    while (this.#dot()) {
      const part = this.#take('a key');
      if (part.kind !== 'word' || part.spaced) throw this.#unexpected(part, 'a key right after the "."');
      key += `.${part.text}`;
    }
    return { entity: first.text, key, quote: '' };
  }

  /** Takes a `.` that follows without white space, as sqlparse needs it. */
  #dot(): boolean {
    const token = this.#peek();
    if (token?.kind !== 'mark' || token.text !== '.' || token.spaced) return false;
    this.#next++;
    return true;
  }

  #value(): Value {
    const token = this.#take('a value');
    if (token.kind === 'single' || token.kind === 'double') return { text: token.text.slice(1, -1) };
    if (token.kind === 'number') return { number: token.text };
    throw this.#unexpected(token, 'a quoted value or a number');
  }

  #list(): Value[] {
    const values: Value[] = [];
    this.#mark('(');
    do values.push(this.#value());
    while (this.#marked(','));
    this.#mark(')');
    return values;
  }

  #mark(text: string): void {
    if (!this.#marked(text)) throw this.#unexpected(this.#take(`"${text}"`), `"${text}"`);
  }

  #marked(text: string): boolean {
    const token = this.#peek();
    if (token?.kind !== 'mark' || token.text !== text) return false;
    this.#next++;
    return true;
  }

  #keyword(word: string): void {
    const token = this.#take(word);
    if (token.kind !== 'word' || token.text.toUpperCase() !== word) throw this.#unexpected(token, word);
  }

  #peekWord(): string | undefined {
    const token = this.#peek();
    return token?.kind === 'word' ? token.text.toUpperCase() : undefined;
  }

  #peek(): Token | undefined {
    return this.#tokens[this.#next];
  }

  #take(expected: string): Token {
    const token = this.#tokens[this.#next++];
    if (token === undefined) throw this.#refusal(`it ends where ${expected} is expected`);
    return token;
  }

  #tokenize(): Token[] {
    const tokens: Token[] = [];
    let spaced = false;
    for (let at = 0; at < this.#text.length; ) {
      TOKEN.lastIndex = at;
      const groups = TOKEN.exec(this.#text)?.groups;
      const [kind, text] = Object.entries(groups ?? {}).find(([, value]) => value !== undefined) ?? [];
      if (kind === undefined || text === undefined) {
        throw this.#refusal(`it cannot be read from character ${at + 1} on`);
      }
      if (kind !== 'space') tokens.push({ kind: kind as Kind, text, at, spaced });
      spaced = kind === 'space';
      at += text.length;
    }
    return tokens;
  }

  #unexpected(token: Token, expected: string): DenialError {
    return this.#refusal(`${expected} is expected at character ${token.at + 1}`);
  }

  #refusal(why: string): DenialError {
    return new DenialError(
      'invalid_field',
      `Invalid value for ${this.#field}: the filter is not understood: ${why}. Comparisons are joined by AND; values are quoted with ' or " and hold no backslash.`,
    );
  }
}

const RESERVED = new Set([
  'AND',
  'OR',
  'NOT',
  'IN',
  'IS',
  'LIKE',
  'ILIKE',
  'RLIKE',
  'NULL',
  'BETWEEN',
  'CASE',
  'SELECT',
]);
