import { expect, test } from 'vitest';
import { TenantTag } from '../tenancy/tags/tenant-tag.ts';
import { readOwner } from './owner.ts';

const tag = new TenantTag('tenant', { key: 'key', value: 'value' });

test.each([
  ['a list', [{ key: 'tenant', value: 'team-a' }]],
  ['a map', { tenant: 'team-a' }],
  ['a map as JSON', '{"tenant":"team-a"}'],
])('reads the owner from %s', (_, tags) => {
  expect(readOwner(tags, tag)).toEqual({ says: 'tenant', tenant: 'team-a' });
});

test.each([undefined, null, [], {}, '{}', 'no JSON', [{ key: 'other', value: 'team-a' }], [null]])(
  'finds no owner in %j',
  (tags) => {
    expect(readOwner(tags, tag)).toEqual({ says: 'nothing' });
  },
);

test.each(['', ' team-a', 'a b', "a' OR", '-a', 'x'.repeat(129)])('the tag value %j is unclear', (value) => {
  expect(readOwner([{ key: 'tenant', value }], tag)).toMatchObject({ says: 'unclear' });
});

test('a tag without a value is unclear', () => {
  expect(readOwner([{ key: 'tenant' }], tag)).toMatchObject({ says: 'unclear' });
});

test.each(['Tenant', 'TENANT ', 'ténant', 'te\u200bnant'])(
  'a tag %j is unclear, because some databases would overwrite it',
  (key) => {
    expect(readOwner([{ key, value: 'team-b' }], tag)).toMatchObject({ says: 'unclear' });
    expect(readOwner({ [key]: 'team-b' }, tag)).toMatchObject({ says: 'unclear' });
  },
);
