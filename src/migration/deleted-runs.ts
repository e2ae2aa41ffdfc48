import { valueAt } from '../catalog/json-path.ts';
import { mapConcurrently } from '../concurrency/map-concurrently.ts';
import type { TenantTag } from '../tenancy/tags/tenant-tag.ts';
import { nameOf } from './context.ts';
import type { ListedResource } from './listed-resource.ts';
import { WRITES_AT_ONCE } from './owner-assigner.ts';
import type { Report } from './report.ts';
import { RejectedError, type ResourceWriter } from './resource-writer.ts';

/** The tag on an experiment with the ids of its deleted runs that are restored at the moment. */
const RESTORED_RUNS_TAG = 'mlflow-gateway.adopting';

/** Maximum number of deleted runs that are restored at once. Their ids, of 32 characters, fit into a tag. */
const MAX_RESTORED = 16;

/**
 * Tags deleted runs. MLflow sets no tags on them, so each is restored, tagged and deleted again. Before that, a tag on the
 * experiment records their ids. An adoption that is stopped leaves that tag, and the next one deletes the runs.
 */
export class DeletedRuns {
  readonly #writer: ResourceWriter;
  readonly #experiment: ListedResource;
  /** Ids of runs that this adoption, or a stopped one, has restored. */
  readonly #restored: Set<string>;
  readonly #failed = new Set<string>();
  #isTagged: boolean;

  constructor(writer: ResourceWriter, tag: TenantTag, experiment: ListedResource, tagsAt: string) {
    this.#writer = writer;
    this.#experiment = experiment;
    const value = tag.valueIn(valueAt(experiment.item, tagsAt), RESTORED_RUNS_TAG) ?? '';
    this.#restored = new Set(value.split(',').filter((id) => id !== ''));
    this.#isTagged = this.#restored.size > 0;
  }

  /** Whether a stopped adoption left the run restored. */
  wasLeftRestored({ id, deleted }: ListedResource): boolean {
    return !deleted && this.#restored.has(id);
  }

  /**
   * Restores each run, calls `each` for it and deletes it again. If MLflow rejects the tag on the experiment, no run is
   * restored.
   *
   * @throws DenialError if MLflow does not answer
   */
  async restoreDuring(
    resources: readonly ListedResource[],
    each: (resource: ListedResource) => Promise<void>,
    report: Report,
  ): Promise<void> {
    for (let i = 0; i < resources.length; i += MAX_RESTORED) {
      const batch = resources.slice(i, i + MAX_RESTORED);
      for (const { id } of batch) this.#restored.add(id);
      if (!(await this.#writeTag(this.#restored, report))) return;
      await mapConcurrently(batch, WRITES_AT_ONCE, (resource) => this.#restoreDuring(resource, each, report));
    }
  }

  /**
   * Removes the tag from the experiment after the last page, or leaves in it the runs that could not be deleted again.
   *
   * @throws as restoreDuring
   */
  async finish(report: Report): Promise<void> {
    if (!this.#isTagged) return;
    if (this.#failed.size > 0) await this.#writeTag(this.#failed, report);
    else await this.#try(() => this.#writer.removeTag(this.#experiment, RESTORED_RUNS_TAG), report);
  }

  #writeTag(ids: Iterable<string>, report: Report): Promise<boolean> {
    this.#isTagged = true;
    return this.#try(
      () => this.#writer.setTag(this.#experiment, RESTORED_RUNS_TAG, [...ids].join(',')),
      report,
    );
  }

  /** @returns whether MLflow accepted the change; if not, the reason goes to the report */
  async #try(change: () => Promise<void>, report: Report): Promise<boolean> {
    try {
      await change();
      return true;
    } catch (error) {
      if (!(error instanceof RejectedError)) throw error;
      const why = `its deleted runs cannot be tagged: ${error.message}`;
      report.add({ result: 'failed', ...nameOf(this.#experiment), why });
      return false;
    }
  }

  async #restoreDuring(
    resource: ListedResource,
    each: (resource: ListedResource) => Promise<void>,
    report: Report,
  ): Promise<void> {
    try {
      if (resource.deleted) await this.#writer.restore(resource);
      await each(resource);
      await this.#writer.delete(resource);
      this.#restored.delete(resource.id);
    } catch (error) {
      if (!(error instanceof RejectedError)) throw error;
      this.#failed.add(resource.id);
      report.add({ result: 'failed', ...nameOf(resource, this.#experiment), why: error.message });
    }
  }
}
