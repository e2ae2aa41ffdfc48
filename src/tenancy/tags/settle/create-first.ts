import type { TagItem } from '../../../catalog/types.ts';
import { lookupFailed, writeCall } from '../../../mlflow/call.ts';
import type { Upstream } from '../../../upstream/types.ts';
import type { Kinds } from '../../kinds.ts';
import { notFound } from '../../not-found.ts';
import { callAbout } from '../../qualified-call.ts';
import type { TagsQuestion } from '../../question.ts';
import type { Caller } from '../../reference.ts';
import type { TenantTag } from '../tenant-tag.ts';
import type { Ownership } from './ownership.ts';

export interface CreateFirstOptions {
  readonly kinds: Kinds;
  readonly ownership: Ownership;
  readonly tag: TenantTag;
  readonly tagItem: TagItem;
  readonly upstream: Upstream;
}

/**
 * Creates and tags a resource that does not exist, before the request adds to it. If the request itself fails afterwards, an
 * empty resource of the tenant's remains.
 *
 * @throws DenialError `resource_not_found` if another tenant has the name; `upstream_invalid`
 */
export async function createFirst(
  { reference, create, tag: tagging }: Extract<TagsQuestion, { ask: 'create-first' }>,
  caller: Caller,
  { kinds, ownership, tag, tagItem, upstream }: CreateFirstOptions,
): Promise<void> {
  const found = await ownership.find(reference, caller);
  if (found?.own) return;
  if (found !== undefined) throw notFound(reference);
  const kind = kinds.get(reference.kind);
  const creating = callAbout(kind, create.operation, create.field, reference.id);
  const created = await upstream.ask(writeCall(creating.operation, creating.values, {}));
  // Another tenant was faster, or MLflow rejects the name: neither answer has this tenant's data.
  if (created.status >= 400 && created.status < 500) throw notFound(reference);
  if (created.status !== 200) throw lookupFailed(created.status);
  const { operation, values } = callAbout(kind, tagging.operation, tagging.field, reference.id);
  const owner = { [tagItem.key]: tag.key, [tagItem.value]: caller.tenant };
  const tagged = await upstream.ask(writeCall(operation, { ...values, ...owner }, {}));
  if (tagged.status !== 200) throw lookupFailed(tagged.status);
}
