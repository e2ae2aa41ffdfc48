import { TENANT_PATTERN } from '../identity/claims.ts';
import type { TenantTag } from '../tenancy/tags/tenant-tag.ts';

/** The owner of a resource by its own tags. */
export type Owner =
  | { readonly says: 'nothing' }
  | { readonly says: 'tenant'; readonly tenant: string }
  /** The tag exists without a valid tenant name. It must not be overwritten. */
  | { readonly says: 'unclear'; readonly why: string };

const NOTHING: Owner = { says: 'nothing' };

/**
 * Reads the owner from tags as MLflow lists them: a list, a map, or a map as JSON. A tag with a key that some databases
 * treat as equal to the tenant tag is `unclear`: setting the tenant tag would overwrite it.
 *
 * @example
 * readOwner([{ key: 'tenant', value: 'team-a' }], tag); // { says: 'tenant', tenant: 'team-a' }
 * readOwner([{ key: 'Tenant', value: 'x' }], tag); // unclear: MySQL treats both keys as one
 */
export function readOwner(tags: unknown, tag: TenantTag): Owner {
  const tenant = tag.ownerIn(tags);
  if (tenant !== undefined) {
    if (TENANT_PATTERN.test(tenant)) return { says: 'tenant', tenant };
    return { says: 'unclear', why: `the value of its tag ${tag.key} is not a valid tenant name` };
  }
  const other = tag.keysIn(tags).find((key) => tag.isKey(key));
  if (other === undefined) return NOTHING;
  return {
    says: 'unclear',
    why: `it has a tag ${JSON.stringify(other)}, which some databases treat as ${tag.key}: remove it first`,
  };
}
