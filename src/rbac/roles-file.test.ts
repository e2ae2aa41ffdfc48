import { describe, expect, it } from 'vitest';
import { RolesError } from './roles-error.ts';
import { parseRolesFile } from './roles-file.ts';

const KNOWN = new Set(['runs:read', 'runs:delete', 'experiments:write']);

function problems(policy: unknown, known?: ReadonlySet<string>): readonly string[] {
  try {
    parseRolesFile(typeof policy === 'string' ? policy : JSON.stringify(policy), known);
  } catch (error) {
    if (error instanceof RolesError) return error.problems;
    throw error;
  }
  return [];
}

describe('parseRolesFile', () => {
  it('reads roles', () => {
    const roles = parseRolesFile(
      '{"roles":{"data-steward":{"extends":"viewer","permissions":["runs:delete"],"aliases":["ml-stewards"]},"empty":{}}}',
      KNOWN,
    );
    expect(Object.fromEntries(roles)).toEqual({
      'data-steward': { extends: 'viewer', permissions: ['runs:delete'], aliases: ['ml-stewards'] },
      empty: { permissions: [], aliases: [] },
    });
  });

  it('reports all errors of form together, with paths', () => {
    const found = problems({
      roles: {
        'Bad Name': {},
        a: { permissions: ['runs:raed', 'runs:read', 'run*:read'], allow: true },
        b: { extends: 3, aliases: ['ok', ' padded'] },
      },
      version: 1,
    });
    expect(found).toEqual([
      'roles.Bad Name: a role name is lower-case letters, digits and dashes',
      'roles.a.permissions[0]: "runs:raed" is not a permission (resource:verb, resource:*, *:verb or *)',
      'roles.a.permissions[2]: "run*:read" is not a permission (resource:verb, resource:*, *:verb or *)',
      'roles.a: Unrecognized key: "allow"',
      'roles.b.extends: Invalid input: expected string, received number',
      'roles.b.aliases[1]: must not be blank, nor start or end with a blank',
      'roles file: Unrecognized key: "version"',
    ]);
  });

  it('reports all errors of meaning together', () => {
    const found = problems(
      {
        roles: {
          admin: { permissions: ['*'] },
          'platform-admin': { permissions: ['*'] },
          lost: { extends: 'nobody' },
          proto: { extends: 'constructor' },
          a: { extends: 'b' },
          b: { extends: 'c' },
          c: { extends: 'b' },
          self: { extends: 'self' },
          typo: { permissions: ['run:delete', '*:read', 'experiments:*', '*:manage'] },
        },
      },
      KNOWN,
    );
    expect(found).toEqual([
      'roles.admin: a built-in role cannot be redefined',
      'roles.platform-admin: is not a role inside a tenant; it is given by aliases only',
      'roles.lost.extends: there is no role "nobody"',
      'roles.proto.extends: there is no role "constructor"',
      'roles.typo.permissions[0]: no operation needs "run:delete"',
      'roles.typo.permissions[3]: no operation needs "*:manage"',
      'roles.b.extends: forms a cycle: b -> c -> b',
      'roles.self.extends: forms a cycle: self -> self',
    ]);
  });

  it.each([
    ['no JSON', 'roles: {}', 'roles file: it is not valid JSON (RFC 8259).'],
    [
      'a repeated role',
      '{"roles":{"a":{},"a":{}}}',
      'roles file: it holds the same key twice in one object.',
    ],
    ['a list', '[]', 'roles file: Invalid input: expected object, received array'],
    ['no roles', '{}', 'roles: Invalid input: expected record, received undefined'],
  ])('refuses %s', (_name, text, message) => {
    expect(problems(text)).toEqual([message]);
  });

  it('reports a role named __proto__', () => {
    expect(problems('{"roles":{"__proto__":{"permissions":["*"]}}}')).toEqual([
      'roles.__proto__: not a role name',
    ]);
  });

  it('checks only the form without a catalog', () => {
    expect(problems({ roles: { a: { permissions: ['anything:read'] } } })).toEqual([]);
    expect(problems({ roles: { a: { permissions: ['anything:read'] } } }, KNOWN)).toHaveLength(1);
  });

  it('puts all problems into the message of the error', () => {
    expect(() => parseRolesFile('{"roles":{"viewer":{},"x":{"extends":"y"}}}')).toThrow(
      'The roles are misconfigured:\n  - roles.viewer: a built-in role cannot be redefined\n  - roles.x.extends: there is no role "y"',
    );
  });
});
