import { expect, test } from 'vitest';
import { KINDS, TAG_ITEM } from '../../../catalog/generated/catalog.ts';
import type { Upstream } from '../../../upstream/types.ts';
import { Kinds } from '../../kinds.ts';
import type { TagsResponseRule } from '../../ruling.ts';
import { TenantTag } from '../tenant-tag.ts';
import { ResponseEditor } from './edit-response.ts';
import type { Ownership } from './ownership.ts';

const editor = new ResponseEditor({
  kinds: new Kinds(KINDS),
  ownership: {} as Ownership,
  tag: new TenantTag('tenant', TAG_ITEM),
  tagItem: TAG_ITEM,
  upstream: {} as Upstream,
});
const tagCreated: TagsResponseRule = {
  rule: 'tag-created',
  operation: 'setTag',
  field: 'run_id',
  created: { idIn: ['run', 'info', 'run_id'] },
};
const requireOwner: TagsResponseRule = {
  rule: 'require-owner',
  reference: { kind: 'registered-model', id: 'm', at: 'name' },
};

test.each([
  ['a created resource', tagCreated, '<html>'],
  ['a created resource', tagCreated, '{"run":null}'],
  ['a lookup', requireOwner, '<html>'],
])('the response to %s is upstream_invalid: %#', async (_, rule, text) => {
  const transform = editor.transform(rule, { tenant: 'team-a', shared: false });
  const edited = (async () => transform({ status: 200, headers: {}, body: Buffer.from(text) }))();
  await expect(edited).rejects.toMatchObject({ reason: 'upstream_invalid' });
});
