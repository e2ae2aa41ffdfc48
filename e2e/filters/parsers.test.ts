import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DIALECTS } from '../../src/tenancy/filter/dialect.ts';
import { tenantFilter } from '../../src/tenancy/filter/tenant-filter.ts';
import { canName } from '../../src/tenancy/filter/testing/can-name.ts';
import { LEGITIMATE } from '../../src/tenancy/filter/testing/legitimate.ts';
import { VOCABULARY } from '../../src/tenancy/filter/testing/vocabulary.ts';
import { isBefore, versionsOr } from '../harness/mlflow-version.ts';
import { generatedCases, legitimateCases, questionsOf, spellingCases, wordCases } from './cases.ts';
import { compareReadings, type ReadingsCompared } from './compare-readings.ts';
import { endReaders, readByMlflow } from './mlflow-parser.ts';

const ALL = [...DIALECTS.values()];
/** Keywords that sqlparse matches by a pattern, not from its lists. */
const MORE_WORDS = 'AND OR NOT IS NULL LIKE ILIKE RLIKE REGEXP CASE END IF JOIN ASC DESC GO UNION'.split(' ');

/** The keywords of this MLflow's lexer, and its dialects. */
async function askAbout(
  version: string,
): Promise<{ readonly keywords: readonly string[]; readonly known: ReadonlySet<string> }> {
  const readings = await readByMlflow([], version);
  const keywords = [...new Set([...readings.keywords, ...MORE_WORDS])].filter((word) => /^\w+$/.test(word));
  return { keywords, known: new Set(readings.dialects) };
}

/** Reads all cases with MLflow in one process, and logs their number. */
async function compared(
  what: string,
  cases: Parameters<typeof compareReadings>[0],
  version: string,
): Promise<ReadingsCompared> {
  const { read } = await readByMlflow(questionsOf(cases), version);
  const result = compareReadings(cases, read, { listsAreWhole: !isBefore(version, '3.17') });
  const { both, onlyOurs, refused } = result;
  console.log(
    `MLflow ${version}, ${what}: ${cases.length} filters accepted here; MLflow accepts ${both} as written, ${onlyOurs} more as sent, refuses ${refused}`,
  );
  return result;
}

afterAll(endReaders);

describe.each(versionsOr(['3.18.0', '2.22.5']))('MLflow %s', (version) => {
  let keywords: readonly string[];
  let known: ReadonlySet<string>;

  beforeAll(async () => {
    ({ keywords, known } = await askAbout(version));
  });

  test('reads the filter after the tenant clause as the caller wrote it', async () => {
    const generated = ALL.map((dialect) => generatedCases(dialect));
    const cases = generated.flatMap((one) => one.cases).filter(({ dialect }) => known.has(dialect.name));
    const result = await compared('generated', cases, version);
    expect(result.wrong.slice(0, 5)).toEqual([]);
    // Most generated filters must be valid in MLflow.
    expect(result.both).toBeGreaterThan(known.size * 60);
  });

  test('reads every spelling of keys, values, blanks, lists and numbers as the gateway does, or the gateway refuses it', async () => {
    const cases = ALL.filter(({ name }) => known.has(name)).flatMap(spellingCases);
    const result = await compared('spellings', cases, version);
    expect(result.wrong.slice(0, 5)).toEqual([]);
    // Both read many of them: 376 for each kind on 3.5.1.
    expect(result.both).toBeGreaterThan(known.size * 350);
  });

  test('finds the tag under every key that a dialect supports', async () => {
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

test('MLflow reads every keyword as the gateway does, at each position', async () => {
  const { keywords } = await askAbout('3.18.0');
  const dialects = ['traces', 'logged-models'].map((name) => DIALECTS.get(name)!);
  const cases = dialects.flatMap((dialect) => wordCases(dialect, keywords));
  const result = await compared('words', cases, '3.18.0');
  expect(result.wrong.slice(0, 5)).toEqual([]);
  expect(result.both).toBeGreaterThan(keywords.length * dialects.length * 1.5);
});

test('MLflow 3.18.0 accepts the filters of its UI, client and documentation, with the same meaning', async () => {
  const cases = ALL.flatMap(legitimateCases);
  expect(cases).toHaveLength(Object.values(LEGITIMATE).flat().length);
  const result = await compared('legitimate', cases, '3.18.0');
  expect(result).toMatchObject({ wrong: [], refused: 0, both: cases.length, onlyOurs: 0 });
});
