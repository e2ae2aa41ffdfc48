import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

export interface SeededJob {
  /** The directory of MLflow's data (dev/mlflow-server.ts). */
  readonly dir: string;
  readonly experiment: string;
  readonly prompt: string;
  /** Default `default`. */
  readonly workspace?: string;
}

/**
 * Writes a prompt optimization job into MLflow's database, as its job runner does: to run one takes worker processes and a model
 * provider, and the suites only read, cancel and delete it.
 *
 * @returns its id
 */
export function seedJob({ dir, experiment, prompt, workspace = 'default' }: SeededJob): string {
  const database = new DatabaseSync(join(dir, 'mlflow.db'), { timeout: 10_000 });
  try {
    const id = randomUUID();
    const params = {
      run_id: randomUUID().replaceAll('-', ''),
      experiment_id: experiment,
      prompt_uri: `prompts:/${prompt}/1`,
      optimizer_type: 'metaprompt',
    };
    const row: Readonly<Record<string, string | number>> = {
      id,
      creation_time: Date.now(),
      job_name: 'optimize_prompts',
      // Before 3.8 a job was called by its function.
      function_fullname: 'optimize_prompts',
      params: JSON.stringify(params),
      status: 0,
      retry_count: 0,
      last_update_time: Date.now(),
      workspace,
    };
    const known = database
      .prepare('PRAGMA table_info(jobs)')
      .all()
      .map(({ name }) => String(name));
    const columns = Object.keys(row).filter((name) => known.includes(name));
    database
      .prepare(`INSERT INTO jobs (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`)
      .run(...columns.map((name) => row[name]!));
    return id;
  } finally {
    database.close();
  }
}
