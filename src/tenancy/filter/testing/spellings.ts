/** Spellings of keys, with the dot before them, some of which MLflow and the gateway read alike. */
const KEYS =
  '1st 1 1a 1_0 1.a 1e5 1e5x 0x1 0x1g a.1 a.1b a.1b.c größe ärger Größe.maß 東京 a東 1東 1é aſ ſelect ß a$b a#b a-b a/b a:b a@b @ab #ab ##ab [ab] ´a´ * a.* %s \'a\' "a" `a` `größe` "1st" "it\'s" `it\'s` `a"b` `a``b` "a""b" "a""" 1é 1Ü 1ß 1K 1ſ 1÷ a.`b` `a`.b "a".b a."b" "a"."b" 1a.`b` é."b" `a.b` \'a.b\' a.b.1 _1 ٣ ² a² a٣ é K ıN İn ªa µ ﬁ 😀 -a a.from from 1in from1 ín user order `a\\b` `a\\` $a ?a a() a::b `[x]` `"a"` `\'a\'` "\'a\'" \'"a"\' "`a`" `. `` "" \'\''.split(
    ' ',
  );

const VALUES = [
  ...["'it\\'s'", "'it''s'", "'\\''", "'a\\'", "'a\\\\'", "'a\\\\b'", '"a\\"b"', '"a""b"', "'it''s \"b\"'"],
  ...["'it\\'s \"b\"'", "'''a'''", "''''", "'a'''", "'a\\''", "'a\\'''", '"it\'s ""b"""', '"it\'s \\"b\\""'],
  ...[
    '\'say \\"b\\"\'',
    '"it\\\'s"',
    "'a\\\"'",
    '"a\\\'"',
    "'\\\\server\\share'",
    "'a\\\\\\'b'",
    "'a' 'b'",
    "'a\\ b'",
  ],
  ...['`x`', 'x', '1', "('x')", '$$x$$', "'\u0000'", "'\u00a0'", "N'x'", "'a' -- x", "'a' /* x */", "'a';"],
];

const BLANKS =
  '\t \n \r \u000b \u000c \u0085 \u00a0 \u1680 \u2003 \u2028 \u202f \u3000 \u001c \ufeff \u200b \u180e'
    .split(' ')
    .concat(' ');

const LISTS =
  `('a')|('a','b',)|("a")|('a\\'b')|("a\\"b")|('a\\"b')|("a\\'b")|('a\\'"b')|('a\\\\b')|('a''b')|('a' 'b')|('a\\nb')|(('a'))|(1)|(\`a\`)|(u'a')|()|("a""b")|('\u00a0a')|(\u00a0'a')`.split(
    '|',
  );

const NUMBERS = '1 -1 +1 1. .5 1e5 1e+5 1.e5 0x10 1_000 --1 ١ ² 1L NaN inf 1a 1東'.split(' ');

const PREFIXES =
  'tags. tag. params. metadata. feedback. span.attributes. trace.tag. trace.metadata. `tags`. "tags". `trace`.tag. trace.`tag`.'.split(
    ' ',
  );

const WHOLE = [
  ...[
    "`name` = 'x'",
    '"name" = \'x\'',
    "'name' = 'x'",
    "`attributes`.name = 'x'",
    "`attribute`.`status` = 'x'",
  ],
  ...[
    "attribute.'name' = 'x'",
    '`attributes`.start_time > 1',
    '"attributes".start_time > 1',
    '`metrics`.`m` > 1',
  ],
  ...["`tags`.k = 'x'", "`from` = 'x'", "`attributes.name` = 'x'", "`1st` = 'x'", "größe = 'x'", "1st = 'x'"],
  ...[
    "AND tags.k = 'x'",
    "tags.k = 'x' AND AND tags.z = 'y' AND and",
    "tags.k = 'x' tags.z = 'y'",
    'AND',
    'AND AND',
  ],
  ...[
    "tags.k = 'a\\' AND tags.z = 'b'",
    "tags.k = 'a\\' AND tags.z = 'b\\'c'",
    "tags.k = 'a''' AND tags.z = 'b'",
  ],
  ...[
    'tags.k = "a\\" AND tags.z = "b"',
    'tags.k = \'a"\' AND tags.z = "b\'"',
    'tags.k = "a"" AND tags.z = "b"',
    'tags.k = "a""" AND tags.z = "b"',
    "tags.`it's` = 'x' AND tags.`so's` = 'y'",
  ],
  ...[
    "tags.k == 'x'",
    "tags.k <> 'x'",
    "tags.k NOT LIKE 'x'",
    "(tags.k = 'x')",
    "tags.k = 'x' OR tags.z = 'y'",
  ],
];

/**
 * Every spelling of a key, value, blank, list and number above in every place it may stand, the same for each search: all of
 * them, some thousands. The filters that this finds to be read differently by MLflow must be refused here.
 */
export const SPELLINGS: readonly string[] = [
  ...PREFIXES.flatMap((prefix) =>
    KEYS.flatMap((key) => [
      `${prefix}${key} = 'x'`,
      `${prefix}${key} LIKE 'x' AND ${prefix}${key} != 'it\\'s'`,
      `${prefix}${key} IS NULL AND tags.${key} = "x"`,
    ]),
  ),
  ...['metrics.', '`metrics`.', 'attributes.'].flatMap((prefix) => KEYS.map((key) => `${prefix}${key} > 1`)),
  ...VALUES.flatMap((value) => [
    ...['tags.k', 'name', 'params.`a b`', 'trace.tag.k'].map((left) => `${left} = ${value}`),
    `tags.k LIKE ${value} AND tags.z = ${value}`,
    `tags.k = ${value} AND name = "it's" AND tags.z != 'y'`,
  ]),
  ...BLANKS.flatMap((blank) => [
    ...[`tags.k${blank}=${blank}'x'`, `${blank}tags.k = 'x'`, `tags.k = 'x'${blank}`, `tags.${blank}k = 'x'`],
    ...[
      `tags${blank}.k = 'x'`,
      `tags.k IS${blank}NOT${blank}NULL`,
      `tags.k NOT${blank}IN${blank}('a')`,
      blank,
    ],
    `name IN${blank}('x'${blank},${blank}'y')`,
    `tags.k = 'x'${blank}AND${blank}tags.z${blank}ILIKE${blank}'y'${blank}AND${blank}metrics.m${blank}>${blank}1`,
  ]),
  ...LISTS.flatMap((list) =>
    ['name', 'run_id', 'tags.k', 'experiment_id', 'dataset.name'].flatMap((left) => [
      ...[`${left} IN ${list}`, `${left} NOT IN ${list} AND ${left} != 'x'`, `${left} = ${list}`],
    ]),
  ),
  ...NUMBERS.flatMap((number) =>
    [
      'metrics.m',
      'creation_time',
      'attributes.start_time',
      'version_number',
      'timestamp',
      'feedback.x',
      'tags.k',
    ].map((left) => `${left} > ${number}`),
  ),
  ...WHOLE,
];
