import { ELSEWHERE, type PathShapes } from '../catalog/path-shape.ts';
import { LIMITS } from '../limits.ts';
import type { Logger } from './log.ts';

/** Refused requests with one method and one template. */
export interface UnknownOperation {
  readonly method: string;
  /** Without any value of a request: see `PathShapes`. */
  readonly template: string;
  readonly count: number;
}

/** Method and template of all that exceed the limit. */
export const OTHER = 'other';

/**
 * Counts refused operations that the catalog lacks, by method and path template, and logs each pair once (unless the path is not
 * MLflow's): an operator learns which feature of a newer MLflow callers request. The table has at most `LIMITS.unknownOperations` rows,
 * and one more for all others; a row stays for the life of the process, as counters must.
 *
 * @example
 * const unknown = new UnknownOperations(new PathShapes(OPERATIONS), log);
 * unknown.note('GET', '/api/3.0/mlflow/skills/my-skill');
 * unknown.counts(); // [{ method: 'GET', template: '/api/3.0/mlflow/skills/{}', count: 1 }]
 */
export class UnknownOperations {
  readonly #shapes: Pick<PathShapes, 'of'>;
  readonly #log: Pick<Logger, 'warn'>;
  readonly #rows = new Map<string, { method: string; template: string; count: number }>();

  constructor(shapes: Pick<PathShapes, 'of'>, log: Pick<Logger, 'warn'>) {
    this.#shapes = shapes;
    this.#log = log;
  }

  /**
   * Counts a refused request of an identified caller.
   *
   * @param method one of `METHODS`
   * @param path as received, below the path prefix
   */
  note(method: string, path: string): void {
    const template = this.#shapes.of(path);
    if (!this.#add(method, template)) this.#add(OTHER, OTHER);
  }

  /** The rows so far. */
  counts(): readonly UnknownOperation[] {
    return [...this.#rows.values()];
  }

  #add(method: string, template: string): boolean {
    const key = `${method} ${template}`;
    const row = this.#rows.get(key);
    if (row !== undefined) {
      row.count++;
      return true;
    }
    if (this.#rows.size >= LIMITS.unknownOperations.value && template !== OTHER) return false;
    this.#rows.set(key, { method, template, count: 1 });
    // Once for each row, so that the log is as limited as the table.
    if (template !== ELSEWHERE)
      this.#log.warn(
        { method, template },
        'refused an operation that the catalog lacks; mlflow-gateway check names the features',
      );
    return true;
  }
}
