import type { Field, FieldClass, Operation } from '../../../src/catalog/types.ts';

/** One step from a message to a value inside it. */
export interface Step {
  readonly name: string;
  readonly list: boolean;
  /** The step leads through a map: any key. */
  readonly map: boolean;
  /** Fields of the same message that may not stand beside it (a oneof of protobuf). */
  readonly excludes?: readonly string[];
}

/** Somewhere in the requests of an operation where a value stands. */
export interface Place {
  readonly in: 'path' | 'query' | 'header' | 'body';
  /** `path.trace_id`, `query.run_id`, `body.metrics[].model_id`: unique within the operation. */
  readonly name: string;
  readonly steps: readonly Step[];
  readonly policy: FieldClass;
  /** MLflow wants it, and everything around it. Path parameters always are. */
  readonly required: boolean;
  readonly repeated: boolean;
  /** A parameter of the path has the same name, and must have the same value. */
  readonly inPathToo: boolean;
}

/**
 * Every classified place of an operation's requests, in the catalog's order.
 *
 * @example
 * placesOf(getRun).map((place) => place.name); // ['query.run_uuid', 'query.run_id']
 */
export function placesOf(operation: Operation): readonly Place[] {
  const path = operation.path.map(
    ({ name, policy }): Place => ({
      in: 'path',
      name: `path.${name}`,
      steps: [{ name, list: false, map: false }],
      policy,
      required: true,
      repeated: false,
      inPathToo: false,
    }),
  );
  const others = [
    ...walk('query', operation.query, [], true),
    ...walk('header', operation.headers, [], true),
    ...walk('body', operation.bodyFields, [], true),
  ];
  const names = new Set(operation.path.map(({ name }) => name));
  const inPathToo = ({ steps }: Omit<Place, 'inPathToo'>): boolean =>
    steps.length === 1 && names.has(steps[0]!.name);
  return [...path, ...others.map((place) => ({ ...place, inPathToo: inPathToo(place) }))];
}

/** The places whose values name resources. */
export function referencesOf(operation: Operation): readonly (Place & { readonly kind: string })[] {
  return placesOf(operation).flatMap((place) =>
    place.policy.class === 'reference' ? [{ ...place, kind: place.policy.kind }] : [],
  );
}

function walk(
  where: 'query' | 'header' | 'body',
  fields: readonly Field[],
  above: readonly Step[],
  aboveRequired: boolean,
): Omit<Place, 'inPathToo'>[] {
  return fields.flatMap((field) => {
    const excludes = fields
      .filter(({ name, oneof }) => oneof !== undefined && oneof === field.oneof && name !== field.name)
      .map(({ name }) => name);
    const step = { name: field.name, list: field.repeated === true, map: field.type === 'map', excludes };
    const steps = [...above, step];
    const required = aboveRequired && field.required === true;
    const inner = field.fields ? walk(where, field.fields, steps, required) : [];
    if (field.policy === undefined) return inner;
    const name = steps.map((step) => `${step.name}${step.list ? '[]' : ''}`).join('.');
    return [
      {
        in: where,
        name: `${where}.${name}`,
        steps,
        policy: field.policy,
        required,
        repeated: steps.some((step) => step.list),
      },
      ...inner,
    ];
  });
}
