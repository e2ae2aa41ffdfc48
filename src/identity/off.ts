import { DenialError } from '../denial.ts';
import type { Roles } from '../rbac/roles.ts';
import { isSubject, TENANT_PATTERN } from './claims.ts';
import type { Identifier, IdentityHeaders, Principal } from './principal.ts';

/**
 * Accepts the identity in the caller's headers without verification: for development on one machine, never where others can
 * connect.
 *
 * `X-Tenant` is required, `X-Subject` optional (default `anonymous`); `Authorization` is ignored. No caller is a
 * platform-admin.
 *
 * @param options `role`: the role of every caller, default `admin`; `roles`: the known roles, to check `role`
 * @throws Error at creation when `roles` has no such role
 * @example
 * const identifier = createOffIdentifier({ role: 'viewer', roles: createRoles() });
 */
export function createOffIdentifier(
  options: { readonly role?: string | undefined; readonly roles?: Pick<Roles, 'names'> | undefined } = {},
): Identifier {
  const { role = 'admin', roles } = options;
  if (roles !== undefined && !roles.names.includes(role)) {
    throw new Error(`Unknown role ${JSON.stringify(role)}; use one of: ${roles.names.join(', ')}`);
  }
  const held = Object.freeze([role]);
  return {
    identify(headers: IdentityHeaders): Principal {
      const tenant = parseTenantHeader(headers.tenant);
      const subject = parseSubjectHeader(headers.subject);
      return {
        subject,
        issuer: 'off',
        grants: new Map([[tenant, { tenant, roles: held }]]),
        platformAdmin: false,
      };
    },
    ready: () => ({ ok: true }),
    tokens: () => ({ size: 0, hits: 0, misses: 0 }),
    close() {},
  };
}

function parseTenantHeader(value: string | undefined): string {
  if (value === undefined || value.trim() === '') {
    throw new DenialError('tenant_header_missing', 'X-Tenant is required (authentication is off)');
  }
  if (!TENANT_PATTERN.test(value)) {
    throw new DenialError(
      'tenant_header_invalid',
      "X-Tenant must be 1 to 128 letters, digits, '.', '_' or '-', starting with a letter or digit",
    );
  }
  return value;
}

function parseSubjectHeader(value: string | undefined): string {
  if (value === undefined) return 'anonymous';
  if (!isSubject(value)) {
    throw new DenialError('malformed_header', 'X-Subject must be 1 to 255 printable characters');
  }
  return value;
}
