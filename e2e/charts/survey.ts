import type { Admission } from './admission.ts';
import { differs, expectedOf } from './expected.ts';
import type { Charts } from './pods-of.ts';
import { judgeRow, type Outcome } from './row-outcome.ts';
import { ROWS, type Row } from './rows.ts';
import { METHODS, type Method, ORIGINS, type Origin } from './types.ts';

/** One field of the table. */
export interface Field {
  readonly row: Row;
  readonly origin: Origin;
  readonly method: Method;
  readonly outcome: Outcome;
  /** How it is another than the row says. */
  readonly wrong: string | undefined;
}

/** Has the pods of all rows judged, in the order of the table. */
export async function survey(
  charts: Charts,
  admission: Admission,
  origins: readonly Origin[] = ORIGINS,
  rows: readonly Row[] = ROWS,
): Promise<readonly Field[]> {
  const of = async (row: Row, origin: Origin): Promise<Field[]> => {
    const fields: Field[] = [];
    for (const method of METHODS) {
      const outcome = await judgeRow(row, origin, method, charts, admission);
      if (outcome === undefined) return [];
      fields.push({ row, origin, method, outcome, wrong: differs(outcome, expectedOf(row, origin, method)) });
    }
    return fields;
  };
  // Chart by chart at once: helm is most of the time.
  const byOrigin = await Promise.all(
    origins.map(async (origin) => {
      const fields: Field[] = [];
      for (const row of rows) fields.push(...(await of(row, origin)));
      return fields;
    }),
  );
  return rows.flatMap((row) => byOrigin.flat().filter((field) => field.row === row));
}
