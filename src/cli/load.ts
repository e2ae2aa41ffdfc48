import { PERMISSIONS, SERVER_FEATURES } from '../catalog/generated/catalog.ts';
import type { Config } from '../config/config.ts';
import { type ConfigFiles, readConfigFiles } from '../config/files.ts';
import { formatErrors } from '../config/format-errors.ts';
import { parseIdentityFile } from '../config/identity-file/identity-file.ts';
import { loadConfig, withIdentity } from '../config/load.ts';
import { readVariable } from '../config/read-values.ts';
import { VARIABLES } from '../config/schema.ts';
import { parseDenyList } from '../identity/deny-list/deny-list-file.ts';
import { createRoles, type Roles, type RolesOptions } from '../rbac/roles.ts';
import { RolesError } from '../rbac/roles-error.ts';

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
  const aliases = aliasesOf(env);
  // Without a roles file, these are the roles; with a wrong one, the identity file is not checked against any.
  let roles = rolesOf(aliases);
  const { files, errors, warnings } = readConfigFiles(env, {
    policy: (policyFile) => {
      roles = undefined;
      roles = createRoles({ policyFile, knownPermissions: PERMISSIONS, ...aliases });
    },
    identity: (text, path, readTable) => parseIdentityFile(text, { path, roles, readTable }),
    denyList: parseDenyList,
  });
  const all = [...('errors' in loaded ? loaded.errors : []), ...errors];
  if (all.length > 0 || 'errors' in loaded) throw new CliError(formatErrors(all));
  const config = withIdentity(loaded.config, files.identity);
  return { config: { ...config, warnings: [...config.warnings, ...warnings] }, files };
}

type Aliases = Pick<
  RolesOptions,
  'viewerAliases' | 'contributorAliases' | 'adminAliases' | 'platformAdminAliases'
>;

/** The aliases of roles, also if other variables have errors. */
function aliasesOf(env: NodeJS.ProcessEnv): Aliases {
  const { viewerAliases, contributorAliases, adminAliases, platformAdminAliases } = VARIABLES.rbac;
  const read = Object.entries({ viewerAliases, contributorAliases, adminAliases, platformAdminAliases }).map(
    ([key, variable]) => [key, (readVariable(env, variable) as { value?: readonly string[] }).value ?? []],
  );
  return Object.fromEntries(read) as Aliases;
}

function rolesOf(aliases: Aliases): Roles | undefined {
  try {
    return createRoles(aliases);
  } catch (error) {
    // A value with two meanings is among the errors of the variables.
    if (error instanceof RolesError) return undefined;
    throw error;
  }
}
