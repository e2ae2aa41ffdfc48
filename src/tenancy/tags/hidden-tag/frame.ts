import type { TagPlaces, TagsThere } from '../../tag-places.ts';

/** An open list or object on the way to tags, or with tags. */
export interface Frame {
  readonly list: boolean;
  readonly place: TagPlaces | undefined;
  /** `path`: on the way. `tags`: its members are tags. `item`: one tag of a list. */
  readonly role: 'path' | 'tags' | 'item';
  /** For an item: the property names of the key and the value. */
  readonly tags: TagsThere | undefined;
  /** The number of kept members, and whether one was cut. */
  kept: number;
  cut: boolean;
  /** For an item: whether its key, and its value, are the tenant tag's. */
  key: boolean;
  value: boolean;
}

export function openFrame(
  role: Frame['role'],
  list: boolean,
  place: TagPlaces | undefined,
  tags: TagsThere | undefined,
): Frame {
  return { role, list, place, tags, kept: 0, cut: false, key: false, value: false };
}
