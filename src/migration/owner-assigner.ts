import { mapConcurrently } from '../concurrency/map-concurrently.ts';
import { askUncached, type Context, isOwnedBy, isTopLevel, nameOf } from './context.ts';
import type { ListedResource } from './listed-resource.ts';
import type { Report } from './report.ts';
import { RejectedError, type ResourceWriter } from './resource-writer.ts';

/** Maximum number of writes in flight. More hardly speed up MLflow's database and slow down its other users. */
export const WRITES_AT_ONCE = 4;

/** Sets the tenant tag on resources; in a dry run, only counts them. */
export class OwnerAssigner {
  readonly #context: Context;
  readonly writer: ResourceWriter | undefined;

  /** @param writer `undefined` in a dry run */
  constructor(context: Context, writer: ResourceWriter | undefined) {
    this.#context = context;
    this.writer = writer;
  }

  /**
   * Gives one resource to the tenant.
   *
   * @param ask whether to look up the owner before and after the write, because MLflow cannot set a tag only if none
   *   exists. Not needed inside the tenant's own experiments and models, where no other tenant sets tags
   * @returns whether the resource belongs to the tenant now (in a dry run: would belong)
   * @throws DenialError if MLflow does not answer
   */
  async assign(resource: ListedResource, ask: boolean, report: Report): Promise<boolean> {
    const { tenant } = this.#context;
    const count = report.of(resource.kind);
    const before = ask && this.writer !== undefined ? await this.#owner(resource) : undefined;
    if (isOwnedBy(tenant, resource) || before === tenant) {
      count.already += 1;
      return true;
    }
    if (before !== undefined) {
      report.add({ result: 'left', ...nameOf(resource), why: `it was given to ${before} in the meantime` });
      return false;
    }
    try {
      await this.writer?.setTenantTag(resource, tenant);
    } catch (error) {
      if (!(error instanceof RejectedError)) throw error;
      report.add({ result: 'failed', ...nameOf(resource), why: error.message });
      return false;
    }
    if (ask && this.writer !== undefined && !(await this.confirm(resource, report))) return false;
    count.adopted += 1;
    if (isTopLevel(resource)) report.addAdopted(nameOf(resource));
    return true;
  }

  /** Gives several resources to the tenant, `WRITES_AT_ONCE` at a time. @throws DenialError */
  async assignAll(resources: readonly ListedResource[], ask: boolean, report: Report): Promise<void> {
    await mapConcurrently(resources, WRITES_AT_ONCE, (resource) => this.assign(resource, ask, report));
  }

  /** Whether a resource still belongs to the tenant after the write. @throws DenialError */
  async confirm(resource: ListedResource, report: Report): Promise<boolean> {
    const owner = await this.#owner(resource);
    if (owner === this.#context.tenant) return true;
    const why =
      owner === undefined
        ? 'MLflow accepted the tag but does not return it: inspect the resource, and run this again'
        : `it was given to ${owner} in the meantime: two adoptions ran at once, and its contents may belong to either tenant`;
    report.add({ result: 'failed', ...nameOf(resource), why });
    return false;
  }

  async #owner(resource: ListedResource): Promise<string | undefined> {
    return (await askUncached(this.#context, resource))?.owner;
  }
}
