import type { Field, Operation, TagItem } from '../../catalog/types.ts';

/** What the strategy does with an operation, worked out once at start from the catalog alone. */
export interface Plan {
  /** The list that takes the owner's tag when something is created. */
  readonly stamp: { readonly field: string; readonly kind: string } | undefined;
  /** The filter that takes the tenant's clause. */
  readonly filter:
    | { readonly place: 'body' | 'query'; readonly field: string; readonly dialect: string }
    | undefined;
  /** The list of what is searched in: what of it is not the tenant's is left out, as MLflow leaves out what is missing. */
  readonly within:
    | { readonly place: 'body' | 'query'; readonly field: string; readonly kind: string }
    | undefined;
  /** Must name a place in the artifact store: without one MLflow lists everybody's. */
  readonly needsPath: boolean;
  /** Kinds of which one must be named, if there are any: MLflow reads a missing experiment id as the default one. */
  readonly needs: ReadonlySet<string>;
  /** Changes an experiment itself: not for a shared one. */
  readonly settings: boolean;
  /** Reads only. */
  readonly reads: boolean;
  /** Its storage URI says where things will be kept, and not where something is. */
  readonly keeps: boolean;
}

/**
 * Plans an operation.
 *
 * @throws Error when the catalog gives the strategy nothing to enforce its rule with
 */
export function planOperation(operation: Operation, item: TagItem): Plan {
  const { tags: rule, bodyFields, query, path, permission } = operation;
  const stamp = rule === 'create' ? stampIn(bodyFields, item) : undefined;
  const filter = rule === 'search' ? (filterIn(bodyFields, 'body') ?? filterIn(query, 'query')) : undefined;
  if (rule === 'create' && stamp === undefined) throw new Error(`${operation.id} creates, but takes no tags`);
  if (rule === 'search' && filter === undefined && operation.tagsFilter === undefined)
    throw new Error(`${operation.id} searches, but has neither a filter nor a filtered answer`);
  const policies = [...bodyFields, ...query, ...path].map((field) => field.policy);
  return {
    stamp,
    filter,
    within: rule === 'search' ? (listIn(bodyFields, 'body') ?? listIn(query, 'query')) : undefined,
    needsPath: policies.some((policy) => policy?.class === 'artifact-path' && policy.root === 'server'),
    needs: new Set(
      rule === 'search'
        ? []
        : policies.flatMap((policy) =>
            policy?.class === 'reference' && policy.workspaces === 'upstream' ? [policy.kind] : [],
          ),
    ),
    settings: permission.startsWith('experiments:') && !permission.endsWith(':read'),
    reads: permission.endsWith(':read'),
    keeps: rule === 'create' && permission.startsWith('experiments:'),
  };
}

function stampIn(fields: readonly Field[], item: TagItem): Plan['stamp'] {
  for (const field of fields) {
    const key = field.repeated ? field.fields?.find(({ name }) => name === item.key) : undefined;
    if (key?.policy?.class === 'tag-key') return { field: field.name, kind: key.policy.kind };
  }
  return undefined;
}

function filterIn(fields: readonly Field[], place: 'body' | 'query'): Plan['filter'] {
  for (const { name, policy } of fields) {
    if (policy?.class === 'filter') return { place, field: name, dialect: policy.dialect };
  }
  return undefined;
}

function listIn(fields: readonly Field[], place: 'body' | 'query'): Plan['within'] {
  for (const { name, repeated, policy } of fields) {
    if (repeated && policy?.class === 'reference') return { place, field: name, kind: policy.kind };
  }
  return undefined;
}
