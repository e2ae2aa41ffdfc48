import type { AnswerTags, TagItem } from '../catalog/types.ts';

/** What a step into an answer can meet: names to follow, or tags. Lists are passed through. */
export interface TagPlaces {
  readonly inside: Map<string, TagPlaces>;
  tags?: TagsThere;
}

/** Tags at one place of an answer. */
export interface TagsThere {
  readonly form: AnswerTags['form'];
  /** Whether MLflow leaves the tags out where they are empty. */
  readonly leftOut: boolean;
  /** The names that an item of a list gives its key. A GraphQL document can ask for it under several. */
  readonly key: readonly string[];
  /** The names that it gives its value; none where the value was not asked for. */
  readonly value: readonly string[];
}

/**
 * Prepares the places of an operation, once at start.
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
