import { textAt, valueAt } from '../catalog/json-path.ts';
import type { ItemCall, KindInventory } from '../catalog/types.ts';
import { qualify } from '../request/qualified-name.ts';
import type { TenantTag } from '../tenancy/tags/tenant-tag.ts';
import { type Owner, readOwner } from './owner.ts';

/** One resource as MLflow lists it, with the facts that decide about its owner. */
export interface ListedResource {
  readonly kind: string;
  readonly id: string;
  /** Its name, if it has one besides its id. */
  readonly title: string | undefined;
  readonly owner: Owner;
  readonly deleted: boolean;
  /** Belongs to the MLflow server itself, not to a tenant. */
  readonly serverOwned: boolean;
  /** The location of its artifacts. */
  readonly location: string | undefined;
  /** Storage locations that its tags name; MLflow reads it from there. */
  readonly places: readonly string[];
  /** The storage URI that MLflow reads it from. */
  readonly source: string | undefined;
  /** The resources that it was created from. */
  readonly origins: readonly { readonly kind: string; readonly id: string }[];
  /** Its highest version number; 0 without versions. */
  readonly latest: number;
  /** The item of MLflow's list, for calls about it. */
  readonly item: unknown;
}

/** Reads an item of MLflow's list. @returns `undefined` if it has no id */
export function readListedResource(
  kind: string,
  item: unknown,
  inventory: KindInventory,
  tag: TenantTag,
): ListedResource | undefined {
  const name = textAt(item, inventory.id);
  if (name === undefined) return undefined;
  const id = qualify((inventory.qualifier && textAt(item, inventory.qualifier)) ?? '', name);
  const tags = valueAt(item, inventory.tags);
  const { title, deleted, serverOwned, location, places = [], source, origins = [] } = inventory;
  return {
    kind,
    id,
    title: title && textAt(item, title),
    owner: readOwner(tags, tag),
    deleted: deleted !== undefined && textAt(item, deleted.at) === deleted.is,
    serverOwned: serverOwned !== undefined && tag.valueIn(tags, serverOwned) !== undefined,
    location: location && textAt(item, location),
    places: places.flatMap((key) => tag.valueIn(tags, key) || []),
    source: source && textAt(item, source),
    origins: origins.flatMap((origin) => {
      const from = textAt(item, origin.id);
      return from ? [{ kind: origin.kind, id: from }] : [];
    }),
    latest: latestIn(item, inventory),
    item,
  };
}

/** The field values of a call about the item. */
export function fieldsOf(call: ItemCall, item: unknown): Record<string, string> {
  return Object.fromEntries(
    Object.entries(call.fields).map(([field, at]) => [field, textAt(item, at) ?? '']),
  );
}

function latestIn(item: unknown, { latest }: KindInventory): number {
  if (latest === undefined) return 0;
  const versions = valueAt(item, latest.at);
  if (!Array.isArray(versions)) return 0;
  return Math.max(0, ...versions.map((one) => Number(textAt(one, latest.version)) || 0));
}
