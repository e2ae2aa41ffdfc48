import { describe, expect, it } from 'vitest';
import { denialOf } from '../../http/testing.ts';
import { TenantTag } from './tenant-tag.ts';

const tag = new TenantTag('tenant', { key: 'key', value: 'value' });

describe('the tenant tag', () => {
  // MySQL's default collation takes each of these for the same key, and would overwrite the owner.
  it.each([
    'tenant',
    'Tenant',
    'TENANT',
    'tenant ',
    'ténant',
    'ｔｅｎａｎｔ',
    'ten\u200bant',
    'ten\u00adant',
    'tenant\u0000',
    '\ua787e\ua7a5ant',
  ])('%j is its key', (key) => {
    expect(tag.isKey(key)).toBe(true);
    expect(denialOf(() => tag.refuse(key)).reason).toBe('tenant_tag');
  });

  it.each(['tenants', 'tenant_id', 'mlflow.tenant', 'tenan', ''])('%j is another key', (key) => {
    expect(tag.isKey(key)).toBe(false);
    tag.refuse(key);
  });

  it('comes first on created resources, and may be repeated', () => {
    const mine = { key: 'tenant', value: 'a' };
    expect(tag.stamp([{ key: 'x', value: '1' }, mine], 'a')).toEqual([mine, { key: 'x', value: '1' }]);
    expect(tag.stamp([], 'a')).toEqual([mine]);
  });

  it.each([
    { key: 'tenant', value: 'b' },
    { key: 'tenant' },
    { key: 'Tenant', value: 'a' },
    { key: 'tenant', value: 'A' },
  ])('%j is refused on a resource that a creates', (other) => {
    expect(denialOf(() => tag.stamp([other], 'a')).reason).toBe('tenant_tag');
  });

  it('is read from MLflow’s responses in its exact spelling', () => {
    expect(
      tag.ownerIn([
        { key: 'x', value: 'b' },
        { key: 'tenant', value: 'a' },
      ]),
    ).toBe('a');
    expect(tag.ownerIn([{ key: 'Tenant', value: 'a' }])).toBeUndefined();
    expect(tag.ownerIn([{ key: 'tenant' }, { key: 'tenant', value: 'a' }])).toBe('');
    expect(tag.ownerIn(undefined)).toBeUndefined();
    expect(tag.ownerIn([null])).toBeUndefined();
  });

  it('works in a map, and in a map as JSON, as in a list', () => {
    expect(tag.stampMap({ x: '1', tenant: 'a' }, 'a')).toEqual({ tenant: 'a', x: '1' });
    expect(tag.stampJson('{"x":"1"}', 'a')).toBe('{"tenant":"a","x":"1"}');
    for (const other of [{ tenant: 'b' }, { Tenant: 'a' }, { tenant: null }])
      expect(denialOf(() => tag.stampMap(other, 'a')).reason).toBe('tenant_tag');
    for (const text of ['', '[]', 'x', '"x"', '{"a":"1","a":"2"}', '{"__proto__":{"tenant":"b"}}'])
      expect(denialOf(() => tag.stampJson(text, 'a')).reason, text).toBe('invalid_field');
    const owner = [tag.ownerIn({ tenant: 'a' }), tag.ownerIn('{"tenant":"a"}'), tag.ownerIn({ tenant: 1 })];
    expect(owner).toEqual(['a', 'a', '']);
    for (const none of [{}, '{}', 'x', '"tenant"', 5]) expect(tag.ownerIn(none)).toBeUndefined();
  });
});
