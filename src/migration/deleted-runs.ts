import { forEachAtOnce } from '../concurrency/at-once.ts';
import { valueAt } from '../tenancy/tags/holding.ts';
import type { TenantTag } from '../tenancy/tags/tenant-tag.ts';
import { named } from './context.ts';
import type { Thing } from './listed-resource.ts';
import { WRITES_AT_ONCE } from './owner-assigner.ts';
import type { Report } from './report.ts';
import { RefusedError, type Tagger } from './resource-writer.ts';

/** The tag on an experiment that lists its deleted runs that are restored at this moment, by id. */
export const MARK = 'mlflow-gateway.adopting';

/** Deleted runs that are restored at once. Their ids, of 32 characters, fit into a tag. */
const MOST = 16;

/**
 * Tags deleted runs. MLflow sets no tag on them, so each is restored, tagged and deleted again. Before that, the
 * experiment is marked with their ids: whoever is stopped in between leaves the mark, and the next one deletes them.
 */
export class Burials {
  readonly #tagger: Tagger;
  readonly #experiment: Thing;
  /** Restored at this moment, by this adoption or by one that was stopped. */
  readonly #due: Set<string>;
  readonly #failed = new Set<string>();
  #marked: boolean;

  constructor(tagger: Tagger, tag: TenantTag, experiment: Thing, tagsAt: string) {
    this.#tagger = tagger;
    this.#experiment = experiment;
    const mark = tag.valueIn(valueAt(experiment.item, tagsAt), MARK) ?? '';
    this.#due = new Set(mark.split(',').filter((id) => id !== ''));
    this.#marked = this.#due.size > 0;
  }

  /** Whether a thing was left restored by somebody who was stopped. */
  isDue({ id, deleted }: Thing): boolean {
    return !deleted && this.#due.has(id);
  }

  /**
   * Does something to each of what is deleted, or was, and deletes it again. Where MLflow does not take the mark, nothing
   * is restored.
   *
   * @throws DenialError when MLflow cannot be asked
   */
  async raise(
    things: readonly Thing[],
    each: (thing: Thing) => Promise<void>,
    report: Report,
  ): Promise<void> {
    for (let i = 0; i < things.length; i += MOST) {
      const some = things.slice(i, i + MOST);
      for (const { id } of some) this.#due.add(id);
      if (!(await this.#mark(this.#due, report))) return;
      await forEachAtOnce(some, WRITES_AT_ONCE, (thing) => this.#raise(thing, each, report));
    }
  }

  /**
   * Takes the mark off once all there is in the experiment was met, or leaves in it what could not be deleted again.
   *
   * @throws as raise
   */
  async end(report: Report): Promise<void> {
    if (!this.#marked) return;
    if (this.#failed.size > 0) await this.#mark(this.#failed, report);
    else await this.#try(() => this.#tagger.unset(this.#experiment, MARK), report);
  }

  #mark(ids: Iterable<string>, report: Report): Promise<boolean> {
    this.#marked = true;
    return this.#try(() => this.#tagger.set(this.#experiment, MARK, [...ids].join(',')), report);
  }

  /** @returns whether MLflow did it; else the report says so */
  async #try(change: () => Promise<void>, report: Report): Promise<boolean> {
    try {
      await change();
      return true;
    } catch (error) {
      if (!(error instanceof RefusedError)) throw error;
      const why = `its deleted runs cannot be tagged: ${error.message}`;
      report.add({ result: 'failed', ...named(this.#experiment), why });
      return false;
    }
  }

  async #raise(thing: Thing, each: (thing: Thing) => Promise<void>, report: Report): Promise<void> {
    try {
      if (thing.deleted) await this.#tagger.restore(thing);
      await each(thing);
      await this.#tagger.delete(thing);
      this.#due.delete(thing.id);
    } catch (error) {
      if (!(error instanceof RefusedError)) throw error;
      this.#failed.add(thing.id);
      report.add({ result: 'failed', ...named(thing, this.#experiment), why: error.message });
    }
  }
}
