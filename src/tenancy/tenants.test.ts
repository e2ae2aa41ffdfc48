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
    const only = { tenant: 'team-b', by: 'only' };
    expect(selectTenant(principal(['team-b']), names)).toEqual(only);
    expect(selectTenant(principal(['team-b']), names, { header: '' })).toEqual(only);
    expect(selectTenant(principal(['team-b']), names, { remembered: 'team-b' })).toEqual(only);
  });

  it('lets a caller with several tenants choose by workspace', () => {
    expect(selectTenant(principal(['team-b', 'Team_A']), names, { header: 'team-a' })).toEqual({
      tenant: 'Team_A',
      by: 'header',
    });
  });

  it.each([
    ['the name of a tenant that is mapped to another workspace', ['team-b', 'Team_A'], 'Team_A'],
    ['the workspace of a tenant by a tenant of that name', ['team-b', 'team-a'], 'team-a'],
    ['a tenant that is not granted', ['team-b', 'team-c'], 'team-d'],
  ])('refuses %s', (_, granted, header) => {
    const denial = denialOf(() => selectTenant(principal(granted), names, { header }));
    expect(denial.reason).toBe('tenant_not_granted');
  });

  it('does not choose for a caller with several tenants', () => {
    const denial = denialOf(() => selectTenant(principal(['team-c', 'Team_A', 'team-b']), names));
    expect(denial).toMatchObject({ reason: 'tenant_ambiguous', status: undefined, headers: {} });
    expect(denial.message).toContain('several tenants: team-a, team-b, team-c. Name one');
    for (const way of ['X-MLFLOW-WORKSPACE', 'MLFLOW_WORKSPACE', '/gateway/team'])
      expect(denial.message).toContain(way);
  });

  it('names at most ten tenants in the message', () => {
    const many = Array.from({ length: 200 }, (_, i) => `t${String(i).padStart(3, '0')}-${'x'.repeat(120)}`);
    const { message } = denialOf(() => selectTenant(principal(many), names));
    expect(message).toContain(' and 190 more.');
    expect(message).not.toContain('t010');
    expect(message.length).toBeLessThan(1_600);
  });

  it('redirects a browser that opens a page to the page that asks', () => {
    const page = () => 'gateway/team';
    const denial = denialOf(() => selectTenant(principal(['team-b', 'team-c']), names, { page }));
    expect(denial).toMatchObject({
      reason: 'tenant_ambiguous',
      status: 303,
      headers: { location: 'gateway/team' },
    });
  });

  it('selects the remembered tenant, unless the header names one', () => {
    const caller = principal(['team-b', 'team-c']);
    const remembered = 'team-c';
    expect(selectTenant(caller, names, { remembered })).toEqual({ tenant: 'team-c', by: 'cookie' });
    expect(selectTenant(caller, names, { remembered, header: 'team-b' })).toEqual({
      tenant: 'team-b',
      by: 'header',
    });
  });

  it('never selects a remembered tenant that is not granted', () => {
    for (const platformAdmin of [false, true]) {
      const caller = principal(['team-b', 'team-c'], platformAdmin);
      expect(denialOf(() => selectTenant(caller, names, { remembered: 'team-d' })).reason).toBe(
        'tenant_ambiguous',
      );
    }
    expect(selectTenant(principal(['team-b']), names, { remembered: 'team-d' }).tenant).toBe('team-b');
  });

  it.each(['team-c', 'default', 'TEAM-B', 'team-b ', 'Team_A'])('refuses the foreign choice %j', (chosen) => {
    expect(denialOf(() => selectTenant(principal(['team-b']), names, { header: chosen })).reason).toBe(
      'tenant_not_granted',
    );
  });

  it('lets a platform-admin choose any usable workspace', () => {
    const admin = principal(['team-b'], true);
    expect(selectTenant(admin, names, { header: 'team-c' }).tenant).toBe('team-c');
    expect(selectTenant(admin, names, { header: 'team-a' }).tenant).toBe('Team_A');
    expect(denialOf(() => selectTenant(admin, names, { header: 'default' })).reason).toBe(
      'tenant_not_granted',
    );
  });
});
