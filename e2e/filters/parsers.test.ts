import { beforeAll, describe, expect, test } from 'vitest';
import { DIALECTS } from '../../src/tenancy/filter/dialect.ts';
import { tenantFilter } from '../../src/tenancy/filter/tenant-filter.ts';
import { canName } from '../../src/tenancy/filter/testing/can-name.ts';
import { LEGITIMATE } from '../../src/tenancy/filter/testing/legitimate.ts';
import { VOCABULARY } from '../../src/tenancy/filter/testing/vocabulary.ts';
import { isBefore, versionsOr } from '../harness/mlflow-version.ts';
import { generatedCases, legitimateCases, questionsOf, spellingCases, wordCases } from './cases.ts';
import { judge, type Verdict } from './compare-readings.ts';
import { readByMlflow } from './mlflow-parser.ts';

const ALL = [...DIALECTS.values()];
/** Words that sqlparse knows by an expression and not from its lists. */
const MORE_WORDS = 'AND OR NOT IS NULL LIKE ILIKE RLIKE REGEXP CASE END IF JOIN ASC DESC GO UNION'.split(' ');

/** The words that mean something to this MLflow's lexer, and the dialects it has. */
async function askAbout(
  version: string,
): Promise<{ readonly keywords: readonly string[]; readonly known: ReadonlySet<string> }> {
  const readings = await readByMlflow([], version);
  const keywords = [...new Set([...readings.keywords, ...MORE_WORDS])].filter((word) => /^\w+$/.test(word));
  return { keywords, known: new Set(readings.dialects) };
}

/** Asks MLflow about all cases in one process, and says how many there were. */
async function judged(what: string, cases: Parameters<typeof judge>[0], version: string): Promise<Verdict> {
  const { read } = await readByMlflow(questionsOf(cases), version);
  const verdict = judge(cases, read, { listsAreWhole: !isBefore(version, '3.17') });
  const { both, onlyOurs, refused } = verdict;
  console.log(
    `MLflow ${version}, ${what}: ${cases.length} filters accepted here; MLflow accepts ${both} as written, ${onlyOurs} more as sent, refuses ${refused}`,
  );
  return verdict;
}

describe.each(versionsOr(['3.17.2', '2.22.5']))('MLflow %s', (version) => {
  let keywords: readonly string[];
  let known: ReadonlySet<string>;

  beforeAll(async () => {
    ({ keywords, known } = await askAbout(version));
  });

  test('reads what is sent as the caller wrote it, behind the clause', async () => {
    const generated = ALL.map((dialect) => generatedCases(dialect));
    const cases = generated.flatMap((one) => one.cases).filter(({ dialect }) => known.has(dialect.name));
    const verdict = await judged('generated', cases, version);
    expect(verdict.wrong.slice(0, 5)).toEqual([]);
    // The generators must not drift into what MLflow refuses anyway.
    expect(verdict.both).toBeGreaterThan(known.size * 60);
  });

  test('reads every known spelling of keys, values, blanks, lists and numbers alike, or it is refused', async () => {
    const cases = ALL.filter(({ name }) => known.has(name)).flatMap(spellingCases);
    const verdict = await judged('spellings', cases, version);
    expect(verdict.wrong.slice(0, 5)).toEqual([]);
    expect(verdict.both).toBeGreaterThan(known.size * 400);
  });

  test('finds the tag under every key that a dialect says it can carry', async () => {
    const names = Object.values(VOCABULARY).flatMap((words) => [...words.texts, ...words.numbers]);
    const keys = [
      ...new Set([...keywords, ...names.map((name) => name.replace(/^.*\.|`|"/g, ''))]),
      ...['acme.io/tenant', 'acme.tenant', 'a-b', 'a b', 'a:b', '_x', '2x', 'mlflow.from', 'tenant'],
    ];
    const asked = ALL.filter(({ name }) => known.has(name)).flatMap(({ name }) =>
      keys
        .filter((key) => canName(name, key))
        .map((key) => ({
          dialect: name,
          key,
          text: tenantFilter(undefined, name, { key, value: 'v' }, 'filter'),
        })),
    );
    const { read } = await readByMlflow(asked, version);
    const wrong = asked.filter(({ key }, index) => {
      const [comparison, ...more] = read[index] ?? [];
      return (
        more.length > 0 ||
        !['tag', 'tags', 'trace.tag'].includes(comparison?.[0] ?? '') ||
        JSON.stringify(comparison?.slice(1)) !== JSON.stringify([key, '=', 'v'])
      );
    });
    console.log(`MLflow ${version}, tag keys: ${keys.length} tried, ${asked.length} carried`);
    expect(wrong).toEqual([]);
    expect(asked.length).toBeGreaterThan(keys.length * 4);
  });
});

test('MLflow takes no word for another, wherever it stands', async () => {
  const { keywords } = await askAbout('3.17.2');
  const dialects = ['traces', 'logged-models'].map((name) => DIALECTS.get(name)!);
  const cases = dialects.flatMap((dialect) => wordCases(dialect, keywords));
  const verdict = await judged('words', cases, '3.17.2');
  expect(verdict.wrong.slice(0, 5)).toEqual([]);
  expect(verdict.both).toBeGreaterThan(keywords.length * dialects.length * 1.5);
});

test('MLflow 3.17.2 accepts what its UI, client and documentation write, in the same sense', async () => {
  const cases = ALL.flatMap(legitimateCases);
  expect(cases).toHaveLength(Object.values(LEGITIMATE).flat().length);
  const verdict = await judged('legitimate', cases, '3.17.2');
  expect(verdict).toMatchObject({ wrong: [], refused: 0, both: cases.length, onlyOurs: 0 });
});
