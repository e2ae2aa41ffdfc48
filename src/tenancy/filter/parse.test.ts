import { describe, expect, test } from 'vitest';
import { DenialError } from '../../denial.ts';
import { DIALECTS } from './dialect.ts';
import { MAX_CLAUSES, MAX_FILTER_LENGTH, MAX_TOKENS, parseFilter } from './parse.ts';
import { checkFilter } from './tenant-filter.ts';

const read = (text: string, dialect = 'runs') => parseFilter(text, DIALECTS.get(dialect)!, 'filter');

function refusal(text: string, dialect = 'runs'): string {
  try {
    read(text, dialect);
  } catch (error) {
    if (!(error instanceof DenialError)) throw error;
    expect(error.reason).toBe('invalid_field');
    return error.message;
  }
  return 'accepted';
}

describe('what is read', () => {
  test('words of the grammar in any case, blanks of any number', () => {
    expect(
      read(
        "a.b\tLiKe\n'x'  aNd c iN('y' ,\r\n\"z\",)and d not  in ('w') AND e is  Not nulL AND f IS NULL aNd",
      ),
    ).toEqual([
      { left: { path: ['a', 'b'] }, op: 'LIKE', value: { text: 'x' } },
      { left: { path: ['c'] }, op: 'IN', values: ['y', 'z'] },
      { left: { path: ['d'] }, op: 'NOT IN', values: ['w'] },
      { left: { path: ['e'] }, op: 'IS NOT NULL' },
      { left: { path: ['f'] }, op: 'IS NULL' },
    ]);
  });

  test.each(['=', '!=', '<', '<=', '>', '>='])('the comparator %s', (op) => {
    expect(read(`metrics.a${op}-1`)).toEqual([
      { left: { path: ['metrics', 'a'] }, op, value: { number: '-1' } },
    ]);
  });

  test.each(['0', '-0', '007', '1.', '.5', '-.5', '1.5', '1e5', '1E-5', '-1.5e3', '1e400', '9'.repeat(40)])(
    'the number %s, as it was written',
    (number) => expect(read(`metrics.a > ${number}`)[0]).toMatchObject({ value: { number } }),
  );

  test.each([
    ["''", ''],
    ['""', ''],
    [`'say "hi"'`, 'say "hi"'],
    [`"it's"`, "it's"],
    // MLflow keeps both quotes
    ["'it''s'", "it''s"],
    ["'it\\'s'", "it\\'s"],
    ["'it''s \"both\"'", 'it\'\'s "both"'],
    ['"a""b"', 'a""b'],
    ['"it\'s ""both"""', 'it\'s ""both""'],
    ['"a\\"b"', 'a\\"b'],
    ["'\\\\server\\x'", '\\\\server\\x'],
    ["'my\\_model'", 'my\\_model'],
    ["'C:\\data'", 'C:\\data'],
    ["'two\nlines\tand a tab'", 'two\nlines\tand a tab'],
    ["'-- /* # ; :: $$ `'", '-- /* # ; :: $$ `'],
    ["'Köln 東京 😀'", 'Köln 東京 😀'],
  ])('the value %s', (written, text) => {
    expect(read(`tags.a = ${written}`)[0]).toMatchObject({ value: { text } });
  });

  test.each([
    ['status', ['status'], undefined],
    ['tags.mlflow.user', ['tags', 'mlflow', 'user'], undefined],
    ['tags.order', ['tags', 'order'], undefined],
    ['tags._x', ['tags', '_x'], undefined],
    ['tags.`a b`', ['tags'], 'a b'],
    ['tags."a/b:c-d"', ['tags'], 'a/b:c-d'],
    ['tags.`größe -- /*`', ['tags'], 'größe -- /*'],
  ])('the identifier %s', (written, path, quoted) => {
    expect(read(`${written} = 'x'`)[0]!.left).toEqual(quoted === undefined ? { path } : { path, quoted });
  });

  test.each([
    ["params.1st = 'x'", "params.`1st` = 'x'"],
    ["tags.a.1st = 'x'", "tags.`a.1st` = 'x'"],
    ["tags.größe = 'x'", "tags.`größe` = 'x'"],
    ["tags.東京 = 'x'", "tags.`東京` = 'x'"],
    ["tags.'a b' = 'x'", "tags.`a b` = 'x'"],
    ["tags.\"it's\" = 'x'", "tags.`it's` = 'x'"],
    ['`attributes`.start_time > 1', 'attributes.start_time > 1'],
    ["`run_name` = 'x'", "run_name = 'x'"],
    ["tags.k\u00a0=\u2003'x'\u3000AND\u00a0tags.z = 'y'", "tags.k = 'x' AND tags.z = 'y'"],
    ["tags.k = 'it\\'s'", 'tags.k = "it\\\'s"'],
    ["tags.k = 'it''s \"b\"'", "tags.k = 'it''s \"b\"'"],
    ['tags.k = "a""b"', 'tags.k = \'a""b\''],
    ['tags.k = "it\'s ""b"""', 'tags.k = "it\'s ""b"""'],
    ["tags.1é = 'x'", "tags.`1é` = 'x'"],
    ["AND tags.k = 'x' AND and tags.z = 'y' AND", "tags.k = 'x' AND tags.z = 'y'"],
  ])('%s is written as %s', (text, written) => {
    expect(checkFilter(text, 'runs', 'filter')).toBe(written);
  });

  test('a search without quotes for keys has them bare, letters outside ASCII too', () => {
    expect(checkFilter("tags.1st = 'x' AND tags.köln = 'y'", 'evaluation-datasets', 'f')).toBe(
      "tags.1st = 'x' AND tags.köln = 'y'",
    );
    // Kelvin's sign, a dotless i and a letter younger than MLflow's Python
    for (const key of ['\u212a', '\u0131n', '\ua7cb']) {
      expect(refusal(`tags.${key} = 'x'`, 'evaluation-datasets')).toContain('a key of letters');
    }
    expect(checkFilter("span.attributes.1st = 'x'", 'traces', 'f')).toBe("span.attributes.`1st` = 'x'");
  });

  test('a quoted key behind several words, where MLflow unquotes it', () => {
    expect(read("span.attributes.`a b` = 'x'", 'traces')[0]!.left).toEqual({
      path: ['span', 'attributes'],
      quoted: 'a b',
    });
    expect(refusal("tags.a.`b` = 'x'", 'traces')).toContain('at character 8, a key');
    expect(refusal('span.attributes."a b" = \'x\'', 'traces')).toContain('at character 17, a key');
  });

  test('nothing in an empty filter', () => expect(read('')).toEqual([]));
});

describe('refusals say where and what would be right', () => {
  test.each([
    [' ', 'at its end, an attribute or key such as name or tags.stage is expected'],
    ['AND', 'at its end, an attribute or key'],
    ["a = 'x' b = 'y'", 'at character 9, AND is expected'],
    ["a = 'x' OR b = 'y'", 'at character 9, AND is expected'],
    ['a', 'at its end, a comparator (=, !=, LIKE, ILIKE, IN, IS) is expected'],
    ['a b', 'at character 3, a comparator'],
    ['a =', "at its end, a value in quotes: '...' is expected"],
    ['a = b', "at character 5, a value in quotes: '...' is expected"],
    ['a LIKE 1', "at character 8, a value in quotes: '...' is expected"],
    ["a NOT LIKE 'x'", 'at character 7, IN is expected'],
    ['a IS 1', 'at character 6, NULL is expected'],
    ['a IN 1', 'at character 6, "(" is expected'],
    ["a IN ('x'", 'at its end, ")" is expected'],
    ['a IN ()', "at character 7, a value in quotes: '...' is expected"],
    ['a IN (1)', "at character 7, a value in quotes: '...' is expected"],
    ["a IN ('x\\y')", 'at character 7, a value in a list cannot hold a backslash'],
    ["a IN ('x\ny')", 'at character 7, a value in a list cannot hold a backslash, a line end'],
    ["a IN ('x''y')", 'at character 7, a value in a list cannot hold'],
    ["tags.a-b = 'x'", 'at character 7, this is no number'],
    [
      "tags.from = 'x'",
      'at character 6, a key of letters, digits, "_" and "." that is no number and no SQL word, or all of the key in backticks is expected',
    ],
    ["tags. a = 'x'", 'at character 5, no blank may stand beside a dot'],
    ["tags .a = 'x'", 'at character 6, no blank may stand beside a dot'],
    ["tags.1 = 'x'", 'at character 5, a key of letters, digits, "_" and "." that is no number'],
    ["tags.1e5x = 'x'", 'at character 6, a key'],
    ["tags.1東 = 'x'", 'at character 5, a key'],
    ["tags.e\u0301 = 'x'", 'at character 7, this belongs in quotes'],
    ["1st = 'x'", 'at character 1, an attribute or key'],
    ["a == 'x'", 'at character 3, this is no comparator: =, !=, <, <=, > and >= are'],
    ["(a = 'x')", 'at character 1, an attribute or key'],
    [
      '"tags".a = \'x\'',
      'at character 1, write what stands before the key, or an attribute alone, without quotes',
    ],
    ["a = 'x' -- y", 'at character 9, this is no number'],
    ["a = 'x' /* y */", 'at character 9, this belongs in quotes, or is nothing that a filter has'],
    ["a = 'x'; b = 'y'", 'at character 8, this belongs in quotes'],
    [
      "a = 'x\\'",
      'at character 5, quotes are not closed, or hold what MLflow cannot read in one way: a backslash before the last quote,',
    ],
    ['a > 1e+5', 'at character 7, this is no number such as -1, 0.5 or 1e-3'],
    ['a > +1', 'at character 5, this is no number'],
    [`a > ${'9'.repeat(41)}`, 'at character 5, a number is too long'],
  ])('%j', (text, message) => {
    expect(refusal(text)).toContain(`Invalid value for filter: ${message}`);
  });

  test.each([
    ['logged-models', 'tags.a = "x"', 'this search knows values in single quotes only'],
    ['logged-models', 'tags."a" = \'x\'', 'a key of letters'],
    ['logged-models', "tags.a = 'x'''", "a value cannot begin or end with a ' here"],
    ['logged-models', "Tags.1st = 'x'", 'tags, params or metrics in small letters before a key'],
    ['logged-models', "attributes.größe = 'x'", 'tags, params or metrics in small letters before a key'],
    ['experiments', "`tags`.a = 'x'", 'without quotes here'],
    ['registered-models', "`name` = 'x'", 'without quotes here'],
    [
      'evaluation-datasets',
      "tags.`a` = 'x'",
      'a key of letters, digits, "_" and "." that is no number and no SQL word is expected',
    ],
    ['registered-models', 'tags.a IS NULL', 'IS NULL is unknown to this search'],
    ['runs', "name RLIKE 'x'", 'RLIKE is unknown to this search'],
    ['issues', "status IN ('x')", 'IN is unknown to this search'],
    ['trace-metrics', "trace.status LIKE 'x'", 'LIKE is unknown to this search'],
  ])('the dialect %s: %s', (dialect, text, message) => {
    expect(refusal(text, dialect)).toContain(message);
  });

  test('no word of the filter is in the message', () => {
    expect(refusal("tags.secret = 'confidential' nonsense")).not.toMatch(/secret|confidential|nonsense/);
  });
});

describe('bounds', () => {
  test('length', () => {
    const values = (count: number): string =>
      `run_id IN (${Array(count).fill("'0123456789abcdef0123456789abcdef'").join(',')})`;
    expect(read(values(1_000))).toHaveLength(1);
    const exact = `tags.a = '${'x'.repeat(MAX_FILTER_LENGTH - 11)}'`;
    expect(exact).toHaveLength(MAX_FILTER_LENGTH);
    expect(read(exact)).toHaveLength(1);
    expect(refusal(`${exact} `)).toContain(`the filter is longer than ${MAX_FILTER_LENGTH} characters`);
  });

  test('tokens', () => {
    const dotted = (parts: number): string => `tags${'.a'.repeat(parts)} = 'x'`;
    // tags, =, 'x' and the end beside the parts, each with its dot
    expect(read(dotted((MAX_TOKENS - 4) / 2))).toHaveLength(1);
    expect(refusal(dotted((MAX_TOKENS - 4) / 2 + 1))).toContain(
      `the filter has more than ${MAX_TOKENS} words`,
    );
  });

  test('comparisons', () => {
    const many = (count: number): string => Array(count).fill('metrics.a > 1').join(' AND ');
    expect(read(many(MAX_CLAUSES))).toHaveLength(MAX_CLAUSES);
    expect(refusal(many(MAX_CLAUSES + 1))).toContain(`the filter has more than ${MAX_CLAUSES} comparisons`);
  });

  test.each(["'", '"', '`', "''", '\\', '(', ' ', 'a.', '1', '-', "'a' "])(
    'reading is linear: many of %j',
    (piece) => {
      expect(refusal(piece.repeat(Math.floor(MAX_FILTER_LENGTH / piece.length)))).toContain(
        'Invalid value for filter',
      );
      expect(refusal(`tags.a = '${piece.repeat(10_000)}\\`)).toContain('Invalid value for filter');
    },
  );
});
