import { expect, it } from 'vitest';
import { TAG_ITEM } from '../../../catalog/generated/catalog.ts';
import type { CanonicalRequest, FieldUse } from '../../../request/types.ts';

import type { TagPlace } from '../plan.ts';
import { TenantTag } from '../tenant-tag.ts';
import { countRepeated } from './repeated-tag.ts';

const PLACES: readonly TagPlace[] = [
  { path: [], form: 'item' },
  { path: ['tags'], form: 'item' },
  { path: ['map'], form: 'map' },
  { path: ['text'], form: 'json' },
];
const OWN = { key: 'tenant', value: 'team-a' };

function count(request: Partial<CanonicalRequest>): number {
  const tag = new TenantTag('tenant', TAG_ITEM);
  return countRepeated({ uses: [], ...request } as CanonicalRequest, PLACES, tag, TAG_ITEM, 'team-a');
}

it('counts the own tag wherever tags can be', () => {
  expect(count({ body: { ...OWN } })).toBe(1);
  expect(count({ body: { tags: [OWN, { key: 'a', value: 'b' }, OWN] } })).toBe(2);
  expect(count({ body: { map: { tenant: 'team-a', a: 'b' } } })).toBe(1);
  expect(count({ body: { text: '{"tenant":"team-a"}' } })).toBe(1);
  expect(count({ body: { text: '', other: OWN } })).toBe(0);
});

it.each([
  [{ key: 'tenant', value: 'team-b' }],
  [{ key: 'tenant' }],
  [{ key: 'tenant', value: '' }],
  [{ key: 'Tenant', value: 'team-a' }],
  [{ tags: [OWN, { key: 'tenant\u200b', value: 'team-a' }] }],
  [{ map: { tenant: 'team-b' } }],
  [{ text: '{"tenant":"team-a","TENANT":"team-a"}' }],
])('refuses %j', (body) => {
  expect(() => count({ body })).toThrow(expect.objectContaining({ reason: 'tenant_tag' }));
});

it('reads the attributes of spans by what was noted of them', () => {
  const use = (of: 'tag-key' | 'tag-value', value: string): FieldUse =>
    ({ policy: { class: of, kind: 'trace' }, value, at: 'spans' }) as FieldUse;
  const encoded = Buffer.alloc(1);
  expect(count({ encoded, uses: [use('tag-key', 'tenant'), use('tag-value', 'team-a')] })).toBe(1);
  for (const uses of [
    [use('tag-key', 'tenant'), use('tag-value', 'team-b')],
    [use('tag-key', 'tenant'), use('tag-key', 'a')],
    [use('tag-key', 'tenant')],
  ])
    expect(() => count({ encoded, uses })).toThrow(expect.objectContaining({ reason: 'tenant_tag' }));
});
