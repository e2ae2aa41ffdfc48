/**
 * What may stand inside quotes: no control character but tab and line ends, and no lone surrogate, which MLflow's
 * Python cannot encode. A backslash only before a character that no version of sqlparse can take for escaped: MLflow
 * takes `'q\'` for an open string in one place and for a closed one in another, and with that a clause behind it
 * was argued away. The UI needs the others: it looks for `my_model` with `'%my\_model%'`.
 *
 * `''` inside `'...'` is kept as two quotes, which is how MLflow reads it; the UI writes it for a `'`.
 */
const PLAIN = String.raw`[\t\r\n]|\\[^'"\\\p{Cc}\p{Cs}]`;
const TOKEN = new RegExp(
  [
    String.raw`(?<space>[ \t\r\n]+)`,
    // As sqlparse's numbers: no plus sign, no dot before an exponent, not in one with a word.
    String.raw`(?<number>-?(?:[0-9]+(?:\.[0-9]+)?[eE]-?[0-9]+|[0-9]+\.[0-9]*|\.[0-9]+|[0-9]+)(?![\w.$#]))`,
    '(?<word>[A-Za-z_][A-Za-z0-9_]*)',
    String.raw`(?<single>'(?:[^'\\\p{Cc}\p{Cs}]|${PLAIN}|'')*'(?!'))`,
    String.raw`(?<double>"(?:[^"\\\p{Cc}\p{Cs}]|${PLAIN})*"(?!"))`,
    String.raw`(?<back>\x60[^\x60'"\\\p{Cc}\p{Cs}]+\x60(?!\x60))`,
    '(?<symbol><=|>=|!=|[=<>])(?![=<>!~])',
    '(?<mark>[.,()])',
  ].join('|'),
  'uy',
);

export type TokenKind = 'number' | 'word' | 'single' | 'double' | 'back' | 'symbol' | 'mark' | 'end';

export interface Token {
  readonly kind: TokenKind;
  readonly text: string;
  /** Index of its first character. */
  readonly at: number;
  /** White space stood before it. */
  readonly spaced: boolean;
}

/**
 * Splits a filter into tokens; the last is `end`.
 *
 * @param most reading stops behind one more than so many: a list that is longer is incomplete
 * @returns how far it could be read (`unreadable`), where something is no token
 */
export function tokenize(
  text: string,
  most = Number.POSITIVE_INFINITY,
): readonly Token[] | { readonly unreadable: number } {
  const tokens: Token[] = [];
  let spaced = false;
  let at = 0;
  while (at < text.length && tokens.length <= most) {
    TOKEN.lastIndex = at;
    const match = TOKEN.exec(text);
    if (match === null) return { unreadable: at };
    const kind = kindOf(match.groups ?? {});
    if (kind !== 'space') tokens.push({ kind, text: match[0], at, spaced });
    spaced = kind === 'space';
    at += match[0].length;
  }
  tokens.push({ kind: 'end', text: '', at, spaced });
  return tokens;
}

function kindOf(groups: Readonly<Record<string, string | undefined>>): TokenKind | 'space' {
  for (const kind in groups) if (groups[kind] !== undefined) return kind as TokenKind | 'space';
  return 'end';
}
