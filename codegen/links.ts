import type { Operation, ResourceKind, TagItem } from '../src/catalog/types.ts';

/**
 * Operations and fields that a plan or a resource kind names and that the catalog lacks. The gateway calls them by name, so that
 * each would fail only when a request needs it.
 */
export function brokenLinks(
  operations: readonly Operation[],
  kinds: readonly ResourceKind[],
  tagItem: TagItem,
): string[] {
  const fields = new Map(
    operations.map(({ id, path, query, bodyFields }) => [
      id,
      new Set([...path, ...query, ...bodyFields].map(({ name }) => name)),
    ]),
  );
  const problems: string[] = [];
  const requireFields = (where: string, operation: string, names: readonly (string | undefined)[]): void => {
    const known = fields.get(operation);
    if (known === undefined) problems.push(`${where}: there is no operation ${operation}`);
    for (const name of names)
      if (known !== undefined && name !== undefined && !known.has(name))
        problems.push(`${where}: ${operation} has no field ${name}`);
  };
  for (const { id, tags } of operations) {
    if (tags.rule !== 'references' || tags.tagsAfter === undefined) continue;
    const { operation, field, id: from, makesFirst } = tags.tagsAfter;
    requireFields(`${id}: tagsAfter`, operation, [field, tagItem.key, tagItem.value]);
    if (from.place === 'request') requireFields(`${id}: tagsAfter`, id, [from.field]);
    if (makesFirst) requireFields(`${id}: makesFirst`, makesFirst.operation, [makesFirst.field]);
  }
  for (const { kind, lookup, batch, through, qualified, files } of kinds) {
    for (const [plain, own] of Object.entries(qualified?.operations ?? {})) {
      requireFields(`kind ${kind}: qualified`, plain, []);
      requireFields(`kind ${kind}: qualified`, own, [qualified!.field]);
    }
    if (files) {
      const { operation, field, pages, fixed = {}, of } = files;
      requireFields(`kind ${kind}: files`, operation, [field, pages.field, ...Object.keys(fixed)]);
      if (!kinds.some((one) => one.kind === of))
        problems.push(`kind ${kind}: files of an unknown kind ${of}`);
    }
    if (lookup) requireFields(`kind ${kind}: lookup`, lookup.operation, [lookup.field, lookup.beside]);
    if (batch)
      requireFields(`kind ${kind}: batch`, batch.operation, [
        batch.filter,
        batch.within,
        batch.pages?.field,
        ...Object.keys(batch.fixed ?? {}),
      ]);
    if (through !== undefined && !kinds.some((one) => one.kind === through))
      problems.push(`kind ${kind}: through names an unknown kind ${through}`);
  }
  return [...problems, ...withoutLookup(operations, kinds)];
}

/** References that the strategy `workspaces` looks up, of kinds without a lookup. */
function withoutLookup(operations: readonly Operation[], kinds: readonly ResourceKind[]): string[] {
  const known = new Set(kinds.filter(({ lookup }) => lookup !== undefined).map(({ kind }) => kind));
  return operations.flatMap(({ id, path, query, headers, bodyFields }) =>
    [...path, ...query, ...headers, ...bodyFields].flatMap(({ name, policy }) =>
      policy?.class === 'reference' && policy.workspaces === 'lookup' && !known.has(policy.kind)
        ? [`${id}: field ${name}: the kind ${policy.kind} has no lookup`]
        : [],
    ),
  );
}
