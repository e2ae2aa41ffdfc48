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
import { UnusableAnswer } from '../upstream/unusable-answer.ts';
import { CliError, loadAll } from './load.ts';
import { makeProgress } from './progress.ts';

/** What commands about the data in MLflow work with. */
export interface DataTools {
  readonly config: Config;
  readonly upstream: Upstream;
  readonly kinds: Kinds;
  readonly tag: TenantTag;
  readonly shared: ReadonlySet<string>;
  readonly progress: (text: string) => void;
}

const WORKSPACES = `MLflow keeps tenants apart by workspaces here, and a tag would mean nothing: what is in another workspace, "default" too,
cannot be given to a tenant through MLflow's API. MLflow 3.17 has a command for its database that moves experiments and models:
  mlflow db move-resources DATABASE --from default --to WORKSPACE --resource-type experiments --name NAME
See "From tags to workspaces" in docs/tenancy.md. (With GW_TENANCY=tags tenants are told apart by tags, workspaces or not.)`;

/**
 * Connects to MLflow as configured, sees that tenants are told apart by tags, and does something with the data.
 *
 * @throws CliError for a wrong configuration, an MLflow that cannot be asked, and one whose tenants are workspaces
 */
export async function withData<T>(env: NodeJS.ProcessEnv, use: (tools: DataTools) => Promise<T>): Promise<T> {
  const { config, files } = loadAll(env);
  const upstream = connectUpstream(config, files, createLogger({ level: 'silent' }));
  try {
    const { strategy, why } = chooseStrategy(
      config.tenancy.strategy,
      await readServerFacts(upstream, config.upstream.pathPrefix),
    );
    if (strategy === undefined) throw new CliError(why!);
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
    if (!(error instanceof DenialError || error instanceof UnusableAnswer)) throw error;
    throw new CliError(`MLflow at ${upstream.name}: ${error.message}`);
  } finally {
    upstream.close();
  }
}
