import type { Field, FieldClass, Operation, TagItem } from '../../catalog/types.ts';

/** Where something stands in a request: a dotted path in the body or the query, without the marks of lists. */
export interface Place {
  readonly place: 'body' | 'query';
  readonly path: readonly string[];
}

/** Where the owner's tag goes: among a list of tags, or as an entry of a map, which may be JSON in a string. */
export interface Stamp {
  readonly path: readonly string[];
  readonly form: 'list' | 'map' | 'json';
}

/** A filter that can take the tenant's clause; `list` has one comparison in each item. */
export interface FilterPlace {
  readonly place: 'body' | 'query';
  readonly field: string;
  readonly dialect: string;
  readonly list: boolean;
}

/** A place in a body that takes tags, lists passed through: one tag, a map, or a map that is JSON in a string. */
export interface TagPlace {
  readonly path: readonly string[];
  readonly form: 'item' | 'map' | 'json';
}

/** What the strategy does with an operation, worked out once at start from the catalog alone. */
export interface Plan {
  readonly stamp: Stamp | undefined;
  /** The filters that are read and written anew. */
  readonly filters: readonly FilterPlace[];
  /** When they take the tenant's clause. */
  readonly clause: 'always' | 'among shared' | 'never';
  /** The list of what is searched in: what of it is not the tenant's is left out, as MLflow leaves out what is missing. */
  readonly within: (Place & { readonly kind: string; readonly required: boolean }) | undefined;
  /** Must name a place in the artifact store: without one MLflow lists everybody's. */
  readonly needsPath: boolean;
  /** Kinds of which one must be named, if there are any: MLflow reads a missing experiment id as the default one. */
  readonly needs: ReadonlySet<string>;
  /** What is said where none is named, or nothing to search in: as MLflow says it. */
  readonly unnamed: string;
  /** Kinds of what it makes under a name or id of the caller's choice. */
  readonly makes: ReadonlySet<string>;
  /** Changes an experiment itself: not for a shared one. */
  readonly settings: boolean;
  /** Where its body takes tags, but for those that the owner is stamped on. */
  readonly tagged: readonly TagPlace[];
  /** Reads only. */
  readonly reads: boolean;
  /** Its storage URI says where things will be kept, and not where something is. */
  readonly keeps: boolean;
}

/** When searches by these rules take the tenant's clause. */
const CLAUSES: Partial<Record<Operation['tags'], Plan['clause']>> = {
  search: 'always',
  within: 'among shared',
};

/**
 * Plans an operation.
 *
 * @throws Error when the catalog gives the strategy nothing to enforce its rule with
 */
export function planOperation(operation: Operation, item: TagItem): Plan {
  const { id, tags: rule, bodyFields, query, path, permission } = operation;
  const searches = rule === 'search' || rule === 'within';
  const stamp = rule === 'create' ? stampIn(operation, item) : undefined;
  const filters =
    searches || rule === 'references' ? [...filtersIn(bodyFields, 'body'), ...filtersIn(query, 'query')] : [];
  const within = searches ? withinOf(operation) : undefined;
  if (rule === 'create' && stamp === undefined) throw new Error(`${id} creates, but takes no tags`);
  if (rule === 'search' && (filters.length !== 1 || filters[0]!.list) && operation.tagsFilter === undefined)
    throw new Error(`${id} searches, but has neither a filter nor a filtered answer`);
  if (rule === 'within' && within === undefined) throw new Error(`${id} names nothing to search in`);
  if ([...bodyFields.flatMap(leavesOf), ...query, ...path].some(isElseLeftOut))
    throw new Error(`${id} has a reference that may be left out elsewhere than in a header`);
  const policies = [...bodyFields, ...query, ...path].map((field) => field.policy);
  const named = searches ? [] : neededBy(operation);
  return {
    stamp,
    filters,
    clause: operation.among === undefined ? (CLAUSES[rule] ?? 'never') : 'never',
    within: within && { ...within, required: rule === 'within' },
    needsPath: policies.some((policy) => policy?.class === 'artifact-path' && policy.root === 'server'),
    needs: new Set(named.map(({ kind }) => kind)),
    unnamed: unnamedOf(operation, within?.path.join('.'), named),
    makes: new Set(
      bodyFields
        .flatMap(leavesOf)
        .flatMap(({ policy }) => (policy?.class === 'new-name' ? [policy.kind] : [])),
    ),
    settings: permission.startsWith('experiments:') && !permission.endsWith(':read'),
    tagged: taggedIn(bodyFields, [], item).filter(
      ({ path: at }) => stamp === undefined || at.join('.') !== stamp.path.join('.'),
    ),
    reads: permission.endsWith(':read'),
    keeps: rule === 'create' && permission.startsWith('experiments:'),
  };
}

/** At the top of the request; else in headers; else deeper in the body, as of a trace. */
function neededBy({ bodyFields, query, path, headers }: Operation): Named[] {
  const places = [
    [...bodyFields, ...query, ...path],
    headers.filter(({ required }) => required),
    bodyFields.flatMap(leavesOf),
  ];
  return places.map(namedIn).find((named) => named.length > 0) ?? [];
}

/** MLflow's sentence for the operation, or its general one (`missing_value` of mlflow/utils/validation.py). */
function unnamedOf({ id, unnamed }: Operation, within: string | undefined, named: readonly Named[]): string {
  if (unnamed !== undefined) return unnamed;
  const field = within ?? named[0]?.field;
  const what =
    within === undefined ? [...new Set(named.map(({ kind }) => kind))].join(' or ') : 'it searches in';
  return `Missing value for required parameter '${field}'. ${id} must name the ${what}${within === undefined ? ' it is for' : ''}.`;
}

function isElseLeftOut({ policy }: { readonly policy?: FieldClass }): boolean {
  return policy?.class === 'reference' && policy.elseLeftOut === true;
}

function leavesOf(field: Field): readonly Field[] {
  return field.fields === undefined ? [field] : field.fields.flatMap(leavesOf);
}

/** A field that says which resource a request is for. */
interface Named {
  readonly field: string;
  readonly kind: string;
}

function namedIn(fields: readonly { readonly name: string; readonly policy?: FieldClass }[]): Named[] {
  return fields.flatMap(({ name, policy }) =>
    policy?.class === 'reference' && policy.workspaces === 'upstream'
      ? [{ field: name, kind: policy.kind }]
      : [],
  );
}

/** Where an operation takes tags; `undefined` where it takes none, or one by its key and value. */
export function stampIn({ bodyFields, stamp }: Operation, item: TagItem): Stamp | undefined {
  if (stamp !== undefined) {
    const path = stamp.split('.');
    const field = fieldAt(bodyFields, path);
    const form = field && formOf(field, item);
    return form && { path, form };
  }
  for (const form of ['list', 'json'] as const) {
    const field = bodyFields.find((one) => formOf(one, item) === form);
    if (field !== undefined) return { path: [field.name], form };
  }
  return undefined;
}

function taggedIn(fields: readonly Field[], path: readonly string[], item: TagItem): TagPlace[] {
  const isTag = (name: string, of: FieldClass['class']): boolean =>
    fields.some((field) => field.name === name && field.policy?.class === of);
  const own: TagPlace[] =
    isTag(item.key, 'tag-key') && isTag(item.value, 'tag-value') ? [{ path, form: 'item' }] : [];
  const inside = fields.flatMap((field): TagPlace[] => {
    const at = [...path, field.name];
    if (field.policy?.class === 'tags-json') return [{ path: at, form: 'json' }];
    if (field.type === 'map') return field.policy?.class === 'tag-key' ? [{ path: at, form: 'map' }] : [];
    return taggedIn(field.fields ?? [], at, item);
  });
  return [...own, ...inside];
}

function formOf(field: Field, item: TagItem): Stamp['form'] | undefined {
  if (field.policy?.class === 'tags-json') return 'json';
  if (field.type === 'map') return field.policy?.class === 'tag-key' ? 'map' : undefined;
  const key = field.repeated ? field.fields?.find(({ name }) => name === item.key) : undefined;
  return key?.policy?.class === 'tag-key' ? 'list' : undefined;
}

function fieldAt(fields: readonly Field[], [name, ...rest]: readonly string[]): Field | undefined {
  const field = fields.find((one) => one.name === name);
  return rest.length === 0 ? field : field && fieldAt(field.fields ?? [], rest);
}

function filtersIn(fields: readonly Field[], place: 'body' | 'query'): FilterPlace[] {
  return fields.flatMap(({ name, policy, repeated }) =>
    policy?.class === 'filter'
      ? [{ place, field: name, dialect: policy.dialect, list: repeated === true }]
      : [],
  );
}

function withinOf({ bodyFields, query, within }: Operation): (Place & { kind: string }) | undefined {
  for (const [place, fields] of [
    ['body', bodyFields],
    ['query', query],
  ] as const) {
    for (const field of fields) {
      const path = within?.split('.') ?? [field.name];
      if (path[0] !== field.name || !field.repeated) continue;
      const named = fieldAt(fields, path);
      if (named?.policy?.class === 'reference') return { place, path, kind: named.policy.kind };
    }
  }
  return undefined;
}
