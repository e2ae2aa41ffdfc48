import { expect, test } from 'vitest';
import { KINDS, OPERATIONS, TAG_ITEM } from '../catalog/generated/catalog.ts';
import type { Operation } from '../catalog/types.ts';
import { operationById } from '../mlflow/call.ts';
import { KINDS_IN_EXPERIMENTS, STANDALONE_KINDS } from './context.ts';

const inventoried = KINDS.flatMap(({ kind, inventory }) =>
  inventory === undefined ? [] : [{ kind, inventory }],
);

function fieldsOf({ path, query, bodyFields }: Operation): string[] {
  return [...path, ...query, ...bodyFields].map(({ name }) => name);
}

test.each(inventoried)('$kind: the operations of the inventory have its fields', ({ inventory }) => {
  const { operation, within, of, variants, pages, tag, untag, restore, download, experiments, one } =
    inventory;
  const listed = fieldsOf(operationById(operation));
  const named = [...variants.flatMap((variant) => Object.keys(variant)), pages.field, within, of?.filter];
  expect(listed).toEqual(expect.arrayContaining(named.filter((name) => name !== undefined)));
  for (const call of [tag, untag, restore, inventory.delete, download, experiments]) {
    if (call === undefined) continue;
    expect(fieldsOf(operationById(call.operation))).toEqual(expect.arrayContaining(Object.keys(call.fields)));
  }
  if (one !== undefined)
    expect(fieldsOf(operationById(one.operation))).toEqual(expect.arrayContaining([one.of, one.field]));
  const setter = operationById(tag.operation);
  if (tag.stamp === undefined)
    expect(fieldsOf(setter)).toEqual(expect.arrayContaining([TAG_ITEM.key, TAG_ITEM.value]));
});

/** A new kind that the gateway tags, on creation or afterwards, needs an inventory. */
test('every kind that the gateway tags can be adopted', () => {
  const tagged = OPERATIONS.flatMap((operation) => {
    const { tags } = operation;
    if (tags.rule === 'references' && tags.tagsAfter !== undefined)
      return kindOfTag(operationById(tags.tagsAfter.operation));
    return tags.rule === 'create' ? kindOfTag(operation) : [];
  });
  // Feedback in a trace is reached through the trace.
  const own = tagged.filter((kind) => KINDS.find((one) => one.kind === kind)?.through === undefined);
  expect([...new Set(own)].sort()).toEqual(inventoried.map(({ kind }) => kind).sort());
});

function kindOfTag(operation: Operation): string[] {
  const text = JSON.stringify([operation.path, operation.bodyFields]);
  return [.../"class":"(?:tag-key|tags-json)","kind":"([a-z-]+)"/g[Symbol.matchAll](text)].map(
    ([, kind]) => kind!,
  );
}

test('separates kinds in experiments from standalone kinds', () => {
  expect(KINDS_IN_EXPERIMENTS).toEqual(['run', 'logged-model', 'trace']);
  expect(STANDALONE_KINDS).toEqual(['dataset', 'mcp-server', 'skill']);
});
