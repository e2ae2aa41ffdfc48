import { PERMISSIONS, SERVER_FEATURES } from '../catalog/generated/catalog.ts';
import type { Config } from '../config/config.ts';
import { type ConfigFiles, readConfigFiles } from '../config/files.ts';
import { formatErrors } from '../config/format-errors.ts';
import { loadConfig } from '../config/load.ts';
import { parseDenyList } from '../identity/deny-list/deny-list-file.ts';
import { createRoles } from '../rbac/roles.ts';

/** Ends a command with a message for the person at the terminal and no stack trace. */
export class CliError extends Error {
  readonly exitCode: number;

  constructor(message: string, exitCode = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}

/**
 * Loads configuration and the files it names, or fails with every error at once.
 *
 * @throws CliError
 */
export function loadAll(env: NodeJS.ProcessEnv): { config: Config; files: ConfigFiles } {
  const loaded = loadConfig(env, { serverFeatures: SERVER_FEATURES });
  const aliases = 'config' in loaded ? loaded.config.rbac : {};
  const { files, errors } = readConfigFiles(env, {
    policy: (policyFile) => createRoles({ policyFile, knownPermissions: PERMISSIONS, ...rolesOf(aliases) }),
    denyList: parseDenyList,
  });
  const all = [...('errors' in loaded ? loaded.errors : []), ...errors];
  if (all.length > 0 || 'errors' in loaded) throw new CliError(formatErrors(all));
  return { config: loaded.config, files };
}

function rolesOf(rbac: Partial<Config['rbac']>): Partial<Parameters<typeof createRoles>[0]> {
  const { viewerAliases = [], contributorAliases = [], adminAliases = [], platformAdminAliases = [] } = rbac;
  return { viewerAliases, contributorAliases, adminAliases, platformAdminAliases };
}
