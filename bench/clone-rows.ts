import { randomUUID } from 'node:crypto';
import { DatabaseSync } from 'node:sqlite';

/** Ids that no request has used before. */
export interface Clones {
  readonly runIds: readonly string[];
  readonly experimentIds: readonly string[];
}

/** The tables of a run and of an experiment, each with the column of its id. */
const OF_A_RUN = ['params', 'tags', 'latest_metrics'] as const;

/**
 * Copies one run and one experiment many times in MLflow's database: creating as many through its API would take longer than the
 * benchmark. Only for an MLflow without other users.
 */
export function cloneRows(file: string, runId: string, experimentId: string, count: number): Clones {
  const db = new DatabaseSync(file, { timeout: 10_000 });
  const newest = db.prepare('SELECT MAX(experiment_id) AS id FROM experiments').get() as { id: number };
  const runIds = Array.from({ length: count }, () => randomUUID().replaceAll('-', ''));
  const experimentIds = Array.from({ length: count }, (_, i) => String(newest.id + 1 + i));
  db.exec('BEGIN');
  copy(db, 'experiments', 'experiment_id', experimentId, experimentIds, { name: "name || '-' || ?1" });
  copy(db, 'experiment_tags', 'experiment_id', experimentId, experimentIds);
  // Not in the source experiment, so that searches there do not find them.
  copy(db, 'runs', 'run_uuid', runId, runIds, { experiment_id: experimentIds[0]! });
  for (const table of OF_A_RUN) copy(db, table, 'run_uuid', runId, runIds);
  db.exec('COMMIT');
  db.close();
  return { runIds, experimentIds };
}

/** Copies the rows of one id to each of the others; `changed` has columns with another value, in SQL (`?1` is the id). */
function copy(
  db: DatabaseSync,
  table: string,
  column: string,
  from: string,
  to: readonly string[],
  changed: Readonly<Record<string, string>> = {},
): void {
  const columns = (db.prepare(`PRAGMA table_info(${table})`).all() as { name: string }[]).map(
    ({ name }) => name,
  );
  const values = columns.map((name) => (name === column ? '?1' : (changed[name] ?? name)));
  const insert = db.prepare(
    `INSERT INTO ${table} (${columns.join(', ')}) SELECT ${values.join(', ')} FROM ${table} WHERE ${column} = ?2`,
  );
  for (const id of to) insert.run(id, from);
}
