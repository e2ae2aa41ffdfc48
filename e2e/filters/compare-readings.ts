import type { Clause } from '../../src/tenancy/filter/clause.ts';
import type { Dialect } from '../../src/tenancy/filter/dialect.ts';
import { type Case, TAG } from './cases.ts';
import type { Comparison, Readings } from './mlflow-parser.ts';

export interface Verdict {
  /** A line for each filter that is not to MLflow what it is to the gateway. */
  readonly wrong: readonly string[];
  /** Filters that MLflow accepts as written. */
  readonly both: number;
  /** Filters that MLflow accepts only as the gateway writes them: a keyword in small letters, a trailing AND. */
  readonly onlyOurs: number;
  /** Filters that MLflow refuses, an unknown attribute for example. */
  readonly refused: number;
}

/** What may differ: MLflow before 3.17 reads lists of the ids of runs without those that hold a capital letter. */
export interface JudgeOptions {
  readonly listsAreWhole: boolean;
}

/** Holds what MLflow reads of each case (three answers each, see questionsOf) against what the gateway read. */
export function judge(
  cases: readonly Case[],
  read: Readings['read'],
  { listsAreWhole }: JudgeOptions,
): Verdict {
  const wrong: string[] = [];
  let [both, onlyOurs, refused] = [0, 0, 0];
  cases.forEach((one, index) => {
    const [original, checked, sent] = read.slice(index * 3, index * 3 + 3);
    const complaint = complain(one, original ?? null, checked ?? null, sent ?? null, listsAreWhole);
    if (complaint !== undefined) {
      wrong.push(`${one.dialect.name}: ${complaint}: ${JSON.stringify(one.original)} is sent as ${one.sent}`);
    }
    if (!sent) refused++;
    else if (original) both++;
    else onlyOurs++;
  });
  return { wrong, both, onlyOurs, refused };
}

type Reading = readonly Comparison[] | null;

function complain(
  { dialect, clauses }: Case,
  original: Reading,
  checked: Reading,
  sent: Reading,
  listsAreWhole: boolean,
): string | undefined {
  if (original && !checked) return 'MLflow takes the original and not what is sent';
  if (!checked && !sent) return undefined;
  if (!checked || !sent) return 'the clause decides whether MLflow takes the rest';
  const clause = dialect.tags !== 'none' && !dialect.single;
  const own = clause ? sent.slice(0, 1) : [];
  const rest = sent.slice(own.length);
  if (clause && !isOwnerClause(own[0])) return 'the clause is not what MLflow reads first';
  if (!same(rest, checked)) return 'the clause changes what MLflow reads of the rest';
  if (original && !same(original.map(plainKey), checked.map(plainKey)))
    return 'MLflow reads the original differently';
  if (rest.length !== clauses.length) return 'MLflow reads another number of comparisons';
  const differs = clauses.some((clause, index) => {
    const found = actual(rest[index]!, clause, dialect);
    if (same(found, expected(clause, dialect))) return false;
    return listsAreWhole || !('values' in clause) || !same(found, [clause.op, clause.values.filter(isLower)]);
  });
  if (differs) return 'MLflow reads another comparator or value';
  const reaches = clauses.some(
    ({ left }, index) =>
      dialect.reachesFurther.includes(rest[index]![0]) !==
      dialect.reachesFurther.includes(left.path[0]!.toLowerCase()),
  );
  return reaches ? 'MLflow asks about other items than the gateway thinks' : undefined;
}

/** As Python's `str.islower`. */
const isLower = (text: string): boolean => /\p{Lowercase}/u.test(text) && !/\p{Uppercase}|\p{Lt}/u.test(text);

/** The key of a span's attribute, from which MLflow takes the backticks where it compares it (mlflow/store). */
function plainKey([kind, key, ...rest]: Comparison): readonly unknown[] {
  const [, attribute] = (kind === 'span' && /^attributes\.`(.*)`$/.exec(key)) || [];
  return [kind, attribute === undefined ? key : `attributes.${attribute}`, ...rest];
}

function isOwnerClause(comparison: Comparison | undefined): boolean {
  if (comparison === undefined) return false;
  const [kind, key, comparator, value] = comparison;
  return (kind === 'tag' || kind === 'tags') && key === TAG.key && comparator === '=' && value === TAG.value;
}

/** Comparator and value; keys have aliases of MLflow's own. */
function expected(clause: Clause, dialect: Dialect): readonly unknown[] {
  if ('values' in clause) return [clause.op, clause.values];
  if (!('value' in clause)) return [clause.op, null];
  return [
    clause.op,
    'number' in clause.value ? numeric(clause.value.number) : trimmed(clause.value.text, dialect),
  ];
}

/** MLflow keeps the numbers of some entities as they were written. */
function actual([, , comparator, value]: Comparison, clause: Clause, dialect: Dialect): readonly unknown[] {
  if (typeof value === 'object' && value !== null && 'number' in value) {
    return [comparator, numeric(value.number)];
  }
  if (typeof value !== 'string') return [comparator, value];
  const isNumber = 'value' in clause && 'number' in clause.value;
  return [comparator, isNumber ? numeric(value) : trimmed(value, dialect)];
}

/** The search for issues takes blanks off values. */
function trimmed(text: string, dialect: Dialect): string {
  return dialect.name === 'issues' ? text.trim() : text;
}

/** One spelling for each number; some parsers make all of them floating. */
function numeric(text: string): string {
  return String(Number(text.replace('inf', 'Infinity')));
}

const same = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other);
