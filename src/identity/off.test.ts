import { describe, expect, it } from 'vitest';
import { createRoles } from '../rbac/roles.ts';
import { createOffIdentifier } from './off.ts';
import type { Principal } from './principal.ts';
import { denied } from './testing/identifier.ts';

const NONE = { authorization: undefined, tenant: undefined, subject: undefined };

describe('createOffIdentifier', () => {
  it('accepts the identity in the headers', () => {
    const identifier = createOffIdentifier();
    expect(identifier.ready()).toEqual({ ok: true });
    expect(
      identifier.identify({ authorization: 'Bearer not a token', tenant: 'team-a', subject: 'bob' }),
    ).toEqual({
      subject: 'bob',
      issuer: 'off',
      grants: new Map([['team-a', { tenant: 'team-a', roles: ['admin'] }]]),
      platformAdmin: false,
    });
  });

  it('makes a caller without a subject anonymous, with the configured role', () => {
    const identifier = createOffIdentifier({ role: 'viewer', roles: createRoles() });
    const principal = identifier.identify({ ...NONE, tenant: 'a' }) as Principal;
    expect(principal.subject).toBe('anonymous');
    expect(principal.grants.get('a')?.roles).toEqual(['viewer']);
  });

  it.each([undefined, '', '  '])('refuses %j as a missing tenant', async (tenant) => {
    expect((await denied(() => createOffIdentifier().identify({ ...NONE, tenant }))).reason).toBe(
      'tenant_header_missing',
    );
  });

  it.each(['a b', ' a', 'a,b', '../a', 'a'.repeat(129)])('refuses the tenant %j', async (tenant) => {
    expect((await denied(() => createOffIdentifier().identify({ ...NONE, tenant }))).reason).toBe(
      'tenant_header_invalid',
    );
  });

  it.each(['', ' ', 'x'.repeat(256), 'a\u0000b', 'a\u0085b'])('refuses the subject %j', async (subject) => {
    expect(
      (await denied(() => createOffIdentifier().identify({ ...NONE, tenant: 'a', subject }))).reason,
    ).toBe('malformed_header');
  });

  it('refuses a role that does not exist', () => {
    expect(() => createOffIdentifier({ role: 'platform-admin', roles: createRoles() })).toThrow(
      'Unknown role "platform-admin"; use one of: admin, contributor, viewer',
    );
  });
});
