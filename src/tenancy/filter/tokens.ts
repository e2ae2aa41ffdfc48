/**
 * What may stand inside quotes beside plain characters: tab and line ends, no other control character, and no lone
 * surrogate, which MLflow's Python cannot encode. Backslashes before what is no quote stand for themselves; one before a
 * quote keeps that quote from closing the text, and both stay in the value. Two before a quote are refused: versions of
 * sqlparse differ. So is one before the last quote: MLflow takes `'q\'` for an open string in one place and for a closed one
 * in another, and with that a clause behind it was argued away.
 *
 * `''` inside `'...'` is kept as two quotes, which is how MLflow reads it; the UI writes it for a `'`. So is `""` inside `"..."`.
 */
const PLAIN = String.raw`[\t\r\n]|\\['"]|\\+[^'"\\\p{Cc}\p{Cs}]`;
const TOKEN = new RegExp(
  [
    // White space as Unicode has it, all of which is white space to Python.
    String.raw`(?<space>\p{White_Space}+)`,
    // As sqlparse's numbers: no plus sign, no dot before an exponent, not in one with a word.
    String.raw`(?<number>-?(?:[0-9]+(?:\.[0-9]+)?[eE]-?[0-9]+|[0-9]+\.[0-9]*|\.[0-9]+|[0-9]+)(?![\w.$#\u00c0-\u00d6\u00d8-\u00dc\u00e0-\u00f6\u00f8-\u00fc]))`,
    String.raw`(?<word>[\p{L}0-9_][\p{L}\p{N}_]*)`,
    String.raw`(?<single>'(?:[^'\\\p{Cc}\p{Cs}]|${PLAIN}|'')*'(?!'))`,
    String.raw`(?<double>"(?:[^"\\\p{Cc}\p{Cs}]|${PLAIN}|"")*"(?!"))`,
    String.raw`(?<back>\x60[^\x60\\\p{Cc}\p{Cs}]+\x60(?!\x60))`,
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
