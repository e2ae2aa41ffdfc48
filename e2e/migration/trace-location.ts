import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/**
 * Points a trace at another location, as a caller could in MLflow before 3.18 by the tag `mlflow.artifactLocation`. Newer versions
 * refuse the tag and still read it in existing data.
 *
 * @param dir of the server (dev/mlflow-server.ts)
 * @example
 * moveTrace(join(stack.dir, 'mlflow'), 'tr-1', 'mlflow-artifacts:/1/2/artifacts');
 */
export function moveTrace(dir: string, trace: string, location: string): void {
  const database = new DatabaseSync(join(dir, 'mlflow.db'), { timeout: 10_000 });
  try {
    const { changes } = database
      .prepare("UPDATE trace_tags SET value = ? WHERE request_id = ? AND key = 'mlflow.artifactLocation'")
      .run(location, trace);
    if (Number(changes) !== 1) throw new Error(`trace ${trace} has no location`);
  } finally {
    database.close();
  }
}
