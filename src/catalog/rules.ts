/**
 * The rules of the strategy `workspaces` for an operation, before its fields are examined. The texts are for the reference pages.
 */
export const WORKSPACES_RULES = {
  pin: 'the workspace header is pinned, and MLflow keeps the tenants apart; the gateway checks the fields that MLflow does not',
  'own-workspace': 'it names a workspace, which must be one of the caller’s',
  global: 'it carries no data of any tenant',
  'platform-admin': 'it acts across tenants, so it needs the role platform-admin',
  'server-feature': 'it acts on the server itself, and is off unless `GW_ALLOW_SERVER_FEATURES` names it',
} as const;

/** The same for the strategy `tags`. */
export const TAGS_RULES = {
  references: 'the owner of each resource that it names is looked up, and must be the tenant',
  create: 'the resource that it creates gets the tenant tag',
  search: 'it finds resources of the tenant only: by a clause in its filter, or by a filtered response',
  within: 'it searches in the resources that it names; those of other tenants are left out',
  global: WORKSPACES_RULES.global,
  'platform-admin': WORKSPACES_RULES['platform-admin'],
  'server-feature': WORKSPACES_RULES['server-feature'],
  'own-workspace': WORKSPACES_RULES['own-workspace'],
  parts: 'each field of a GraphQL document is judged as its equivalent operation',
  pending: 'the strategy does not cover it, so it is refused',
} as const;

export type WorkspacesRuleName = keyof typeof WORKSPACES_RULES;
export type TagsRuleName = keyof typeof TAGS_RULES;
