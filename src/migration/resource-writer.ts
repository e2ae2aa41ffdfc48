import { TAG_ITEM } from '../catalog/generated/catalog.ts';
import type { ItemCall } from '../catalog/types.ts';
import { type CallValue, operationById, writeCall } from '../mlflow/call.ts';
import type { Kinds } from '../tenancy/kinds.ts';
import { stampIn } from '../tenancy/tags/plan.ts';
import type { TenantTag } from '../tenancy/tags/tenant-tag.ts';
import type { Upstream } from '../upstream/types.ts';
import { excerpt } from './inventory.ts';
import { fieldsOf, type ListedResource } from './listed-resource.ts';

/** Segments of a path that lead elsewhere. The ids of traces were their clients' choice. */
const STRAY = /(?:^|\/)\.{0,2}(?:\/|$)/;

/** MLflow did not take a change; the message says what it answered. */
export class RejectedError extends Error {}

/** Sets tags on what exists, as the overlay says for each kind. */
export class ResourceWriter {
  readonly #upstream: Upstream;
  readonly #kinds: Kinds;
  readonly #tag: TenantTag;

  constructor(upstream: Upstream, kinds: Kinds, tag: TenantTag) {
    this.#upstream = upstream;
    this.#kinds = kinds;
    this.#tag = tag;
  }

  /**
   * Says whose a thing is.
   *
   * @throws RejectedError; DenialError when MLflow does not answer
   */
  async setTenantTag(resource: ListedResource, tenant: string): Promise<void> {
    await this.setTag(resource, this.#tag.key, tenant);
  }

  /** Sets any tag. @throws as setTenantTag */
  async setTag({ kind, item }: ListedResource, key: string, value: string): Promise<void> {
    const call = this.#kinds.get(kind)!.inventory!.tag;
    const operation = operationById(call.operation);
    const stamp = stampIn(operation, TAG_ITEM);
    const tags: Record<string, CallValue> =
      stamp === undefined
        ? { [TAG_ITEM.key]: key, [TAG_ITEM.value]: value }
        : {
            [stamp.path[0]!]:
              stamp.form === 'list'
                ? [{ [TAG_ITEM.key]: key, [TAG_ITEM.value]: value }]
                : JSON.stringify({ [key]: value }),
          };
    await this.#call(call, item, tags);
  }

  /** Takes a tag off, or empties it where MLflow (before 3.5) cannot. @throws as setTenantTag */
  async removeTag(resource: ListedResource, key: string): Promise<void> {
    const { untag } = this.#kinds.get(resource.kind)!.inventory!;
    try {
      await this.#call(untag!, resource.item, { [TAG_ITEM.key]: key });
    } catch (error) {
      if (!(error instanceof RejectedError)) throw error;
      await this.setTag(resource, key, '');
    }
  }

  /** @throws as setTenantTag */
  restore({ kind, item }: ListedResource): Promise<void> {
    return this.#call(this.#kinds.get(kind)!.inventory!.restore!, item, {});
  }

  /** @throws as setTenantTag */
  delete({ kind, item }: ListedResource): Promise<void> {
    return this.#call(this.#kinds.get(kind)!.inventory!.delete!, item, {});
  }

  async #call(call: ItemCall, item: unknown, values: Record<string, CallValue>): Promise<void> {
    const operation = operationById(call.operation);
    const fields = fieldsOf(call, item);
    const stray = operation.path.find(({ name }) => STRAY.test(fields[name] ?? ''));
    if (stray !== undefined)
      throw new RejectedError('its id cannot stand in a path; delete it, or tag it by hand');
    const { status, body } = await this.#upstream.ask(writeCall(operation, { ...fields, ...values }, {}));
    if (status !== 200)
      throw new RejectedError(`MLflow answered ${status} to ${operation.id}: ${excerpt(body)}`);
  }
}
