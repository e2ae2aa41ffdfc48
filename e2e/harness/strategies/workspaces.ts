import { randomUUID } from 'node:crypto';
import { ADMIN_TAGS, RESERVED_TAGS } from '../../../src/catalog/generated/catalog.ts';
import type { Draft } from '../requests/draft.ts';
import { read, type StrategyUnderTest, seedJobOf } from './strategy-under-test.ts';

/** Tenancy by MLflow's workspaces. */
export const WORKSPACES: StrategyUnderTest = {
  name: 'workspaces',
  stack: { workspaces: true },
  rule: (operation) => operation.workspaces.rule,
  maker: (operation) => (operation.workspaces.rule === 'platform-admin' ? 'platform-admin' : 'admin'),
  directHeaders: (tenant) => ({ 'x-mlflow-workspace': tenant }),
  tenantWide: (tenant) => [
    ...listsOfAWorkspace(),
    // Not the list of workspaces, which is server-owned: tests of creation add to it.
    read('getWorkspace', { path: { workspace_name: tenant } }),
  ],
  artifactRoot: (tenant) => `workspaces/${tenant}`,
  refusedHeaders: (here, there) => [
    { headers: { 'X-MLFLOW-WORKSPACE': there }, status: 403, reason: 'tenant_not_granted' },
    { headers: { 'X-MLFLOW-WORKSPACE': 'default' }, status: 403, reason: 'tenant_not_granted' },
    { headers: { 'X-MLFLOW-WORKSPACE': [here, there] }, status: 400, reason: 'duplicate_header' },
    { headers: { X_MLFLOW_WORKSPACE: there }, status: 400, reason: 'malformed_header' },
  ],
  reservedTags: (kind) => [
    ...(RESERVED_TAGS[kind] ?? []),
    ...(RESERVED_TAGS['*'] ?? []),
    ...(ADMIN_TAGS[kind] ?? []),
  ],
  seed: async (stack, tenant, kind, experiment) => {
    if (kind === 'job') return seedJobOf(stack, tenant, tenant, experiment!);
    if (kind === 'workspace') {
      const name = `spare-${randomUUID().slice(0, 8)}`;
      const made = await stack.direct()('/api/3.0/mlflow/workspaces', { json: { name } });
      if (!made.ok) throw new Error(`MLflow did not create workspace ${name}: ${await made.text()}`);
      return name;
    }
    throw new Error(`cannot seed a ${kind}`);
  },
  ownAnswers: {},
  // Server-wide keys of MLflow's database.
  namesAreSeparate: (kind) => !['workspace', 'trace', 'assessment', 'issue'].includes(kind),
  choices: new Set(),
};

const ALL = { max_results: '1000' };

function listsOfAWorkspace(): Draft[] {
  return [
    read('searchExperiments', { body: { max_results: 1000, view_type: 'ALL' } }),
    read('searchRegisteredModels', { query: ALL }),
    read('searchRegisteredModels', {
      query: { ...ALL, filter: "tags.`mlflow.prompt.is_prompt` = 'true'" },
    }),
    read('searchModelVersions', { query: ALL }),
    read('searchMcpServers', { query: { max_results: '100' } }),
    read('searchMcpAccessEndpoints', { query: { max_results: '100' } }),
    read('searchSkills', { query: { max_results: '100' } }),
    read('listGatewaySecretInfos'),
    read('listGatewayModelDefinitions'),
    read('listGatewayEndpoints'),
    read('listGatewayGuardrails'),
    read('listBudgetPolicies'),
    read('listEndpointBindings'),
    read('listWebhooks'),
    read('searchJobs', { body: {} }),
    read('searchEvaluationDatasets', { body: { max_results: 1000 } }),
    read('proxyListArtifacts'),
  ];
}
