import { connectUpstream } from '../assemble.ts';
import { KINDS, TAG_ITEM } from '../catalog/generated/catalog.ts';
import type { Config } from '../config/config.ts';
import { DenialError } from '../denial.ts';
import { readServerFacts } from '../mlflow/server-facts.ts';
import { createLogger } from '../telemetry/log.ts';
import { Kinds } from '../tenancy/kinds.ts';
import { chooseStrategy } from '../tenancy/strategy-chooser.ts';
import { TenantTag } from '../tenancy/tags/tenant-tag.ts';
import type { Upstream } from '../upstream/types.ts';
import { UnusableResponse } from '../upstream/unusable-response.ts';
import { CliError, loadAll } from './load.ts';
import { makeProgress } from './progress-lines.ts';

/** Tools of the commands that read or change data in MLflow. */
export interface DataTools {
  readonly config: Config;
  readonly upstream: Upstream;
  readonly kinds: Kinds;
  readonly tag: TenantTag;
  readonly shared: ReadonlySet<string>;
  readonly progress: (text: string) => void;
}

const WORKSPACES = `This MLflow separates tenants by workspaces, so the tenant tag has no effect. MLflow's API cannot move resources of another
workspace, such as "default", to a tenant. MLflow 3.17 has a command that moves experiments and models in its database:
  mlflow db move-resources DATABASE --from default --to WORKSPACE --resource-type experiments --name NAME
See "From tags to workspaces" in docs/tenancy.md. (GW_TENANCY=tags separates tenants by tags, with or without workspaces.)`;

/**
 * Connects to MLflow as configured, checks that tenants are separated by tags, and calls `use`.
 *
 * @throws CliError for a wrong configuration, an MLflow that does not answer, or one with workspaces as tenants
 */
export async function withData<T>(env: NodeJS.ProcessEnv, use: (tools: DataTools) => Promise<T>): Promise<T> {
  const { config, files } = loadAll(env);
  const upstream = connectUpstream(config, files, createLogger({ level: 'silent' }));
  try {
    const { strategy, why } = chooseStrategy(
      config.tenancy.strategy,
      await readServerFacts(upstream, config.upstream.pathPrefix),
    );
    if (strategy === undefined) throw new CliError(why);
    if (strategy === 'workspaces') throw new CliError(WORKSPACES);
    return await use({
      config,
      upstream,
      kinds: new Kinds(KINDS),
      tag: new TenantTag(config.tenancy.tagKey, TAG_ITEM),
      shared: new Set(config.tenancy.sharedExperiments),
      progress: makeProgress(),
    });
  } catch (error) {
    if (!(error instanceof DenialError || error instanceof UnusableResponse)) throw error;
    throw new CliError(`MLflow at ${upstream.name}: ${error.message}`);
  } finally {
    upstream.close();
  }
}
