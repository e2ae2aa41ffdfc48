import { POLICY_FILES, type Policy, type PolicyEntry } from './read.ts';

/** One request field of one operation. */
export interface ClassifiedField {
  readonly operation: string;
  /** The place of the field: `tags[].key`. */
  readonly place: string;
  /** The short form of its class. */
  readonly form: string;
}

/** Every field that the policy classifies, in the order of its files. */
export const fieldsOf = (entries: readonly PolicyEntry[]): ClassifiedField[] =>
  entries.flatMap(({ id, policy }) =>
    Object.entries(policy.fields ?? {}).map(([place, form]) => ({ operation: id, place, form })),
  );

/** The name of a field, without the objects and lists around it. */
export const nameOf = (place: string): string => place.slice(place.lastIndexOf('.') + 1).replace('[]', '');

/**
 * The fields of the names that are opaque in one operation and classified in another, by name. A reviewer of the policy checks
 * these first.
 */
export function ambiguousNames(fields: readonly ClassifiedField[]): Map<string, ClassifiedField[]> {
  const byName = Map.groupBy(fields, ({ place }) => nameOf(place));
  const ambiguous = [...byName].filter(
    ([, found]) => found.some(({ form }) => form === 'opaque') && found.some(({ form }) => form !== 'opaque'),
  );
  return new Map(ambiguous.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Ambiguous names without a reason, and reasons for names that are not ambiguous. */
export function opaqueNameProblems({ entries, opaqueNames }: Policy): string[] {
  const ambiguous = ambiguousNames(fieldsOf(entries));
  const missing = [...ambiguous].filter(([name]) => !Object.hasOwn(opaqueNames, name));
  const stale = Object.keys(opaqueNames).filter((name) => !ambiguous.has(name));
  return [
    ...missing.map(([name, found]) => {
      const one = found.find(({ form }) => form === 'opaque')!;
      const other = found.find(({ form }) => form !== 'opaque')!;
      return `${POLICY_FILES.opaqueNames}: ${name}: a reason is missing: it is opaque in ${one.operation} and ${other.form} in ${other.operation}`;
    }),
    ...stale.map(
      (name) => `${POLICY_FILES.opaqueNames}: ${name}: no field of this name is both opaque and classified`,
    ),
  ];
}
