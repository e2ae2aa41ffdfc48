import { randomUUID } from 'node:crypto';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { RESERVED_TAGS } from '../../../src/catalog/generated/catalog.ts';
import type { Operation, TagsRule, WorkspacesRule } from '../../../src/catalog/types.ts';
import type { OwnAnswer } from '../../conformance/exceptions.ts';
import type { Draft } from '../requests/draft.ts';
import { isServed } from '../requests/served-operations.ts';
import type { Stack, StackOptions } from '../stack.ts';
import type { Answer } from '../wire-caller.ts';
import { draftOf, NotServed, operationOf, type Values } from '../world/family.ts';

/** A header that asks for another tenant, and how the gateway refuses it. */
export interface RefusedHeader {
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly status: number;
  readonly reason: string;
}

/**
 * What differs between tenancy strategies for the suite. Everything else is asked of every strategy alike: a foreign
 * resource is refused, told apart from a missing one by nothing, unchanged, and never shown.
 */
export interface StrategyUnderTest {
  readonly name: 'workspaces' | 'tags';
  readonly stack: Pick<StackOptions, 'workspaces' | 'mlflow' | 'env' | 'command'>;
  rule(operation: Operation): WorkspacesRule | TagsRule;
  /**
   * Who makes the suite's resources with an operation: a role of the tenant through the gateway, or `nobody` where the
   * gateway lets nobody: the request then goes straight to MLflow.
   */
  maker(operation: Operation): 'admin' | 'platform-admin' | 'nobody';
  /** Headers with which a test reads a tenant's data straight from MLflow. */
  directHeaders(tenant: string): Readonly<Record<string, string>>;
  /** Requests that together list what a tenant has outside of experiments; sent with `directHeaders`. */
  tenantWide(tenant: string): readonly Draft[];
  /** Where a tenant's artifacts begin under MLflow's artifact routes (`workspaces/team-a`), or an empty string. */
  artifactRoot(tenant: string): string;
  /** Headers of a caller of `here` that ask for `there`. */
  refusedHeaders(here: string, there: string): readonly RefusedHeader[];
  /** Keys of tags on a resource of the kind that no tenant sets. */
  reservedTags(kind: string): readonly string[];
  /** Whether an answer has the tag that names the owner. */
  showsOwner?(answer: Answer): boolean;
  /** Makes what no API can, or what a tenant's admin cannot. */
  seed(stack: Stack, tenant: string, kind: string, experiment?: string): Promise<string>;
  /** What MLflow answers to good requests under this strategy only, as `OWN_ANSWERS` of exceptions.ts. */
  readonly ownAnswers: Readonly<Record<string, OwnAnswer>>;
  /** Whether two tenants can each have a resource of the kind with the same name. */
  namesAreSeparate(kind: string): boolean;
  /**
   * Requests, by operation and place, that make something under an id of the caller's choice: another tenant's is
   * refused, and one that is free is not.
   */
  readonly choices: ReadonlySet<string>;
}

/** Tenancy by MLflow's workspaces. */
export const WORKSPACES: StrategyUnderTest = {
  name: 'workspaces',
  stack: { workspaces: true },
  rule: (operation) => operation.workspaces,
  maker: (operation) => (operation.workspaces === 'platform-admin' ? 'platform-admin' : 'admin'),
  directHeaders: (tenant) => ({ 'x-mlflow-workspace': tenant }),
  tenantWide: (tenant) => [
    ...listsOfAWorkspace(),
    // Not the list of workspaces, which is the server's: tests of creation add to it.
    read('getWorkspace', { path: { workspace_name: tenant } }),
  ],
  artifactRoot: (tenant) => `workspaces/${tenant}`,
  refusedHeaders: (here, there) => [
    { headers: { 'X-MLFLOW-WORKSPACE': there }, status: 403, reason: 'tenant_not_granted' },
    { headers: { 'X-MLFLOW-WORKSPACE': 'default' }, status: 403, reason: 'tenant_not_granted' },
    { headers: { 'X-MLFLOW-WORKSPACE': [here, there] }, status: 400, reason: 'duplicate_header' },
    { headers: { X_MLFLOW_WORKSPACE: there }, status: 400, reason: 'malformed_header' },
  ],
  reservedTags: (kind) => [...(RESERVED_TAGS[kind] ?? []), ...(RESERVED_TAGS['*'] ?? [])],
  seed: async (stack, tenant, kind, experiment) => {
    if (kind === 'job') return seedJob(stack, tenant, tenant, experiment!);
    if (kind === 'workspace') {
      const name = `spare-${randomUUID().slice(0, 8)}`;
      const made = await stack.direct()('/api/3.0/mlflow/workspaces', { json: { name } });
      if (!made.ok) throw new Error(`MLflow did not make workspace ${name}: ${await made.text()}`);
      return name;
    }
    throw new Error(`cannot seed a ${kind}`);
  },
  ownAnswers: {},
  // Server-wide keys of MLflow's database.
  namesAreSeparate: (kind) => !['workspace', 'trace', 'assessment'].includes(kind),
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

/** A request of the suite's own. */
export function read(id: string, values: Values = {}): Draft {
  return draftOf(operationOf(id), values);
}

/**
 * Writes a job as MLflow's job runner does: running one takes worker processes and a model provider, while reading,
 * cancelling and deleting it is what the catalog is about.
 */
export function seedJob(stack: Stack, tenant: string, workspace: string, experiment: string): string {
  if (!isServed(operationOf('getJob'))) throw new NotServed('getJob');
  const db = new DatabaseSync(join(dirname(stack.mlflow.log), 'mlflow.db'), { timeout: 10_000 });
  const id = randomUUID();
  const params = {
    run_id: randomUUID().replaceAll('-', ''),
    experiment_id: experiment,
    prompt_uri: `prompts:/seeded-in-${tenant}/1`,
    optimizer_type: 'metaprompt',
  };
  const row: Readonly<Record<string, string | number>> = {
    id,
    creation_time: Date.now(),
    job_name: 'optimize_prompts',
    // Before 3.8 a job was called by its function.
    function_fullname: 'optimize_prompts',
    params: JSON.stringify(params),
    status: 0,
    retry_count: 0,
    last_update_time: Date.now(),
    workspace,
  };
  const known = db
    .prepare('PRAGMA table_info(jobs)')
    .all()
    .map(({ name }) => String(name));
  const columns = Object.keys(row).filter((name) => known.includes(name));
  db.prepare(`INSERT INTO jobs (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`).run(
    ...columns.map((name) => row[name]!),
  );
  db.close();
  return id;
}
