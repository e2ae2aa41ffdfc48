import { describe, expect, it } from 'vitest';
import { isJsonText } from '../catalog/field-classes.ts';
import { OPERATIONS } from '../catalog/generated/catalog.ts';
import { CatalogIndex, isMatch } from '../catalog/match.ts';
import type { Field } from '../catalog/types.ts';
import { denialOf, operation, text } from '../http/testing.ts';
import { LIMITS } from '../limits.ts';
import { indexFields } from './field-index.ts';
import { readMessage } from './fields.ts';
import { decodeParameters } from './path.ts';
import { readQuery, readQueryValues } from './query.ts';
import type { FieldUse } from './types.ts';

const fields = indexFields([
  text('ids', { repeated: true, maxItems: 3, maxLength: 4 }),
  text('filter', { maxLength: 10 }),
  { name: 'parts', type: 'int64', max: 100, policy: { class: 'opaque' } },
  { name: 'raw', type: 'bytes', maxLength: 4, policy: { class: 'opaque' } },
  { name: 'free', type: 'any', maxLength: 4, policy: { class: 'opaque' } },
  {
    name: 'map',
    type: 'map',
    maxItems: 2,
    maxLength: 3,
    policy: { class: 'opaque' },
    fields: [text('*', { maxLength: 5 })],
  },
]);
const read = (body: object, open = false): unknown => readMessage(body, fields, '', [], open);

describe('bounds of a body', () => {
  it.each([
    [{ ids: ['a', 'b', 'c', 'd'] }, 'ids accepts at most 3 items; 4 were sent.'],
    [{ ids: ['abcde'] }, 'ids accepts at most 4 characters; 5 were sent.'],
    [{ filter: 'x'.repeat(1_000_000) }, 'filter accepts at most 10 characters; 1,000,000 were sent.'],
    [{ raw: 'AAAAAAAA' }, 'raw accepts at most 4 characters; 8 were sent.'],
    [{ free: 'abcde' }, 'free accepts at most 4 characters; 5 were sent.'],
    [{ map: { a: '', b: '', c: '' } }, 'map accepts at most 2 keys; 3 were sent.'],
    [{ map: { abcd: '' } }, 'a key of map accepts at most 3 characters; 4 were sent.'],
    [{ map: { a: '123456' } }, 'map.* accepts at most 5 characters; 6 were sent.'],
    [
      { parts: 101 },
      "Invalid value 101 for parameter 'parts' supplied: expected a number of at most 100, received a number.",
    ],
    [
      { parts: '101' },
      "Invalid value 101 for parameter 'parts' supplied: expected a number of at most 100, received a number.",
    ],
  ])('%# is refused with the field, the bound and the number sent', (body, message) => {
    expect(denialOf(() => read(body))).toMatchObject({ reason: 'invalid_field', message });
  });

  it('a value as long as its bound is sent unchanged', () => {
    const body = {
      ids: ['abcd', 'b', 'c'],
      filter: '0123456789',
      raw: 'AAAA',
      free: ['longer', 'than', 'four'],
      map: { abc: '12345', b: '' },
      parts: 100,
    };
    expect(read(body)).toEqual(body);
  });

  it('refuses a free-form body with more keys than its bound', () => {
    const keys = (count: number): object =>
      Object.fromEntries(Array.from({ length: count }, (_, i) => [`k${i}`, 1]));
    expect(Object.keys(read(keys(LIMITS.mapKeys.value), true) as object)).toHaveLength(LIMITS.mapKeys.value);
    expect(denialOf(() => read(keys(LIMITS.mapKeys.value + 1), true)).message).toBe(
      'The body accepts at most 1,000 keys; 1,001 were sent.',
    );
  });

  it('reads no item of a list that is too long', () => {
    const items = Array.from({ length: 4 }, () => ({
      toString: () => {
        throw new Error('was read');
      },
    }));
    expect(denialOf(() => read({ ids: items })).message).toBe('ids accepts at most 3 items; 4 were sent.');
  });
});

describe('bounds of a query', () => {
  it('refuses a name that is repeated more often than its bound', () => {
    expect(readQuery('ids=a&ids=b&ids=c', fields, []).get('ids')).toEqual(['a', 'b', 'c']);
    expect(denialOf(() => readQuery('ids=a&ids=b&ids=c&ids=d', fields, [])).message).toBe(
      'ids accepts at most 3 items; 4 were sent.',
    );
  });

  it('measures a decoded value', () => {
    expect(readQuery('filter=%41123456789', fields, []).get('filter')).toBe('A123456789');
    expect(denialOf(() => readQuery('filter=%41123456789x', fields, [])).reason).toBe('invalid_field');
  });

  it('measures values of GraphQL the same way', () => {
    expect(denialOf(() => readQueryValues({ ids: ['a', 'b', 'c', 'd'] }, fields, [])).message).toBe(
      'ids accepts at most 3 items; 4 were sent.',
    );
    expect(denialOf(() => readQueryValues({ filter: 'x'.repeat(11) }, fields, [])).reason).toBe(
      'invalid_field',
    );
  });
});

describe('bounds of a path', () => {
  const index = new CatalogIndex([
    operation({
      id: 'model',
      method: 'GET',
      paths: ['/models/{name}'],
      path: [{ name: 'name', maxLength: 5, policy: { class: 'opaque' } }],
    }),
  ]);
  const decode = (name: string): Record<string, string> => {
    const match = index.find('GET', `/models/${name}`);
    if (!isMatch(match)) throw new Error('no match');
    return decodeParameters(match);
  };

  it('measures a decoded parameter', () => {
    expect(decode('a%20b%20c').name).toBe('a b c');
    expect(denialOf(() => decode('abcdef'))).toMatchObject({
      reason: 'invalid_field',
      message: 'name accepts at most 5 characters; 6 were sent.',
    });
  });
});

describe('the catalog', () => {
  /** A value of the largest size that a field accepts, or larger by one. */
  function sized(field: Field, more: 0 | 1): unknown {
    const { maxItems = 0, maxLength = 0 } = field;
    if (field.repeated) {
      const item =
        field.type === 'object'
          ? {}
          : field.type === 'string'
            ? field.policy !== undefined && isJsonText(field.policy)
              ? '{}'
              : 'x'
            : field.type === 'enum'
              ? field.values![0]
              : 1;
      return Array.from({ length: maxItems + more }, () => item);
    }
    if (field.type === 'map') {
      const value = { string: 'x', any: 1, object: {} }[field.fields![0]!.type as string];
      return Object.fromEntries(Array.from({ length: maxItems + more }, (_, i) => [`k${i}`, value]));
    }
    // JSON may have blanks in front.
    return field.policy !== undefined && isJsonText(field.policy)
      ? '{}'.padStart(maxLength + more)
      : 'x'.repeat(maxLength + more);
  }

  const bounded = OPERATIONS.flatMap(({ id, bodyFields }) =>
    bodyFields
      .filter((f) => f.repeated || f.type === 'map' || f.type === 'string')
      .map((field) => ({ id, field })),
  );

  it('accepts every list, map and text of a body up to its bound, and refuses larger ones', () => {
    expect(bounded.length).toBeGreaterThan(200);
    for (const { id, field } of bounded) {
      const index = indexFields([field]);
      const uses: FieldUse[] = [];
      expect(
        () => readMessage({ [field.name]: sized(field, 0) }, index, '', uses),
        `${id} ${field.name}`,
      ).not.toThrow();
      const denial = denialOf(() => readMessage({ [field.name]: sized(field, 1) }, index, '', []));
      expect(denial.message, `${id} ${field.name}`).toMatch(
        / accepts at most [\d,]+ (items|keys|characters); /,
      );
    }
  });
});
