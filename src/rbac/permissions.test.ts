import { describe, expect, it } from 'vitest';
import { isPermission, isPermissionPattern, matchesPermission, PermissionSet, VERBS } from './permissions.ts';

describe('isPermission', () => {
  it.each(['runs:read', 'registered-models:write', 'webhooks:manage', 'a:invoke'])('accepts %s', (text) => {
    expect(isPermission(text)).toBe(true);
  });

  it.each([
    '',
    'runs',
    'runs:',
    ':read',
    'runs:raed',
    'Runs:read',
    'runs:read:x',
    '*:read',
    'runs:*',
    '*',
    '-a:read',
    ' runs:read',
  ])('refuses %j', (text) => {
    expect(isPermission(text)).toBe(false);
  });
});

describe('isPermissionPattern', () => {
  it.each(['*', '*:*', '*:read', 'runs:*', 'runs:read'])('accepts %s', (text) => {
    expect(isPermissionPattern(text)).toBe(true);
  });

  it.each(['', '**', 'run*:read', 'runs:re*', '*:raed', 'runs:read:*', 'runs'])('refuses %j', (text) => {
    expect(isPermissionPattern(text)).toBe(false);
  });
});

const resources = ['runs', 'experiments', 'registered-models'];
const permissions = resources.flatMap((resource) => VERBS.map((verb) => `${resource}:${verb}`));
const patterns = [
  '*',
  '*:*',
  ...VERBS.map((verb) => `*:${verb}`),
  ...resources.map((r) => `${r}:*`),
  ...permissions,
];

describe('PermissionSet', () => {
  it('agrees with matchesPermission for every pattern and permission, with and without the catalog', () => {
    let covered = 0;
    for (const pattern of patterns) {
      for (const permission of permissions) {
        const expected = matchesPermission(pattern, permission);
        if (expected) covered++;
        expect(new PermissionSet([pattern]).has(permission), `${pattern} on ${permission}`).toBe(expected);
        expect(new PermissionSet([pattern], permissions).has(permission)).toBe(expected);
      }
    }
    // Two patterns cover everything, each verb pattern 3, each resource pattern 6, each permission itself.
    expect(covered).toBe(2 * 18 + 6 * 3 + 3 * 6 + 18);
  });

  it('is the union of its patterns', () => {
    const set = new PermissionSet(['*:read', 'runs:delete', 'experiments:*']);
    expect(permissions.filter((permission) => set.has(permission))).toEqual([
      'runs:read',
      'runs:delete',
      ...VERBS.map((verb) => `experiments:${verb}`),
      'registered-models:read',
    ]);
  });

  it('has no permission if it is empty, and no malformed one even with a star', () => {
    expect(new PermissionSet([]).has('runs:read')).toBe(false);
    expect(new PermissionSet(['*']).has('runs')).toBe(false);
    expect(new PermissionSet(['*', 'runs:*']).has('runs:read:x')).toBe(false);
  });

  it('lists the verbs that it has on every resource', () => {
    expect(new PermissionSet(['*:read', 'runs:delete']).verbs).toEqual(['read']);
    expect(new PermissionSet(['*']).verbs).toEqual([...VERBS]);
  });
});
