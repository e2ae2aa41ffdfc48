import { randomUUID } from 'node:crypto';
import { ADMIN_TAGS, OPERATIONS, RESERVED_TAGS } from '../../../src/catalog/generated/catalog.ts';
import type { TagsRule } from '../../../src/catalog/types.ts';
import type { Draft } from '../requests/draft.ts';
import { type OwnAnswer, read, type StrategyUnderTest, seedJobOf } from './strategy-under-test.ts';
import { WORKSPACES } from './workspaces.ts';

/** The default of GW_TENANT_TAG_KEY. */
const TENANT_TAG = 'tenant';

/** As a key in a list, as a name in a map, and as a name in a map that is JSON in a string. */
const SHOWN = new RegExp(`"${TENANT_TAG}\\\\?"`);

/** Rules under which the gateway refuses every role of a tenant, so that resources are made straight at MLflow. */
const REFUSED_TO_TENANTS: ReadonlySet<TagsRule> = new Set(['pending', 'own-workspace', 'server-feature']);

const NO_WORKSPACES: OwnAnswer = { status: 503, why: 'MLflow runs without workspaces' };

/** Tenancy by a tag, in front of an MLflow without workspaces. */
export const TAGS: StrategyUnderTest = {
  name: 'tags',
  stack: { workspaces: false, env: { GW_TENANCY: 'tags' } },
  rule: (operation) => operation.tags.rule,
  maker: ({ tags: { rule } }) =>
    rule === 'platform-admin' ? 'platform-admin' : REFUSED_TO_TENANTS.has(rule) ? 'direct' : 'admin',
  directHeaders: () => ({}),
  tenantWide: (tenant) => listsOfATenant(tenant),
  // The artifacts of all tenants are stored by experiment, without a root for each tenant.
  artifactRoot: () => '',
  refusedHeaders: WORKSPACES.refusedHeaders,
  reservedTags: (kind) => [
    ...(RESERVED_TAGS[kind] ?? []),
    ...(RESERVED_TAGS['*'] ?? []),
    ...(ADMIN_TAGS[kind] ?? []),
    TENANT_TAG,
  ],
  showsOwner: ({ ok, headers, text }) =>
    ok && String(headers['content-type']).startsWith('application/json') && SHOWN.test(text),
  ownAnswers: {
    ...Object.fromEntries(
      OPERATIONS.filter(({ group }) => group === 'workspaces').map(({ id }) => [id, NO_WORKSPACES]),
    ),
    invokeIssueDetection: {
      status: 404,
      reason: 'resource_not_found',
      why: 'secrets and endpoints of the AI gateway are the platform admin’s',
    },
  },
  seed: async (stack, tenant, kind, experiment) => {
    if (kind === 'job') return seedJobOf(stack, tenant, 'default', experiment!);
    // There are no workspaces, so the name must have no effect.
    if (kind === 'workspace') return `spare-${randomUUID().slice(0, 8)}`;
    throw new Error(`cannot seed a ${kind}`);
  },
  // A name is unique in MLflow.
  namesAreSeparate: () => false,
  choices: new Set(['exportTraces *']),
};

/** Resources with the tenant tag. (Kinds without tags are read with their experiment or resource.) */
function listsOfATenant(tenant: string): Draft[] {
  const filter = `tags.${TENANT_TAG} = '${tenant}'`;
  const query = { max_results: '1000', filter };
  return [
    read('searchExperiments', { body: { max_results: 1000, view_type: 'ALL', filter } }),
    read('searchRegisteredModels', { query }),
    read('searchRegisteredModels', {
      query: { ...query, filter: `${filter} AND tags.\`mlflow.prompt.is_prompt\` = 'true'` },
    }),
    read('searchModelVersions', { query }),
    read('searchEvaluationDatasets', { body: { max_results: 1000, filter_string: filter } }),
    read('searchMcpServers', { query: { max_results: '100', filter_string: filter } }),
    read('searchSkills', { query: { max_results: '100', filter_string: filter } }),
  ];
}
