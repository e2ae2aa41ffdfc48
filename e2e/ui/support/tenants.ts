import { join } from 'node:path';
import { DEFAULT_MLFLOW_VERSION } from '../../../dev/mlflow-env.ts';
import { runClient } from '../../clients/python.ts';
import type { ClientReport } from '../../clients/report.ts';
import type { Stack } from '../../harness/stack.ts';

/** What clients/pages.py made for a team. */
export interface Work {
  readonly experiment: string;
  readonly chat: string;
  readonly runs: { readonly baseline: string; readonly tuned: string };
  readonly traces: readonly string[];
  readonly versions: readonly string[];
  readonly dataset: string;
}

/** A tenant whose everything is called after it. */
export interface Team {
  /** Such as `quokka`, in every name and text of its work. */
  readonly name: string;
  readonly tenant: string;
  /** Matches whatever tells of it: its name, and ids that only it has. */
  readonly marker: RegExp;
  readonly work: Work;
}

/** Names that are in nothing of MLflow's. */
export const NAMES = ['quokka', 'kestrel'] as const;

/** MLflow notes who runs a script, and at which commit: pictures would show whose machine made them. */
const SAME_EVERYWHERE = { LOGNAME: 'ada', GIT_PYTHON_GIT_EXECUTABLE: 'none', GIT_PYTHON_REFRESH: 'quiet' };

/** The tenant of a team. */
export const tenantOf = (name: string): string => `team-${name}`;

/**
 * Has both teams do their work with MLflow's own Python client, as contributors, through the gateway.
 *
 * @throws {Error} when any step of it fails
 */
export async function makeTeams(stack: Stack): Promise<readonly [Team, Team]> {
  const [first, second] = await Promise.all(NAMES.map((name) => makeTeam(stack, name)));
  return [first!, second!];
}

async function makeTeam(stack: Stack, name: string): Promise<Team> {
  const tenant = tenantOf(name);
  const env = { ...(await stack.clientEnv(tenant, 'contributor')), ...SAME_EVERYWHERE };
  const dir = join(stack.dir, name);
  const report = await runClient<ClientReport & { ids: Work }>('pages.py', [name], {
    env,
    dir,
    version: DEFAULT_MLFLOW_VERSION,
  });
  const failures = JSON.stringify(report.failures, null, 2);
  if (failures !== '{}') throw new Error(`${name} could not do its work: ${failures}`);
  const { runs, traces, dataset } = report.ids;
  const ids = [runs.baseline, runs.tuned, ...traces, dataset];
  return { name, tenant, marker: new RegExp([name, ...ids].join('|'), 'i'), work: report.ids };
}
