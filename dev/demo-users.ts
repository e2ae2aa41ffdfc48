/** A team and the role in it. */
export interface DemoGrant {
  readonly tenant: string;
  readonly role: string;
}

/** A user of the demo provider. There are no passwords. */
export interface DemoUser {
  readonly name: string;
  readonly grants: readonly DemoGrant[];
}

const ROLES = ['viewer', 'contributor', 'admin'] as const;

/**
 * Alice is in the first team and Bob in the second, each as viewer, contributor and admin: `alice-viewer` ... `bob-admin`. Carol is in both: contributor
 * in the first, viewer in the second.
 *
 * @example
 * demoUsers().map(({ name }) => name); // [..., 'carol']
 */
export function demoUsers(first = 'team-a', second = 'team-b'): readonly DemoUser[] {
  return [
    ...ROLES.map((role) => ({ name: `alice-${role}`, grants: [{ tenant: first, role }] })),
    ...ROLES.map((role) => ({ name: `bob-${role}`, grants: [{ tenant: second, role }] })),
    {
      name: 'carol',
      grants: [
        { tenant: first, role: 'contributor' },
        { tenant: second, role: 'viewer' },
      ],
    },
  ];
}

/**
 * The claims of a user's token: `tenant_id` and `roles` for one team, names of groups (`mlflow-TEAM-ROLE`) for several. {@link DEMO_GRANTS} reads both.
 */
export function claimsOf({ name, grants }: DemoUser): Readonly<Record<string, unknown>> {
  const [only, ...more] = grants;
  return only !== undefined && more.length === 0
    ? { sub: name, tenant_id: only.tenant, roles: [only.role] }
    : { sub: name, groups: grants.map(({ tenant, role }) => `mlflow-${tenant}-${role}`) };
}

/** The grant rules of an identity file that understands the tokens of every demo user. */
export const DEMO_GRANTS = [
  { tenantClaim: 'tenant_id', roleClaims: ['roles'], tenants: 'list' },
  { groups: 'groups', pattern: 'mlflow-{tenant}-{role}' },
] as const;
