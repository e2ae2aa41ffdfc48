import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { OPERATIONS } from '../../catalog/generated/catalog.ts';
import { DenialError } from '../../denial.ts';
import { DIALECTS } from './dialect.ts';
import { checkFilter, namesTag, sharedFilter, tenantFilter } from './tenant-filter.ts';
import { filterFor, mangledFilterFor, rubbish } from './testing/arbitrary.ts';
import { ATTACKS } from './testing/attacks.ts';
import { canName } from './testing/can-name.ts';
import { LEGITIMATE } from './testing/legitimate.ts';

const TAG = { key: 'tenant', value: 'team-a' };
const ALL = [...DIALECTS.values()];
const TAGGED = ALL.filter(({ tags }) => tags !== 'none');

/** What comes of a filter; refused means a DenialError and nothing else. */
function outcome(read: () => string): string | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof DenialError && error.reason === 'invalid_field') return undefined;
    throw error;
  }
}

test('every dialect that the catalog names is known, and no other', () => {
  const named = OPERATIONS.flatMap(({ bodyFields, query }) => [...bodyFields, ...query]).flatMap((field) =>
    field.policy?.class === 'filter' ? field.policy.dialect : [],
  );
  expect([...DIALECTS.keys()].sort()).toEqual([...new Set(named)].sort());
});

test.each([
  [undefined, "tags.tenant = 'team-a'"],
  ['', "tags.tenant = 'team-a'"],
  [
    "metrics.rmse<1 and tags.tenant = 'team-b'",
    "tags.tenant = 'team-a' AND metrics.rmse < 1 AND tags.tenant = 'team-b'",
  ],
  ['params."x" like \'%\' AND ', "tags.tenant = 'team-a' AND params.`x` LIKE '%'"],
])('the clause comes first: %j', (text, sent) => {
  expect(tenantFilter(text, 'runs', TAG, 'filter')).toBe(sent);
});

test.each([
  ['runs', "tags.tenant = 'x'", true],
  ['runs', "tag.tenant = 'x'", true],
  ['runs', "metrics.m > 1 AND tags.`tenant` != 'x'", true],
  ['runs', "params.tenant = 'x'", false],
  ['runs', "tags.tenant2 = 'x' AND tags.x = 'tags.tenant'", false],
  ['runs', "tags.Tenant = 'x'", false],
  ['runs', '', false],
  ['trace-metrics', "trace.tag.tenant = 'x'", true],
  ['trace-metrics', "trace.metadata.tenant = 'x'", false],
  ['issues', "status = 'tenant'", false],
] as const)('%s: %j names the tag: %j', (dialect, text, named) => {
  expect(namesTag(text, dialect, 'tenant', 'filter')).toBe(named);
});

test('without a tenant the filter is written anew and nothing is added', () => {
  expect(checkFilter('status=\'open\'   and source_run_id = "r"', 'issues', 'filter_string')).toBe(
    "status = 'open' AND source_run_id = 'r'",
  );
  expect(checkFilter('', 'issues', 'filter_string')).toBe('');
});

test.each([
  ['tenant', 'tags.tenant'],
  ['acme.tenant', 'tags.acme.tenant'],
  ['acme.io/tenant', 'tags.`acme.io/tenant`'],
  ['from', 'tags.`from`'],
  ['a.in', 'tags.`a.in`'],
  ['2nd', 'tags.`2nd`'],
])('the key %s is written as %s', (key, written) => {
  expect(tenantFilter(undefined, 'logged-models', { key, value: 'a' }, 'filter')).toBe(`${written} = 'a'`);
});

describe('which keys a search can ask for', () => {
  test('a plain one, wherever there are tags', () => {
    expect(ALL.filter(({ name }) => canName(name, 'tenant'))).toEqual(TAGGED);
    expect(canName('issues', 'tenant')).toBe(false);
    expect(canName('no-such-search', 'tenant')).toBe(false);
  });

  test.each(['acme.io/tenant', 'a b', 'from', 'IN', 'acme.as'])(
    'evaluation datasets know no quotes: %s',
    (key) => {
      expect(TAGGED.filter(({ name }) => !canName(name, key)).map(({ name }) => name)).toEqual([
        'evaluation-datasets',
      ]);
    },
  );

  test.each([
    ['traces', ['name', 'Name', 'PROMPT', 'run_id', 'text', 'timestamp', 'execution_time', 'end_time']],
    ['runs', ['created', 'Created']],
  ])('%s take some for something else', (name, keys) => {
    for (const key of keys) {
      expect(canName(name, key)).toBe(false);
      expect(canName('experiments', key)).toBe(true);
      expect(() => tenantFilter(undefined, name, { key, value: 'a' }, 'filter')).toThrow(
        /cannot name the tag/,
      );
    }
  });

  test.each(['', 'a`b', "a'b", 'a"b', 'a\\b', 'a\nb', 'a\u0000', 'ä', 'a;b'])('never %j', (key) => {
    expect(ALL.filter(({ name }) => canName(name, key))).toEqual([]);
  });
});

describe('what cannot be fenced is a defect, not a refusal', () => {
  test.each(["a'b", '', 'a b', 'a\\', 'ä', "a' OR 'b", 'a%', 'a\n'])('the tenant %j', (value) => {
    expect(() => tenantFilter(undefined, 'runs', { key: 'tenant', value }, 'filter')).toThrow(
      'the tenant cannot stand in a filter',
    );
  });

  test('a search for feedback where others have some is refused: it counts for all of a session', () => {
    for (const text of [
      "feedback.good = 'yes'",
      'Expectation.answer IS NULL',
      "tags.a = 'b' AND feedback.x > 1",
    ])
      expect(() => sharedFilter(text, 'traces', TAG, 'filter'), text).toThrow(/shared experiment/);
    const shared = sharedFilter("tags.feedback = 'x'", 'traces', TAG, 'filter');
    expect(shared).toBe(tenantFilter("tags.feedback = 'x'", 'traces', TAG, 'filter'));
  });

  test.each(['issues', 'mcp-access-endpoints'])('a search without tags: %s', (name) => {
    expect(() => tenantFilter(undefined, name, TAG, 'filter')).toThrow(/cannot name the tag/);
  });

  test('a dialect that nobody described', () => {
    expect(() => checkFilter('', 'no-such-search', 'filter')).toThrow(/no filter dialect/);
    expect(() => tenantFilter('', 'constructor', TAG, 'filter')).toThrow(/no filter dialect/);
  });
});

describe.each(ALL.map((dialect) => [dialect.name, dialect] as const))('%s', (name, dialect) => {
  test('what people write passes', () => {
    const refused = LEGITIMATE[name]!.filter(
      (text) => outcome(() => checkFilter(text, name, 'f')) === undefined,
    );
    expect(refused).toEqual([]);
    expect(LEGITIMATE[name]!.length).toBeGreaterThan(1);
  });

  test('every attack is refused', () => {
    const accepted = ATTACKS.filter((text) => outcome(() => checkFilter(text, name, 'f')) !== undefined);
    expect(accepted).toEqual([]);
  });

  test('what is written is read again as itself', () => {
    fc.assert(
      fc.property(fc.oneof(filterFor(dialect), mangledFilterFor(dialect)), (text) => {
        const once = outcome(() => checkFilter(text, name, 'f'));
        if (once !== undefined) expect(checkFilter(once, name, 'f')).toBe(once);
      }),
      { numRuns: 300 },
    );
  });

  test('what people may write is accepted', () => {
    fc.assert(
      fc.property(filterFor(dialect), (text) => {
        expect(checkFilter(text, name, 'f')).not.toBe('');
      }),
      { numRuns: 200 },
    );
  });
});

test.each(TAGGED.map((dialect) => [dialect.name, dialect] as const))(
  '%s: whatever is said, the clause stands first, and the rest is what would be sent without it',
  (name, dialect) => {
    const said = fc.oneof(
      filterFor(dialect),
      mangledFilterFor(dialect),
      rubbish,
      fc.constantFrom(...ATTACKS),
      fc.string({ unit: 'binary' }),
    );
    const value = fc.stringMatching(/^[A-Za-z0-9._-]{1,20}$/);
    fc.assert(
      fc.property(said, value, (text, tenant) => {
        const sent = outcome(() => tenantFilter(text, name, { key: 'tenant', value: tenant }, 'f'));
        if (sent === undefined) return;
        const rest = checkFilter(text, name, 'f');
        expect(sent).toBe(
          `${dialect.tagPath.join('.')}.tenant = '${tenant}'${rest === '' ? '' : ` AND ${rest}`}`,
        );
      }),
      { numRuns: 500 },
    );
  },
);
