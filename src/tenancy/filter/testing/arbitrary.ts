import fc from 'fast-check';
import type { Dialect } from '../dialect.ts';
import { isKeyPart, isQuotablePart, isSettled } from '../words.ts';
import { VOCABULARY } from './vocabulary.ts';

const split = (separator: string, pieces: string): string[] => pieces.split(separator);

/** Pieces that have broken filters, or might: they end quotes, comment, escape, cast, group or imitate other tokens. */
const HOSTILE: readonly string[] = [
  // Found on a real MLflow
  ...split('|', ".foo IS NULL|. IS NULL|::/IS NULL|.`foo` IS NULL| :: -- |::--|' :: -- |\\' AND "),
  // Quotes, and what looks like them
  ...split(' ', '\' " ` \'\' "" `` \\ \\\' \\" \\\\ \\` ´ ‘ ’ “ ” ＇ ＂ ｀ $$ $tag$'),
  // Comments, casts, placeholders, brackets, operators
  ...split(' ', '-- # /* */ /*+ ; :: := ? %s %(a)s ( ) (( )) [ ] [x] { } , . .. @ ! ~ | || & ^ + - * / %'),
  ...split(' ', '= == != <> <=> => !== -> ->> < > ＝ － −'),
  ...['-- x', '# ', '/* x */', '. ', ' .'],
  // Blanks that only some readers treat as blanks
  ...split('|', ' |  |\t|\n|\r|\r\n|\u000b|\u000c|\u0085|\u00a0|\u2003|\u2028|\u3000'),
  // Characters without a form, without a pair, or with another form in capitals
  ...['\ufeff', '\u200b', '\u0000', '\u001a', '\u007f', '\u009f', '\ud800', '\udc00', '😀'],
  ...['é', 'ß', '\u212a', 'ſ', 'İ', 'ı', '０', '٣', '²', '東', '1st', 'größe'],
  // Words
  ...split(
    '|',
    'AND| AND | and |ＡＮＤ|OR| OR |NOT|NOT IN|IN|IS|NULL|IS NOT NULL|LIKE|BETWEEN|CASE|END|BEGIN',
  ),
  ...split('|', 'IF|FOR|GO|WHERE|VALUES|AS|FROM|USING|OVER|ORDER BY|ASC|JOIN|CREATE TABLE|SELECT|UNION ALL'),
  ...split('|', "GROUP BY|AT TIME ZONE 'x'|DATE |TIMESTAMP |INTERVAL |ESCAPE|TRUE"),
  // Numbers
  ...split('|', '0x10|1_000|1e400|1e+5|1.e5|.5|5.|+1|-0|--1|1 2|007|1e-400|NaN|inf'),
  // Parts of filters
  ...split('|', "tags.tenant = 'b'|tags.tenant != 'a'|tags.tenant IS NULL|tags.tenant|tags.`tenant`|'a'|1=1"),
];

/** White space to Unicode, that MLflow takes for such but in lists and between NOT and another word. */
const oddBlank = fc.constantFrom('\u000b', '\u0085', '\u00a0', '\u2003 ', '\u2028', '\u3000');
const blank = fc.oneof(
  { weight: 24, arbitrary: fc.constantFrom(' ', ' ', ' ', '  ', '\t', '\n', '\r\n', ' \n ') },
  { weight: 1, arbitrary: oddBlank },
);
const maybeBlank = fc.oneof(
  { weight: 24, arbitrary: fc.constantFrom('', '', ' ', '  ', '\t') },
  { weight: 1, arbitrary: oddBlank },
);

const bareKey = fc.oneof(
  fc.stringMatching(/^[A-Za-z][A-Za-z0-9_]{0,8}$/).filter(isKeyPart),
  fc.constantFrom(
    ...split(' ', 'mlflow.user mlflow.parentRunId a.b.c order Group case_ select tenant _x end'),
  ),
);

/** With letters of any script, or a digit first: read as it is, and written in quotes where the search knows them. */
const oddKey = fc
  .array(
    fc.oneof(
      fc.stringMatching(/^\d{1,3}[A-Za-z_]\w{0,4}$/),
      fc.stringMatching(/^[\p{L}_][\p{L}\p{N}_]{0,5}$/u),
      fc.constantFrom('1st', '2024_q1', '1é', 'größe', 'Köln', 'задача', '東京', 'ſelect', 'ı'),
    ),
    { minLength: 1, maxLength: 3 },
  )
  .filter((parts) => parts.every(isQuotablePart));

/** Inside quotes: anything but what the grammar knows to have two readings. */
const inside = (without: string): fc.Arbitrary<string> =>
  fc
    .array(
      fc.oneof(
        fc.constantFrom(...HOSTILE),
        fc.string({ unit: 'binary', maxLength: 6 }),
        fc.stringMatching(/^[\w .%/:-]{1,8}$/),
      ),
      {
        maxLength: 5,
      },
    )
    .map((pieces) =>
      [...pieces.join('')].filter((c) => !without.includes(c) && !/[\p{Cc}\p{Cs}]/u.test(c)).join(''),
    );

/** Quotes of the other kinds are plain in it, but first, where MLflow takes them off as well. */
const quotedKeyIn = (quote: string): fc.Arbitrary<string> =>
  fc
    .tuple(inside('`\'"\\'), fc.constantFrom('', '', "'", '"'), inside('`\'"\\'))
    .map(([start, mark, end]) => `${start}${start && end && mark !== quote ? mark : ''}${end}`)
    .filter((key) => key !== '');

function keyFor(dialect: Dialect, prefix: string): fc.Arbitrary<string> {
  const quotes = dialect.keyQuotes.filter((quote) => quote === '`' || !prefix.includes('.'));
  const before = dialect.quotedEntities
    ? fc.constantFrom(prefix, prefix, prefix.replace(/^\w+/, '`$&`'))
    : fc.constant(prefix);
  const after = (key: fc.Arbitrary<string>) => fc.tuple(before, key).map((both) => both.join('.'));
  const odd = oddKey
    .filter((parts) => dialect.keyQuotes.length > 0 || parts.every(isSettled))
    .map((parts) => parts.join('.'));
  return fc.oneof(
    { weight: 3, arbitrary: after(bareKey) },
    { weight: 2, arbitrary: after(odd) },
    ...quotes.map((quote) => ({
      weight: 2,
      arbitrary: after(quotedKeyIn(quote).map((key) => quote + key + quote)),
    })),
  );
}

/** Backslashes before what cannot be taken for escaped. */
const escapes = fc.constantFrom('\\_', '\\%', '\\d', '\\.', '\\n', '\\ ', '\\\\server', '\\\\\\x');

function textFor(dialect: Dialect): fc.Arbitrary<string> {
  const piece = (without: string) => fc.oneof(inside(without), escapes, fc.constantFrom('\n', '\t', ''));
  const text = (without: string) =>
    fc.array(piece(without), { maxLength: 3 }).map((pieces) => pieces.join(''));
  const single = text("'\\").map((value) => `'${value}'`);
  const kept = (quote: string, other: string) =>
    fc
      .tuple(
        text('\'"\\'),
        fc.constantFrom(quote + quote, `\\${quote}`),
        fc.constantFrom('', other, `\\${other}`),
      )
      .chain(([a, mark, plain]) => text('\'"\\').map((b) => `${quote}${a}x${mark}y${plain}z${b}${quote}`));
  const inSingle = fc.oneof({ weight: 4, arbitrary: single }, { weight: 2, arbitrary: kept("'", '"') });
  if (!dialect.doubleQuotedValues) return inSingle;
  return fc.oneof(
    { weight: 6, arbitrary: inSingle },
    { weight: 3, arbitrary: text('"\\').map((value) => `"${value}"`) },
    { weight: 2, arbitrary: kept('"', "'") },
  );
}

const listed = fc.oneof(
  inside("'\\").map((value) => `'${value}'`),
  inside('"\\').map((value) => `"${value}"`),
);
const list = fc
  .tuple(fc.array(fc.tuple(maybeBlank, listed, maybeBlank), { minLength: 1, maxLength: 4 }), fc.boolean())
  .map(([values, comma]) => `(${values.map((value) => value.join('')).join(',')}${comma ? ',' : ''})`);

const number = fc.oneof(
  fc.integer().map(String),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n }).map(String),
  fc
    .double({ noNaN: true, noDefaultInfinity: true, min: -1e20, max: 1e20 })
    .map((value) => String(value).replace('e+', 'e')),
  fc.constantFrom('0', '-0', '007', '.5', '-.5', '5.', '1e5', '1E-5', '1.5e3', '1e400', '1722500000000'),
);

const anyCase = (word: string): fc.Arbitrary<string> => fc.mixedCase(fc.constant(word));

/** A comparison as somebody may write it, with the names that MLflow knows in this search. */
function comparison(dialect: Dialect): fc.Arbitrary<string> {
  const words = VOCABULARY[dialect.name]!;
  const patterns = dialect.words.filter((word) => word !== 'IN' && word !== 'IS');
  const choices: fc.Arbitrary<string>[] = [];
  const add = (plain: readonly string[], keyed: readonly string[], rest: fc.Arbitrary<string>): void => {
    const lefts = [
      ...(plain.length === 0 ? [] : [fc.constantFrom(...plain)]),
      ...keyed.map((prefix) => keyFor(dialect, prefix)),
    ];
    if (lefts.length > 0) choices.push(fc.tuple(fc.oneof(...lefts), rest).map((both) => both.join('')));
  };
  const sign = (...signs: string[]) =>
    fc.tuple(maybeBlank, fc.constantFrom(...signs), maybeBlank).map((all) => all.join(''));
  const word = (spelling: string) => fc.tuple(blank, anyCase(spelling), blank).map((all) => all.join(''));
  const equality = dialect.name === 'trace-metrics' ? sign('=') : sign('=', '!=');
  add(
    words.texts,
    words.keyedTexts,
    fc.tuple(equality, textFor(dialect)).map((all) => all.join('')),
  );
  if (patterns.length > 0) {
    const pattern = fc.oneof(...patterns.map(word));
    add(
      words.texts,
      words.keyedTexts,
      fc.tuple(pattern, textFor(dialect)).map((all) => all.join('')),
    );
  }
  add(
    words.numbers,
    words.keyedNumbers,
    fc.tuple(sign('=', '!=', '<', '<=', '>', '>='), number).map((all) => all.join('')),
  );
  if (dialect.words.includes('IN')) {
    const inside = fc.oneof(
      word('IN'),
      fc.tuple(blank, anyCase('NOT'), word('IN')).map((all) => all.join('')),
    );
    add(
      words.lists,
      words.keyedLists,
      fc.tuple(inside, list).map((all) => all.join('')),
    );
  }
  if (dialect.words.includes('IS')) {
    const nothing = fc.oneof(
      anyCase('NULL'),
      fc.tuple(anyCase('NOT'), fc.constant(' '), anyCase('NULL')).map((all) => all.join('')),
    );
    add(
      [],
      words.keyedNulls,
      fc.tuple(word('IS'), nothing).map((all) => all.join('')),
    );
  }
  return fc.oneof(...choices);
}

/** Filters as people and programs may write them. Most are read alike by MLflow; some it refuses. */
export function filterFor(dialect: Dialect): fc.Arbitrary<string> {
  const most = dialect.name === 'trace-metrics' ? 1 : 4;
  const separator = fc.tuple(blank, anyCase('AND'), blank).map((all) => all.join(''));
  return fc
    .tuple(
      fc.array(fc.tuple(comparison(dialect), separator), { minLength: 1, maxLength: most }),
      fc.integer({ min: 0, max: 9 }),
    )
    .map(([clauses, ending]) =>
      clauses
        .map(
          ([clause, and], index) =>
            clause + (index < clauses.length - 1 ? and : ending === 0 ? and.trimEnd() : ''),
        )
        .join(''),
    );
}

/** Filters with something hostile put in, cut out or said twice, anywhere. */
export function mangledFilterFor(dialect: Dialect): fc.Arbitrary<string> {
  const place = fc.double({ min: 0, max: 1, noNaN: true });
  const change = fc.oneof(
    fc.record({ kind: fc.constant('put'), at: place, piece: fc.constantFrom(...HOSTILE) }),
    fc.record({ kind: fc.constant('cut'), at: place, length: fc.integer({ min: 1, max: 12 }) }),
    fc.record({ kind: fc.constant('twice'), at: place, length: fc.integer({ min: 1, max: 12 }) }),
  );
  return fc
    .tuple(filterFor(dialect), fc.array(change, { minLength: 1, maxLength: 3 }))
    .map(([filter, changes]) =>
      changes.reduce((text, made) => {
        const at = Math.floor(made.at * text.length);
        const [before, after] = [text.slice(0, at), text.slice(at)];
        if ('piece' in made) return before + made.piece + after;
        const span = after.slice(0, made.length);
        return made.kind === 'cut' ? before + after.slice(made.length) : before + span + after;
      }, filter),
    );
}

/** Filters made only of hostile pieces and words of filters. */
export const rubbish: fc.Arbitrary<string> = fc
  .array(
    fc.oneof(
      fc.constantFrom(...HOSTILE),
      fc.constantFrom(
        'tags',
        'tags.x',
        'metrics.m',
        'name',
        " = 'v'",
        ' > 1',
        " LIKE '%'",
        " IN ('a')",
        ' IS NULL',
        ' AND ',
      ),
    ),
    { maxLength: 8 },
  )
  .map((pieces) => pieces.join(''));
