import { describe, expect, it } from 'vitest';
import { DenialError } from '../denial.ts';
import { collectRoles, compileClaim, isSubject, MAX_ROLE_VALUES, parseTenantClaim } from './claims.ts';

function parsed(text: string): Record<string, unknown> {
  return JSON.parse(text) as Record<string, unknown>;
}

describe('compileClaim', () => {
  const claims = parsed(`{
    "tenant_id": "a",
    "realm_access": { "roles": ["admin"], "deep": { "er": 1 } },
    "https://acme.example/roles": ["viewer"],
    "resource.access": { "x": 1 },
    "list": [{ "name": "first" }, "second"],
    "a/b": "slash", "m~n": "tilde", "": "empty", "nothing": null
  }`);

  it.each([
    ['tenant_id', 'a'],
    ['realm_access.roles', ['admin']],
    ['realm_access.deep.er', 1],
    ['https://acme.example/roles', ['viewer']],
    ['resource.access', { x: 1 }],
    ['/realm_access/roles', ['admin']],
    ['/https:~1~1acme.example~1roles', ['viewer']],
    ['/a~1b', 'slash'],
    ['/m~0n', 'tilde'],
    ['/list/0/name', 'first'],
    ['/list/1', 'second'],
    ['/', 'empty'],
    ['nothing', null],
  ])('finds %s', (name, value) => {
    expect(compileClaim(name)(claims)).toEqual(value);
  });

  it.each([
    'absent',
    'realm_access.absent',
    'realm_access.roles.0',
    'realm_access.roles.length',
    '/realm_access/roles/length',
    '/list/-',
    '/list/00',
    '/list/2',
    'tenant_id.length',
    'tenant_id.0',
    'nothing.x',
    'resource.access.x',
    '.tenant_id',
    'constructor',
    'constructor.name',
    '/constructor/name',
    '__proto__',
    '/__proto__',
    'toString',
    'realm_access.__proto__',
    'realm_access.constructor.name',
  ])('finds nothing at %s', (name) => {
    expect(compileClaim(name)(claims)).toBeUndefined();
  });

  it('finds claims with names of the prototype’s properties', () => {
    const odd = parsed('{"__proto__": {"roles": "x"}, "constructor": {"name": "y"}}');
    expect(compileClaim('__proto__.roles')(odd)).toBe('x');
    expect(compileClaim('constructor.name')(odd)).toBe('y');
  });

  it('prefers the claim with the exact name to the path', () => {
    const both = { 'realm_access.roles': 'flat', realm_access: { roles: 'nested' } };
    expect(compileClaim('realm_access.roles')(both)).toBe('flat');
    expect(compileClaim('/realm_access/roles')(both)).toBe('nested');
  });

  it.each(['', '  ', '/a~2', '/a~'])('refuses the name %j', (name) => {
    expect(() => compileClaim(name)).toThrow();
  });
});

describe('parseTenantClaim', () => {
  it.each(['a', 'team-a', 'Team_A.1', '0', 'a'.repeat(128)])('accepts %s', (value) => {
    expect(parseTenantClaim(value, 'tenant_id')).toBe(value);
  });

  it.each([undefined, null, '', ' ', '\t\n'])('reports %j as missing', (value) => {
    expect(() => parseTenantClaim(value, 'tenant_id')).toThrow(
      expect.objectContaining({ reason: 'tenant_claim_missing', message: 'Missing tenant claim: tenant_id' }),
    );
  });

  it.each([
    [['team-a']],
    [[]],
    [7],
    [true],
    [{ name: 'team-a' }],
    [' team-a'],
    ['team-a\n'],
    ['team a'],
    ['-a'],
    ['.'],
    ['..'],
    ['a/b'],
    ['a%2fb'],
    ["a' OR"],
    ['a@b@c'],
    ['t\u0435am'],
    ['a'.repeat(129)],
  ])('refuses %j', (value) => {
    expect(() => parseTenantClaim(value, 'tenant_id')).toThrow(
      expect.objectContaining({ reason: 'tenant_claim_invalid' }),
    );
  });

  it('throws DenialErrors', () => {
    expect(() => parseTenantClaim(7, 'tenant_id')).toThrow(DenialError);
  });
});

describe('isSubject', () => {
  it.each(['alice', 'auth0|123', 'system:serviceaccount:ns:name', 'Zoë Müller', '😀', 'x'.repeat(255)])(
    'accepts %s',
    (value) => {
      expect(isSubject(value)).toBe(true);
    },
  );

  it.each([
    undefined,
    null,
    7,
    ['alice'],
    '',
    '  ',
    'x'.repeat(256),
    'a\nb',
    'a\u0000',
    'a\u007f',
    'a\u009b',
    'a\u2028b',
    'a\u202eb',
    'a\u2066b',
    'a\ud800',
  ])('refuses %j', (value) => {
    expect(isSubject(value)).toBe(false);
  });
});

describe('collectRoles', () => {
  const read = (claims: Record<string, unknown>, ...names: string[]) =>
    collectRoles(claims, names.map(compileClaim));

  it('collects each item of a list, and strings both whole and split', () => {
    expect(read({ roles: ['admin', 'ML Admins', 'CN=ml,OU=x'] }, 'roles').values).toEqual([
      'admin',
      'ML Admins',
      'CN=ml,OU=x',
    ]);
    expect(read({ roles: 'admin' }, 'roles').values).toEqual(['admin']);
    expect(read({ scope: 'openid viewer' }, 'scope').values).toEqual(['openid viewer', 'openid', 'viewer']);
    expect(read({ roles: ' a, b,c ' }, 'roles').values).toEqual(['a, b,c', 'a', 'b', 'c']);
  });

  it('collects the values of all claims', () => {
    expect(
      read({ roles: ['a'], realm_access: { roles: ['b'] } }, 'roles', 'groups', 'realm_access.roles'),
    ).toEqual({
      present: true,
      objects: false,
      values: ['a', 'b'],
    });
  });

  it('ignores other types', () => {
    expect(read({ roles: ['a', 7, null, ['admin'], { admin: true }] }, 'roles').values).toEqual(['a']);
    expect(read({ roles: { admin: true } }, 'roles')).toEqual({ present: true, objects: true, values: [] });
    expect(read({ roles: { admin: true }, groups: ['a'] }, 'roles', 'groups').values).toEqual(['a']);
    expect(read({ roles: 7 }, 'roles')).toEqual({ present: true, objects: false, values: [] });
  });

  it('distinguishes an absent claim from an empty one', () => {
    expect(read({}, 'roles', 'groups')).toEqual({ present: false, objects: false, values: [] });
    expect(read({ roles: null }, 'roles')).toEqual({ present: false, objects: false, values: [] });
    expect(read({ roles: [] }, 'roles')).toEqual({ present: true, objects: false, values: [] });
    expect(read({ roles: '' }, 'roles')).toEqual({ present: true, objects: false, values: [] });
  });

  it('limits the number and the length of values', () => {
    const many = Array.from({ length: 5000 }, (_, i) => `g${i}`);
    expect(read({ roles: many }, 'roles').values).toEqual(many.slice(0, MAX_ROLE_VALUES));
    expect(read({ roles: ['x'.repeat(513), 'x'.repeat(512)] }, 'roles').values).toEqual(['x'.repeat(512)]);
  });
});
