import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Estate } from './estate.ts';

type Row = Readonly<Record<string, unknown>>;

/**
 * What MLflow has, read from its own database and directory: more than any of its answers say, and a hundred times
 * sooner.
 */
export class MlflowStore {
  readonly #dir: string;

  /** @param dir of the server (dev/mlflow-server.ts) */
  constructor(dir: string) {
    this.#dir = dir;
  }

  /** Fingerprints of the database and of every file: the same as long as nothing at all has changed. */
  all(): readonly string[] {
    return [`database ${fingerprint(join(this.#dir, 'mlflow.db'))}`, ...this.#files('')].sort();
  }

  /** The rows that are part of an estate or name its owner, and its files. */
  of(estate: Estate): readonly string[] {
    const { experiment, run, sharedRun, model, registered, trace, sharedTrace, tenant } = estate;
    const { dataset, scorer, labelSchema, reviewQueue, job, mcpServer } = estate;
    const names = new Set<unknown>([run, sharedRun, model, registered, trace, sharedTrace, tenant]);
    for (const id of [dataset, scorer, labelSchema, reviewQueue, job, mcpServer]) names.add(id);
    const own = this.#rows().filter(
      ([, row]) =>
        String(row.experiment_id) === experiment || Object.values(row).some((value) => names.has(value)),
    );
    return [
      ...own.map(
        ([table, row]) =>
          `${table} ${JSON.stringify(row, (_, value) => (typeof value === 'bigint' ? String(value) : value))}`,
      ),
      ...this.#files(experiment),
      ...this.#files(join('tenants', tenant)),
    ].sort();
  }

  #rows(): (readonly [string, Row])[] {
    const database = new DatabaseSync(join(this.#dir, 'mlflow.db'), { readOnly: true });
    try {
      const tables = database.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").all() as {
        name: string;
      }[];
      return tables.flatMap(({ name }) => {
        const rows = database.prepare(`SELECT * FROM "${name}"`);
        // Spans have nanoseconds.
        rows.setReadBigInts(true);
        return (rows.all() as Row[]).map((row) => [name, row] as const);
      });
    } finally {
      database.close();
    }
  }

  #files(below: string): string[] {
    const root = join(this.#dir, 'artifacts', below);
    try {
      return readdirSync(root, { recursive: true, withFileTypes: true }).map((entry) => {
        const path = join(entry.parentPath, entry.name);
        const content = entry.isFile() ? fingerprint(path) : 'directory';
        return `${path} ${content}`;
      });
    } catch {
      return [];
    }
  }
}

function fingerprint(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex');
}
