import { join } from 'node:path';
import { DEFAULT_MLFLOW_VERSION } from '../../../dev/mlflow-env.ts';
import { runClient } from '../../clients/python.ts';
import type { ClientReport } from '../../clients/report.ts';
import type { Stack } from '../../harness/stack.ts';

/** Ids of the resources that e2e/clients/scripts/pages.py creates for a tenant. */
export interface TenantData {
  readonly experiment: string;
  readonly chat: string;
  readonly runs: { readonly baseline: string; readonly tuned: string };
  readonly traces: readonly string[];
  readonly versions: readonly string[];
  readonly dataset: string;
}

/** A tenant with data for every page. Every name and text in the data contains the tenant's name. */
export interface Tenant {
  /** `team-quokka`. */
  readonly id: string;
  /** `quokka`. */
  readonly name: string;
  /** Matches any text that reveals the tenant's data: its name, and the ids of its resources. */
  readonly marker: RegExp;
  readonly data: TenantData;
}

/** Names that appear in no text of MLflow. */
export const NAMES = ['quokka', 'kestrel'] as const;

/** MLflow records who runs a script, and at which commit; without these, screenshots would show the developer's machine. */
const FIXED_ENVIRONMENT = {
  LOGNAME: 'ada',
  GIT_PYTHON_GIT_EXECUTABLE: 'none',
  GIT_PYTHON_REFRESH: 'quiet',
};

/** The id of a tenant, which is also the name of its workspace. */
export const tenantId = (name: string): string => `team-${name}`;

/**
 * Creates the data of both tenants with MLflow's own Python client, as contributors, through the gateway.
 *
 * @throws {Error} when any step of it fails
 */
export async function createTenants(stack: Stack): Promise<readonly [Tenant, Tenant]> {
  const [first, second] = await Promise.all(NAMES.map((name) => createTenant(stack, name)));
  return [first!, second!];
}

async function createTenant(stack: Stack, name: string): Promise<Tenant> {
  const id = tenantId(name);
  const env = { ...(await stack.clientEnv(id, 'contributor')), ...FIXED_ENVIRONMENT };
  const dir = join(stack.dir, name);
  const report = await runClient<ClientReport & { ids: TenantData }>('pages.py', [name], {
    env,
    dir,
    version: DEFAULT_MLFLOW_VERSION,
  });
  const failures = JSON.stringify(report.failures, null, 2);
  if (failures !== '{}') throw new Error(`the data of ${id} could not be created: ${failures}`);
  const { runs, traces, dataset } = report.ids;
  const ids = [runs.baseline, runs.tuned, ...traces, dataset];
  return { id, name, marker: new RegExp([name, ...ids].join('|'), 'i'), data: report.ids };
}
