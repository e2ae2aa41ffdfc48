import type { Limit } from './limit.ts';

/** How a token's claims become grants: its groups, and the tenants that they give. */
export const GRANT_LIMITS = {
  // A token of 16 KiB cannot hold more than about 3,000 groups; Entra ID sends 200 at the most, and then none.
  groupsPerToken: {
    value: 2_000,
    unit: 'items',
    what: 'groups of a token, of all group claims together',
    beyond: '401 `too_many_groups`: a list cut short would depend on its order',
  },
  groupLength: {
    value: 512,
    unit: 'characters',
    what: 'name of a group, or value of a claim that a pattern reads',
    beyond: 'the value is ignored',
  },
  grantsPerPrincipal: {
    value: 200,
    unit: 'items',
    what: 'tenants that one token grants',
    beyond: '401 `too_many_groups`',
  },
  groupTableEntries: {
    value: 50_000,
    unit: 'items',
    what: 'entries of a table of groups, or of namespaces',
    beyond: 'the gateway does not start',
  },
} as const satisfies Record<string, Limit>;
