import type { Operation, ResourceKind, TagItem } from '../src/catalog/types.ts';
import type { KindPolicy } from './description.ts';
import { stampIn } from './plan/tag-places.ts';

/** The resource kinds of the policy in the form of the catalog: with the place of tags in each call that sets one. */
export function buildKinds(
  policies: Readonly<Record<string, KindPolicy>>,
  operations: readonly Operation[],
  tagItem: TagItem,
): ResourceKind[] {
  return Object.entries(policies).map(([kind, policy]) => {
    const { inventory } = policy;
    if (inventory === undefined) return { kind, ...policy };
    const setter = operations.find(({ id }) => id === inventory.tag.operation);
    const stamp = setter && stampIn(setter.bodyFields, undefined, tagItem);
    if (stamp === undefined) return { kind, ...policy };
    return { kind, ...policy, inventory: { ...inventory, tag: { ...inventory.tag, stamp } } };
  });
}
