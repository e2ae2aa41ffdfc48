import { describe, expect, it } from 'vitest';
import { VERBS } from './permissions.ts';
import { createRoles, type RolesOptions } from './roles.ts';
import { RolesError } from './roles-error.ts';

const KNOWN = VERBS.flatMap((verb) => [`runs:${verb}`, `webhooks:${verb}`]);

function problems(options: RolesOptions): readonly string[] {
  try {
    createRoles(options);
  } catch (error) {
    if (error instanceof RolesError) return error.problems;
    throw error;
  }
  return [];
}

describe.each([
  ['with the catalog', KNOWN],
  ['without', undefined],
])('built-in roles %s', (_name, known) => {
  const roles = createRoles(known === undefined ? {} : { knownPermissions: known });

  it.each([
    ['viewer', ['read']],
    ['contributor', ['read', 'write', 'promote', 'invoke']],
    ['admin', ['read', 'write', 'promote', 'invoke', 'delete', 'manage']],
  ])('%s has %j', (role, verbs) => {
    expect(VERBS.filter((verb) => roles.permitted([role], `runs:${verb}`))).toEqual(verbs);
  });

  it.each([
    ['read', 'viewer'],
    ['write', 'contributor'],
    ['promote', 'contributor'],
    ['invoke', 'contributor'],
    ['delete', 'admin'],
    ['manage', 'admin'],
  ])('%s needs %s', (verb, role) => {
    expect(roles.weakestFor(`webhooks:${verb}`)).toBe(role);
  });

  it('no role, unknown roles and platform-admin have no permission', () => {
    for (const held of [[], ['nobody'], ['platform-admin'], ['constructor'], ['__proto__']]) {
      expect(roles.permitted(held, 'runs:read')).toBe(false);
    }
  });
});

describe('recognise', () => {
  const roles = createRoles({
    viewerAliases: ['ml-readers', 'Guests Of ML'],
    contributorAliases: ['ml-writers', 'ml-writers'],
    adminAliases: ['ml-admins'],
    platformAdminAliases: ['mlops-root'],
  });

  it('recognises aliases and role names, strongest first, each once', () => {
    expect(roles.recognise(['ml-readers', 'viewer', 'unrelated', 'ml-admins', 'contributor'])).toEqual({
      roles: ['admin', 'contributor', 'viewer'],
    });
    expect(roles.recognise(['Guests Of ML']).roles).toEqual(['viewer']);
  });

  it.each(['Admin', 'ADMIN', ' admin', 'admin ', 'admins', 'ml-admin', '__proto__', 'constructor', ''])(
    'does not recognise %j as a role',
    (value) => {
      expect(roles.recognise([value])).toEqual({ roles: [] });
    },
  );

  it('has no role for platform-admin, neither for the word nor for its values', () => {
    expect(roles.recognise(['platform-admin'])).toEqual({ roles: [] });
    expect(roles.recognise(['viewer', 'mlops-root'])).toEqual({ roles: ['viewer'] });
    const named = createRoles({ platformAdminAliases: ['platform-admin'] });
    expect(named.recognise(['platform-admin'])).toEqual({ roles: [] });
  });
});

describe('roles of a roles file', () => {
  const roles = createRoles({
    knownPermissions: KNOWN,
    policyFile: JSON.stringify({
      roles: {
        'lead-steward': { extends: 'data-steward', permissions: ['webhooks:*'] },
        'data-steward': { extends: 'viewer', permissions: ['runs:delete'], aliases: ['ml-stewards'] },
        robot: { permissions: ['runs:write'] },
      },
    }),
  });

  it('inherit', () => {
    const held = (role: string): string[] =>
      KNOWN.filter((permission) => roles.permitted([role], permission));
    expect(held('robot')).toEqual(['runs:write']);
    expect(held('data-steward')).toEqual(['runs:read', 'webhooks:read', 'runs:delete']);
    expect(held('lead-steward').toSorted()).toEqual(
      ['runs:read', 'runs:delete', ...VERBS.map((verb) => `webhooks:${verb}`)].toSorted(),
    );
  });

  it('are recognised, and sorted by strength', () => {
    expect(roles.names).toEqual(['admin', 'contributor', 'lead-steward', 'data-steward', 'viewer', 'robot']);
    expect(roles.recognise(['robot', 'ml-stewards', 'viewer']).roles).toEqual([
      'data-steward',
      'viewer',
      'robot',
    ]);
  });

  it('are not suggested to callers', () => {
    expect(roles.weakestFor('runs:delete')).toBe('admin');
    expect(roles.weakestFor('runs:write')).toBe('contributor');
  });

  it('are combined with other roles', () => {
    expect(roles.permitted(['viewer', 'robot'], 'runs:write')).toBe(true);
    expect(roles.permitted(['viewer', 'robot'], 'webhooks:read')).toBe(true);
    expect(roles.permitted(['viewer', 'robot'], 'webhooks:write')).toBe(false);
  });
});

describe('strongest', () => {
  it('is the strongest known one', () => {
    const roles = createRoles();
    expect(roles.strongest(['viewer', 'contributor', 'nobody'])).toBe('contributor');
    expect(roles.strongest(['nobody'])).toBeUndefined();
  });
});

describe('configuration errors', () => {
  it('reports values that mean two roles', () => {
    expect(
      problems({
        viewerAliases: ['staff', 'admin'],
        contributorAliases: ['staff'],
        adminAliases: ['root'],
        platformAdminAliases: ['root', 'viewer'],
        policyFile: '{"roles":{"steward":{"aliases":["staff","fine"]}}}',
      }),
    ).toEqual([
      'viewer aliases: "admin" already means admin',
      'contributor aliases: "staff" already means viewer',
      'platform-admin aliases: "root" already means admin',
      'platform-admin aliases: "viewer" already means viewer',
      'roles.steward.aliases[0]: "staff" already means viewer',
    ]);
  });

  it('refuses an alias equal to the name of a role of the roles file', () => {
    expect(problems({ viewerAliases: ['steward'], policyFile: '{"roles":{"steward":{}}}' })).toEqual([
      'viewer aliases: "steward" already means steward',
    ]);
  });

  it('refuses blank aliases, and platform-admin as an alias of another role', () => {
    expect(problems({ viewerAliases: ['', ' x'], adminAliases: ['platform-admin'] })).toEqual([
      'viewer aliases: "" is blank, or starts or ends with a blank',
      'viewer aliases: " x" is blank, or starts or ends with a blank',
      'admin aliases: "platform-admin" must not be an alias of a lesser role',
    ]);
  });

  it('reports errors of the roles file and of the aliases together', () => {
    expect(problems({ viewerAliases: ['admin'], policyFile: '{' })).toEqual([
      'roles file: it is not valid JSON (RFC 8259).',
      'viewer aliases: "admin" already means admin',
    ]);
  });

  it('refuses a catalog with a permission of an unknown verb', () => {
    expect(problems({ knownPermissions: ['runs:read', 'runs:explode'] })).toEqual([
      'catalog: "runs:explode" is not a permission',
    ]);
  });
});
