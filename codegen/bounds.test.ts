import { describe, expect, it } from 'vitest';
import { OPERATIONS } from '../src/catalog/generated/catalog.ts';
import type { Field } from '../src/catalog/types.ts';
import { FieldBounds, unbounded } from './bounds.ts';
import { unboundedFields } from './operations.ts';

const orderBy: Field = { name: 'order_by', type: 'string', repeated: true, policy: { class: 'opaque' } };

describe('FieldBounds', () => {
  it('prefers the rule for the operation to the rule for all, and that to the default', () => {
    const bounds = new FieldBounds([
      { of: ['search order_by[]'], items: 5 },
      { of: ['* order_by[]'], items: 20, characters: 100 },
    ]);
    expect(bounds.apply('search', orderBy)).toMatchObject({ maxItems: 5, maxLength: 65_536 });
    expect(bounds.apply('list', orderBy)).toMatchObject({ maxItems: 20, maxLength: 100 });
    expect(new FieldBounds([]).apply('search', orderBy)).toMatchObject({ maxItems: 1_000 });
    expect(bounds.problems()).toEqual([]);
  });

  it('bounds the fields inside lists and maps', () => {
    const tags: Field = {
      name: 'tags',
      type: 'object',
      repeated: true,
      fields: [{ ...orderBy, name: 'keys' }],
    };
    const applied = new FieldBounds([{ of: ['log tags[].keys[]'], items: 2 }]).apply('log', tags);
    expect(applied).toMatchObject({ maxItems: 1_000, fields: [{ maxItems: 2 }] });
    expect(unbounded(applied, 'tags')).toEqual([]);
  });

  it('reports a rule that matches no field, has another type, or is repeated', () => {
    const bounds = new FieldBounds([
      { of: ['search gone'], characters: 5 },
      { of: ['search order_by[]'], most: 5 },
      { of: ['search order_by[]'], items: 5 },
    ]);
    bounds.apply('search', orderBy);
    expect(bounds.problems()).toEqual([
      'bounds: search order_by[] is bounded twice',
      'bounds: there is no search gone',
    ]);
    const wrong = new FieldBounds([{ of: ['* order_by[]'], most: 5 }]);
    wrong.apply('search', orderBy);
    expect(wrong.problems()).toEqual(['bounds: search order_by[] is not a number']);
  });
});

describe('unbounded', () => {
  it('names each list, map and text without a bound, or without an effective one', () => {
    expect(unbounded(orderBy, 'order_by')).toEqual([
      'order_by[]: no most items',
      'order_by[]: no longest text',
    ]);
    expect(unbounded({ ...orderBy, maxItems: 0, maxLength: Infinity }, 'order_by')).toHaveLength(2);
    const map: Field = {
      name: 'tags',
      type: 'map',
      maxItems: 1,
      maxLength: 1,
      fields: [{ name: '*', type: 'string' }],
    };
    expect(unbounded(map, 'tags')).toEqual(['tags.*: no longest text']);
  });

  it('gives each field of the catalog a bound, and searches no more than MLflow can process', () => {
    expect(OPERATIONS.flatMap(unboundedFields)).toEqual([]);
    for (const { id, path } of OPERATIONS)
      for (const { name, maxLength } of path) expect(maxLength, `${id} ${name}`).toBeGreaterThan(0);
    const fields = OPERATIONS.flatMap(({ query, bodyFields }) => [...query, ...bodyFields]);
    const sorted = fields.filter(({ name }) => name === 'order_by');
    expect(sorted.length).toBeGreaterThan(10);
    for (const { maxItems } of sorted) expect(maxItems).toBeLessThanOrEqual(20);
    const filters = fields.filter(({ policy }) => policy?.class === 'filter');
    expect(filters.length).toBeGreaterThan(15);
    for (const { maxLength } of filters) expect(maxLength).toBeLessThanOrEqual(65_536);
  });
});
