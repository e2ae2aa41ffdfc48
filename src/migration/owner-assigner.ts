import { forEachAtOnce } from '../concurrency/at-once.ts';
import { askUncached, type Context, isOwnedBy, isTopLevel, nameOf } from './context.ts';
import type { ListedResource } from './listed-resource.ts';
import type { Report } from './report.ts';
import { RejectedError, type ResourceWriter } from './resource-writer.ts';

/** Writes under way at once. MLflow's databases gain little from more, and its other users lose. */
export const WRITES_AT_ONCE = 4;

/** Gives resources to the tenant, or only counts them where there is nothing to write with. */
export class OwnerAssigner {
  readonly #context: Context;
  readonly writer: ResourceWriter | undefined;

  /** @param writer none in a dry run */
  constructor(context: Context, writer: ResourceWriter | undefined) {
    this.#context = context;
    this.writer = writer;
  }

  /**
   * Gives one resource.
   *
   * @param ask whether to ask before and after whose it is, since MLflow cannot set a tag only where there is none. Not
   *   needed in what is the tenant's own, where nobody else tags anything
   * @returns whether it is the tenant's now (in a dry run: would be)
   * @throws DenialError when MLflow cannot be asked
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
      report.add({ result: 'left', ...nameOf(resource), why: `it was given to ${before} meanwhile` });
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
    if (isTopLevel(resource)) report.noteAdopted(nameOf(resource));
    return true;
  }

  /** Gives several, some at once. @throws DenialError */
  assignAll(resources: readonly ListedResource[], ask: boolean, report: Report): Promise<void> {
    return forEachAtOnce(
      resources,
      WRITES_AT_ONCE,
      async (resource) => void (await this.assign(resource, ask, report)),
    );
  }

  /** Whether a thing that was given is the tenant's still. @throws DenialError */
  async confirm(resource: ListedResource, report: Report): Promise<boolean> {
    const owner = await this.#owner(resource);
    if (owner === this.#context.tenant) return true;
    const why =
      owner === undefined
        ? 'MLflow took the tag and does not show it: look at it, and run this again'
        : `it was given to ${owner} meanwhile: two adoptions ran at once, and what is in it may be either's`;
    report.add({ result: 'failed', ...nameOf(resource), why });
    return false;
  }

  async #owner(resource: ListedResource): Promise<string | undefined> {
    return (await askUncached(this.#context, resource))?.owner;
  }
}
