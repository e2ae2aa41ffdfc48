import { describe, expect, it } from 'vitest';
import { denialOf } from '../http/testing.ts';
import type { Principal } from '../identity/principal.ts';
import { selectTenant } from './select-tenant.ts';
import { TenantNames } from './tenant-names.ts';

const names = new TenantNames({ map: new Map([['Team_A', 'team-a']]), allowDefault: false });

function principal(tenants: readonly string[], platformAdmin = false): Principal {
  const grants = new Map(tenants.map((tenant) => [tenant, { tenant, roles: ['viewer'] }]));
  return { subject: 's', issuer: 'i', grants, platformAdmin };
}

describe('TenantNames', () => {
  it('returns names as they are, or through the map', () => {
    expect(names.usableWorkspaceOf('team-b')).toBe('team-b');
    expect(names.usableWorkspaceOf('Team_A')).toBe('team-a');
  });

  it('gives no tenant the workspace of a mapped tenant by its name', () => {
    expect(names.workspaceOf('team-a')).toBeUndefined();
    expect(denialOf(() => names.usableWorkspaceOf('team-a')).reason).toBe('tenant_name_unusable');
  });

  it.each(['default', 'Team', 'a', 'team_b', '-a', 'a-', 'a.b', 'x'.repeat(64)])(
    'refuses the tenant %s',
    (tenant) => {
      expect(denialOf(() => names.usableWorkspaceOf(tenant)).reason).toBe('tenant_name_unusable');
    },
  );

  it('accepts the workspace default if allowed', () => {
    expect(new TenantNames({ map: new Map(), allowDefault: true }).usableWorkspaceOf('default')).toBe(
      'default',
    );
  });
});

describe('selectTenant', () => {
  it('returns the only grant', () => {
    expect(selectTenant(principal(['team-b']), undefined, names)).toBe('team-b');
    expect(selectTenant(principal(['team-b']), '', names)).toBe('team-b');
  });

  it('lets a caller with several tenants choose by workspace', () => {
    expect(selectTenant(principal(['team-b', 'Team_A']), 'team-a', names)).toBe('Team_A');
  });

  it('does not choose for a caller with several tenants', () => {
    expect(denialOf(() => selectTenant(principal(['team-b', 'team-c']), undefined, names)).reason).toBe(
      'tenant_ambiguous',
    );
  });

  it.each(['team-c', 'default', 'TEAM-B', 'team-b ', 'Team_A'])('refuses the foreign choice %j', (chosen) => {
    expect(denialOf(() => selectTenant(principal(['team-b']), chosen, names)).reason).toBe(
      'tenant_not_granted',
    );
  });

  it('lets a platform-admin choose any usable workspace', () => {
    expect(selectTenant(principal(['team-b'], true), 'team-c', names)).toBe('team-c');
    expect(selectTenant(principal(['team-b'], true), 'team-a', names)).toBe('Team_A');
    expect(denialOf(() => selectTenant(principal(['team-b'], true), 'default', names)).reason).toBe(
      'tenant_not_granted',
    );
  });
});
