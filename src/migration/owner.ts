import { TENANT_PATTERN } from '../identity/claims.ts';
import type { TenantTag } from '../tenancy/tags/tenant-tag.ts';

/** What a resource's own tags say of whose it is. */
export type Owner =
  | { readonly says: 'nothing' }
  | { readonly says: 'tenant'; readonly tenant: string }
  /** Something that names nobody, and that must not be written over all the same. */
  | { readonly says: 'unclear'; readonly why: string };

const NOTHING: Owner = { says: 'nothing' };

/**
 * Reads the owner out of tags as MLflow lists them: a list, a map, or a map as JSON. A tag whose key some database
 * would take for the owner's is not nothing: setting the owner there would change it.
 *
 * @example
 * readOwner([{ key: 'tenant', value: 'team-a' }], tag); // { says: 'tenant', tenant: 'team-a' }
 * readOwner([{ key: 'Tenant', value: 'x' }], tag); // unclear: MySQL has one tag of the two names
 */
export function readOwner(tags: unknown, tag: TenantTag): Owner {
  const tenant = tag.ownerIn(tags);
  if (tenant !== undefined) {
    if (TENANT_PATTERN.test(tenant)) return { says: 'tenant', tenant };
    return { says: 'unclear', why: `its tag ${tag.key} has a value that no tenant can be called` };
  }
  const other = tag.keysIn(tags).find((key) => tag.isKey(key));
  if (other === undefined) return NOTHING;
  return {
    says: 'unclear',
    why: `it has a tag ${JSON.stringify(other)}, which some databases take for ${tag.key}: remove it first`,
  };
}
