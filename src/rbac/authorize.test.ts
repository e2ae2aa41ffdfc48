import { describe, expect, it } from 'vitest';
import type { Principal } from '../identity/principal.ts';
import { authorize } from './authorize.ts';
import { createRoles } from './roles.ts';

const roles = createRoles({
  policyFile: '{"roles":{"data-steward":{"extends":"viewer","permissions":["runs:delete"]}}}',
});

function caller(grants: Record<string, readonly string[]>, more: Partial<Principal> = {}): Principal {
  return {
    subject: 'alice',
    issuer: 'https://idp.example',
    grants: new Map(Object.entries(grants).map(([tenant, held]) => [tenant, { tenant, roles: held }])),
    platformAdmin: false,
    ...more,
  };
}

describe('authorize', () => {
  it('allows a permission of the role', () => {
    expect(authorize(roles, caller({ a: ['viewer'] }), 'a', 'runs:read')).toBeUndefined();
    expect(authorize(roles, caller({ a: ['contributor'] }), 'a', 'runs:write')).toBeUndefined();
    expect(authorize(roles, caller({ a: ['data-steward'] }), 'a', 'runs:delete')).toBeUndefined();
  });

  it.each([
    [['viewer'], 'runs:write', 'Insufficient role: required contributor, got viewer'],
    [['viewer', 'contributor'], 'runs:delete', 'Insufficient role: required admin, got contributor'],
    [['viewer', 'data-steward'], 'webhooks:manage', 'Insufficient role: required admin, got data-steward'],
  ])('refuses %j %s', (held, permission, message) => {
    expect(authorize(roles, caller({ a: held }), 'a', permission)).toEqual({
      reason: 'role_insufficient',
      message,
    });
  });

  it('returns the reason for a missing role', () => {
    const missing = { reason: 'role_missing', message: 'Missing role claim(s): roles' } as const;
    const unknown = {
      reason: 'role_unrecognized',
      message: 'No recognized roles found in claim(s): roles',
    } as const;
    expect(authorize(roles, caller({ a: [] }, { roleProblem: missing }), 'a', 'runs:read')).toEqual(missing);
    expect(authorize(roles, caller({ a: [] }, { roleProblem: unknown }), 'a', 'runs:read')).toEqual(unknown);
    expect(authorize(roles, caller({ a: ['nobody'] }), 'a', 'runs:read')?.reason).toBe('role_unrecognized');
  });

  it('uses the role in the given tenant, not in another', () => {
    const both = caller({ a: ['admin'], b: ['viewer'] });
    expect(authorize(roles, both, 'a', 'runs:delete')).toBeUndefined();
    expect(authorize(roles, both, 'b', 'runs:delete')?.message).toBe(
      'Insufficient role: required admin, got viewer',
    );
  });

  it.each(['c', '', '__proto__', 'constructor'])('refuses a tenant that was not granted: %j', (tenant) => {
    expect(authorize(roles, caller({ a: ['admin'] }), tenant, 'runs:read')?.reason).toBe(
      'tenant_not_granted',
    );
  });

  it('allows a platform-admin everything', () => {
    const root = caller({ a: [] }, { platformAdmin: true });
    expect(authorize(roles, root, 'a', 'webhooks:manage')).toBeUndefined();
    expect(authorize(roles, root, 'anything', 'runs:delete')).toBeUndefined();
  });
});
