import fc from 'fast-check';
import type { Clause } from '../../src/tenancy/filter/clause.ts';
import type { Dialect } from '../../src/tenancy/filter/dialect.ts';
import { parseFilter } from '../../src/tenancy/filter/parse.ts';
import { checkFilter, tenantFilter } from '../../src/tenancy/filter/tenant-filter.ts';
import { filterFor, mangledFilterFor, rubbish } from '../../src/tenancy/filter/testing/arbitrary.ts';
import { ATTACKS } from '../../src/tenancy/filter/testing/attacks.ts';
import { LEGITIMATE } from '../../src/tenancy/filter/testing/legitimate.ts';
import { SPELLINGS } from '../../src/tenancy/filter/testing/spellings.ts';
import type { Question } from './mlflow-parser.ts';

export const TAG = { key: 'tenant', value: 'team-a' } as const;
const SEED = 20_261_124;

/** A filter that the grammar accepts, and the three texts that MLflow is asked about. */
export interface Case {
  readonly dialect: Dialect;
  readonly original: string;
  readonly clauses: readonly Clause[];
  readonly checked: string;
  /** As sent for a tenant; where the search has no tags, or takes the clause beside it, the same as `checked`. */
  readonly sent: string;
}

/** The case of one text, or undefined where the grammar refuses it. */
export function caseOf(dialect: Dialect, original: string): Case | undefined {
  if (original === '') return undefined;
  try {
    const clauses = parseFilter(original, dialect, 'filter');
    const checked = checkFilter(original, dialect.name, 'filter');
    const sent =
      dialect.tags === 'none' || dialect.single
        ? checked
        : tenantFilter(original, dialect.name, TAG, 'filter');
    return { dialect, original, clauses, checked, sent };
  } catch {
    return undefined;
  }
}

const casesOf = (dialect: Dialect, texts: readonly string[]): Case[] =>
  texts.flatMap((text) => caseOf(dialect, text) ?? []);

/** Filters as people write them, the same mangled, rubbish: always the same ones. */
export function generatedCases(
  dialect: Dialect,
  times = 1,
): {
  readonly cases: readonly Case[];
  readonly tried: number;
} {
  const sample = (texts: fc.Arbitrary<string>, numRuns: number): string[] =>
    fc.sample(texts, { seed: SEED, numRuns: numRuns * times });
  const texts = [
    ...sample(filterFor(dialect), 150),
    ...sample(mangledFilterFor(dialect), 500),
    ...sample(rubbish, 300),
    // Refused today; judged by MLflow should the grammar ever let one through.
    ...ATTACKS.flatMap((attack) => [attack, `name = 'x' AND ${attack}`]),
  ];
  return { cases: casesOf(dialect, texts), tried: texts.length };
}

/** Those of every known spelling in every place that the grammar accepts. */
export function spellingCases(dialect: Dialect): readonly Case[] {
  return casesOf(dialect, SPELLINGS);
}

export function legitimateCases(dialect: Dialect): readonly Case[] {
  return casesOf(dialect, LEGITIMATE[dialect.name] ?? []);
}

/** Every word that means something to MLflow's lexer, wherever a filter can have a word. */
export function wordCases(dialect: Dialect, words: readonly string[]): readonly Case[] {
  return words.flatMap((word) =>
    casesOf(dialect, [
      `${word} = 'x'`,
      `tags.${word} = 'x'`,
      `tags.a.${word} = 'x'`,
      `tags.Case_ = 'x' AND ${word} = 'y' AND tags.${word} = 'z'`,
    ]),
  );
}

export function questionsOf(cases: readonly Case[]): Question[] {
  return cases.flatMap(({ dialect, original, checked, sent }) =>
    [original, checked, sent].map((text) => ({ dialect: dialect.name, text })),
  );
}
