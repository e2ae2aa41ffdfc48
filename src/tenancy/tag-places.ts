import type { AnswerTags, TagItem } from '../catalog/types.ts';

/** One level of a response: the names that lead to tags, or tags. Lists are passed through. */
export interface TagPlaces {
  readonly inside: Map<string, TagPlaces>;
  tags?: TagsThere;
}

/** Tags at one place of a response. */
export interface TagsThere {
  readonly form: AnswerTags['form'];
  /** Whether MLflow leaves out empty tags. */
  readonly leftOut: boolean;
  /** The names of an item's key. A GraphQL document can ask for it under several. */
  readonly key: readonly string[];
  /** The names of an item's value; none if the document does not ask for it. */
  readonly value: readonly string[];
}

/**
 * Prepares the places of an operation. Called once, at start.
 *
 * @example
 * tagPlaces([{ path: ['run', 'data', 'tags'], form: 'list', leftOut: true }], TAG_ITEM).inside.get('run');
 */
export function tagPlaces(answer: readonly AnswerTags[], { key, value }: TagItem): TagPlaces {
  const root: TagPlaces = { inside: new Map() };
  for (const { path, form, leftOut } of answer) {
    let place = root;
    for (const name of path) {
      const next: TagPlaces = place.inside.get(name) ?? { inside: new Map() };
      place.inside.set(name, next);
      place = next;
    }
    place.tags = { form, leftOut: leftOut === true, key: [key], value: [value] };
  }
  return root;
}
