import { TAG_ITEM } from '../catalog/generated/catalog.ts';
import { textAt } from '../catalog/json-path.ts';
import type { ItemCall, KindInventory } from '../catalog/types.ts';
import { type CallValue, writeCall } from '../mlflow/call.ts';
import type { Kinds } from '../tenancy/kinds.ts';
import { qualifiedCall } from '../tenancy/qualified-call.ts';
import type { TenantTag } from '../tenancy/tags/tenant-tag.ts';
import type { Upstream } from '../upstream/types.ts';
import { fieldsOf, type ListedResource } from './listed-resource.ts';
import { excerpt } from './resource-lists.ts';

/** An id with path segments that lead to another URL. Clients chose the ids of traces. */
const STRAY = /(?:^|\/)\.{0,2}(?:\/|$)/;

/** MLflow rejected a change; the message has its response. */
export class RejectedError extends Error {}

/** Sets tags on resources, restores and deletes them, with the calls of each kind's inventory. */
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
   * Sets the tenant tag of a resource.
   *
   * @throws RejectedError if MLflow rejects it; DenialError if MLflow does not answer
   */
  async setTenantTag(resource: ListedResource, tenant: string): Promise<void> {
    await this.setTag(resource, this.#tag.key, tenant);
  }

  /** Sets any tag. @throws as setTenantTag */
  async setTag({ kind, item }: ListedResource, key: string, value: string): Promise<void> {
    const call = this.#inventoryOf(kind).tag;
    const { stamp } = call;
    const tags: Record<string, CallValue> =
      stamp === undefined
        ? { [TAG_ITEM.key]: key, [TAG_ITEM.value]: value }
        : {
            [stamp.path[0]!]:
              stamp.form === 'list'
                ? [{ [TAG_ITEM.key]: key, [TAG_ITEM.value]: value }]
                : JSON.stringify({ [key]: value }),
          };
    await this.#call(kind, call, item, tags);
  }

  /** Removes a tag; MLflow before 3.5 cannot, so there its value becomes empty. @throws as setTenantTag */
  async removeTag(resource: ListedResource, key: string): Promise<void> {
    const { untag } = this.#inventoryOf(resource.kind);
    try {
      await this.#call(resource.kind, untag, resource.item, { [TAG_ITEM.key]: key });
    } catch (error) {
      if (!(error instanceof RejectedError)) throw error;
      await this.setTag(resource, key, '');
    }
  }

  /** @throws as setTenantTag */
  restore({ kind, item }: ListedResource): Promise<void> {
    return this.#call(kind, this.#inventoryOf(kind).restore, item, {});
  }

  /** @throws as setTenantTag */
  delete({ kind, item }: ListedResource): Promise<void> {
    return this.#call(kind, this.#inventoryOf(kind).delete, item, {});
  }

  #inventoryOf(kind: string): KindInventory {
    const inventory = this.#kinds.get(kind)?.inventory;
    if (inventory === undefined) throw new Error(`the policy has no inventory of ${kind}`);
    return inventory;
  }

  async #call(
    kind: string,
    call: ItemCall | undefined,
    item: unknown,
    values: Record<string, CallValue>,
  ): Promise<void> {
    if (call === undefined) throw new Error('the inventory has no such call');
    const at = this.#inventoryOf(kind).qualifier;
    const qualifier = at === undefined ? undefined : textAt(item, at);
    const { operation, values: named } = qualifiedCall(this.#kinds.get(kind), call.operation, qualifier);
    const fields: Record<string, string> = { ...fieldsOf(call, item), ...named };
    const stray = operation.path.find(({ name }) => STRAY.test(fields[name] ?? ''));
    if (stray !== undefined)
      throw new RejectedError('its id is not valid in a URL path: delete it, or tag it by hand');
    const { status, body } = await this.#upstream.ask(writeCall(operation, { ...fields, ...values }, {}));
    if (status !== 200)
      throw new RejectedError(`MLflow answered ${status} to ${operation.id}: ${excerpt(body)}`);
  }
}
