import type { FieldClass } from '../src/catalog/types.ts';

/** The short forms in which the overlay classifies a field (docs/adding-an-mlflow-version.md lists them). */
const FORMS =
  'opaque | tenant | internal | storage-uri | prompt-uri | judge | model | file-name | artifact-path:(server|resource) | reference:KIND | reference:KIND:lookup | reference:KIND:or-none | new-name:KIND | filter:DIALECT | tag-key:KIND | tag-value:KIND | tags-json:KIND | mention:KIND';

/**
 * Reads the overlay's short form of a field class.
 *
 * @throws Error naming the accepted forms
 * @example
 * readFieldClass('reference:run:lookup', new Set(['run']));
 */
export function readFieldClass(text: string, kinds: ReadonlySet<string>): FieldClass {
  const [name, argument, extra, ...rest] = text.split(':');
  const kind = (): string => {
    if (argument === undefined || !kinds.has(argument)) {
      throw new Error(`"${text}" names an unknown resource kind; known: ${[...kinds].join(', ')}`);
    }
    return argument;
  };
  if (rest.length === 0) {
    if (name === 'reference' && (extra === undefined || extra === 'lookup')) {
      return { class: 'reference', kind: kind(), workspaces: extra ?? 'upstream' };
    }
    if (name === 'reference' && extra === 'or-none')
      return { class: 'reference', kind: kind(), workspaces: 'upstream', elseLeftOut: true };
    if (extra === undefined) {
      if (
        (name === 'opaque' ||
          name === 'tenant' ||
          name === 'internal' ||
          name === 'storage-uri' ||
          name === 'prompt-uri' ||
          name === 'judge' ||
          name === 'model' ||
          name === 'file-name') &&
        argument === undefined
      ) {
        return { class: name };
      }
      if (name === 'artifact-path' && (argument === 'server' || argument === 'resource')) {
        return { class: 'artifact-path', root: argument };
      }
      if (name === 'filter' && argument) return { class: 'filter', dialect: argument };
      if (
        name === 'mention' ||
        name === 'new-name' ||
        name === 'tag-key' ||
        name === 'tag-value' ||
        name === 'tags-json'
      )
        return { class: name, kind: kind() };
    }
  }
  throw new Error(`"${text}" is not a field class; expected ${FORMS}`);
}
