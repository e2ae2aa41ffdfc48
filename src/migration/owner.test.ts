import { expect, test } from 'vitest';
import { TenantTag } from '../tenancy/tags/tenant-tag.ts';
import { readOwner } from './owner.ts';

const tag = new TenantTag('tenant', { key: 'key', value: 'value' });

test.each([
  ['a list', [{ key: 'tenant', value: 'team-a' }]],
  ['a map', { tenant: 'team-a' }],
  ['a map as JSON', '{"tenant":"team-a"}'],
])('an owner in %s', (_, tags) => {
  expect(readOwner(tags, tag)).toEqual({ says: 'tenant', tenant: 'team-a' });
});

test.each([undefined, null, [], {}, '{}', 'no JSON', [{ key: 'other', value: 'team-a' }], [null]])(
  'nothing in %j',
  (tags) => {
    expect(readOwner(tags, tag)).toEqual({ says: 'nothing' });
  },
);

test.each(['', ' team-a', 'a b', "a' OR", '-a', 'x'.repeat(129)])(
  '%j is no tenant, and not nothing',
  (value) => {
    expect(readOwner([{ key: 'tenant', value }], tag)).toMatchObject({ says: 'unclear' });
  },
);

test('a tag without a value is not nothing', () => {
  expect(readOwner([{ key: 'tenant' }], tag)).toMatchObject({ says: 'unclear' });
});

test.each(['Tenant', 'TENANT ', 'ténant', 'te\u200bnant'])(
  'writing the tag would change %j on some databases',
  (key) => {
    expect(readOwner([{ key, value: 'team-b' }], tag)).toMatchObject({ says: 'unclear' });
    expect(readOwner({ [key]: 'team-b' }, tag)).toMatchObject({ says: 'unclear' });
  },
);
