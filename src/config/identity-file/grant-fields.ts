import { problemsOf } from '../../identity/grants/compile-grants.ts';
import type { GrantRule, TableGrant } from '../../identity/grants/grant-rule.ts';
import type { RoleWords } from '../../identity/grants/problems.ts';
import { text as textType } from '../basic-types.ts';
import { claimName } from '../identity-types.ts';
import type { Problems } from './problems.ts';
import { anyOf, either, list, mapOf, mapped, object, type Shape, text, word } from './shape.ts';
import { isList } from './tree.ts';

/** The context for reading the grant rules of a file. */
export interface GrantContext {
  /** `undefined` if the roles are themselves wrong: the rules are then checked without them. */
  readonly roles: RoleWords | undefined;
  /** Reads a table file. It reports problems, and returns `undefined` for a file that cannot be used. */
  readonly table: (path: string, at: string, problems: Problems) => GroupTable | undefined;
}

/** Group -> grants. */
export type GroupTable = ReadonlyMap<string, readonly TableGrant[]>;

// Rules and tables say with their own messages what tenants, roles and patterns may be (src/identity/grants).
const anyText = text(textType('text', 512));
const claim = text(claimName());

const TENANT = { shape: anyText, required: true, description: 'The tenant.' } as const;
const ROLE = {
  shape: anyText,
  description: 'The role: the name of a role, or one of its aliases.',
  examples: ['viewer'],
} as const;

const tableGrant: Shape<TableGrant> = object({ tenant: TENANT, role: { ...ROLE, required: true } });

/** A table, in the identity file or in a file of its own. */
export const groupTable: Shape<GroupTable> = mapOf(
  anyText,
  mapped(either<readonly TableGrant[], TableGrant>(isList, list(tableGrant), tableGrant), (grants) =>
    Array.isArray(grants) ? (grants as readonly TableGrant[]) : [grants as TableGrant],
  ),
);

const tenantClaimFields = object({
  tenantClaim: {
    shape: claim,
    required: true,
    description:
      'The claim that names the tenant. A claim is written as its name, as a path with dots (`ml.tenant`), or as a JSON Pointer (`/https:~1~1example.com~1tenant`).',
    examples: ['tenant_id'],
  },
  roleClaims: {
    shape: list(claim),
    required: true,
    description: 'The claims that hold roles. The roles count in every tenant of `tenantClaim`.',
    examples: [['roles', 'groups']],
  },
  tenants: {
    shape: word('one', 'list'),
    default: 'one',
    description:
      'Whether the claim is one text (`one`) or may be a list of tenants (`list`). With `one`, a list is refused, also a list of one.',
  },
});

const GROUPS = {
  shape: claim,
  required: true,
  description: 'The claim that lists the groups.',
  examples: ['groups'],
} as const;

const groupPatternFields = object({
  groups: GROUPS,
  pattern: {
    shape: anyText,
    required: true,
    description:
      'The form of a group’s name, with `{tenant}` once and `{role}` at most once. It covers the whole name.',
    examples: ['mlflow-{tenant}-{role}', '/teams/{tenant}'],
  },
  role: { ...ROLE, description: 'The role, if the pattern has no `{role}`.' },
});

const groupTableFields = object({
  groups: GROUPS,
  table: {
    shape: groupTable,
    required: true,
    description: 'Group -> grant, or a list of grants. Groups are compared exactly.',
    examples: [{ '0b1c2d3e-0000-0000-0000-000000000001': { tenant: 'vision', role: 'viewer' } }],
  },
});

const tableFileFields = object({
  groups: GROUPS,
  tableFile: {
    shape: text(textType('path')),
    required: true,
    description:
      'A file with such a table, in YAML or JSON. A relative path begins at the folder of this file.',
    examples: ['entra-groups.json'],
  },
});

const namespaceFields = object({
  namespace: {
    required: true,
    description: 'The tenant of a Kubernetes service account, by its namespace.',
    shape: object({
      tenants: {
        shape: mapOf(anyText, anyText),
        description: 'Namespace -> tenant.',
        examples: [{ 'ml-vision': 'vision' }],
      },
      pattern: {
        shape: anyText,
        description: 'The form of a namespace that `tenants` does not name, with `{tenant}` once.',
        examples: ['ml-{tenant}'],
      },
      role: { ...ROLE, description: 'The role of every service account that `accounts` does not name.' },
      accounts: {
        shape: mapOf(anyText, anyText),
        description: '`NAMESPACE/NAME` of a service account -> role.',
        examples: [{ 'ml-vision/trainer': 'contributor' }],
      },
    }),
  },
});

const claimPatternFields = object({
  claim: {
    shape: claim,
    required: true,
    description: 'A claim with one text, such as `sub` or `project_path` of a CI job.',
    examples: ['sub'],
  },
  pattern: {
    shape: anyText,
    required: true,
    description:
      'The form of the whole text, with `{tenant}` at most once; `*` stands for one or more characters other than `/`, `:` and `@`.',
    examples: ['repo:acme/{tenant}:ref:refs/heads/main'],
  },
  tenant: { shape: anyText, description: 'The tenant, if the pattern has no `{tenant}`.' },
  role: { ...ROLE, required: true },
  where: {
    shape: mapOf(claim, anyText),
    description: 'Claims that must have these texts too.',
    examples: [{ ref_protected: 'true' }],
  },
});

/** A rule by which claims become grants. */
export function grantRule({ roles, table }: GrantContext): Shape<GrantRule> {
  const rule = anyOf<GrantRule>([
    {
      by: ['tenantClaim'],
      shape: mapped(tenantClaimFields, ({ tenantClaim, roleClaims, tenants }) => ({
        kind: 'tenant-claim' as const,
        claim: tenantClaim,
        roleClaims,
        list: tenants === 'list',
      })),
    },
    {
      by: ['groups', 'pattern'],
      shape: mapped(groupPatternFields, ({ groups, pattern, role }) => ({
        kind: 'group-pattern' as const,
        claim: groups,
        pattern,
        role,
      })),
    },
    {
      by: ['groups', 'table'],
      shape: mapped(groupTableFields, ({ groups, table: own }) => ({
        kind: 'group-table' as const,
        claim: groups,
        table: own,
      })),
    },
    {
      by: ['groups', 'tableFile'],
      shape: mapped(tableFileFields, ({ groups, tableFile }, at, problems) => {
        const read = table(tableFile, `${at}.tableFile`, problems);
        return read && { kind: 'group-table' as const, claim: groups, table: read };
      }),
    },
    {
      by: ['namespace'],
      shape: mapped(namespaceFields, ({ namespace }) => ({ kind: 'namespace' as const, ...namespace })),
    },
    {
      by: ['claim', 'pattern'],
      shape: mapped(claimPatternFields, (fields) => ({ kind: 'claim-pattern' as const, ...fields })),
    },
  ]);
  return mapped(rule, (value, at, problems) => {
    for (const problem of roles === undefined ? [] : problemsOf(value, at, roles)) problems.add('', problem);
    return value;
  });
}
