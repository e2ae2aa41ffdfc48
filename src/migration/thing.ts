import { textAt, valueAt } from '../catalog/json-path.ts';
import type { ItemCall, KindInventory } from '../catalog/types.ts';
import type { TenantTag } from '../tenancy/tags/tenant-tag.ts';
import { type Owner, readOwner } from './owner.ts';

/** One resource as MLflow lists it, with what matters for whose it is. */
export interface Thing {
  readonly kind: string;
  readonly id: string;
  /** What a person calls it, where it has a name beside its id. */
  readonly title: string | undefined;
  readonly owner: Owner;
  readonly deleted: boolean;
  /** The server's own, and no tenant's. */
  readonly serverOwned: boolean;
  /** Where it keeps its artifacts. */
  readonly location: string | undefined;
  /** Where its tags say that it is read from. */
  readonly places: readonly string[];
  /** The storage URI it is read from, and what it was made from. */
  readonly source: string | undefined;
  readonly origins: readonly { readonly kind: string; readonly id: string }[];
  /** Its latest version, where it has versions. */
  readonly latest: number;
  /** The item itself, for the calls about it. */
  readonly item: unknown;
}

/** Reads an item of MLflow's list. @returns `undefined` for what has no id */
export function readThing(
  kind: string,
  item: unknown,
  inventory: KindInventory,
  tag: TenantTag,
): Thing | undefined {
  const id = textAt(item, inventory.id);
  if (id === undefined) return undefined;
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

/** The values of a call about the item. */
export function fieldsOf(call: ItemCall, item: unknown): Record<string, string> {
  return Object.fromEntries(
    Object.entries(call.fields).map(([field, at]) => [field, textAt(item, at) ?? '']),
  );
}

function latestIn(item: unknown, { latest }: KindInventory): number {
  const versions = latest && valueAt(item, latest.at);
  if (!Array.isArray(versions)) return 0;
  return Math.max(0, ...versions.map((one) => Number(textAt(one, latest!.version)) || 0));
}
