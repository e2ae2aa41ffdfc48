import { PERMISSIONS } from '../catalog/generated/catalog.ts';
import type { Config } from '../config/config.ts';
import type { ConfigFiles } from '../config/files.ts';
import { describeFile, type FileStatus } from '../files/file-status.ts';
import { type FileLog, RereadFile } from '../files/reread-file.ts';
import type { DenyList } from '../identity/deny-list/deny-list.ts';
import { parseDenyList } from '../identity/deny-list/deny-list-file.ts';
import { LIMITS } from '../limits.ts';
import { createRoles, type Roles } from '../rbac/roles.ts';

/** The files of the configuration that are read again while the gateway runs. */
export interface RereadFiles {
  /** The roles as of now. */
  readonly roles: () => Roles;
  /** Increases when the roles change. */
  readonly rolesGeneration: () => number;
  /** The deny list as of now; `undefined` without one. */
  readonly denyList: () => DenyList | undefined;
  readonly statuses: () => readonly FileStatus[];
  /** A sentence for each file that cannot be used. */
  readonly details: () => readonly string[];
  readonly start: () => void;
  readonly close: () => void;
}

/**
 * Makes the roles and the deny list from the contents that were read at start. From `start` on they follow their files.
 *
 * @throws RolesError, DenyListError; `loadAll` has checked the same contents
 */
export function makeRereadFiles(config: Config, files: ConfigFiles, log: FileLog): RereadFiles {
  let rolesGeneration = 0;
  const policy = makePolicy(config, files, log, () => rolesGeneration++);
  const roles = policy === undefined ? makeRoles(config) : undefined;
  const denyList = makeDenyList(config, files, log);
  const all = [policy, denyList].filter((file) => file !== undefined);
  const statuses = (): readonly FileStatus[] => all.map((file) => file.status());
  return {
    roles: () => policy?.value ?? roles!,
    rolesGeneration: () => rolesGeneration,
    denyList: () => denyList?.value,
    statuses,
    details: () => statuses().flatMap((status) => describeFile(status) ?? []),
    start: () => {
      for (const file of all) file.start();
    },
    close: () => {
      for (const file of all) file.close();
    },
  };
}

function makePolicy(
  config: Config,
  { policy: text }: ConfigFiles,
  log: FileLog,
  onChange: () => void,
): RereadFile<Roles> | undefined {
  const path = config.rbac.policyFile;
  if (path === undefined || text === undefined) return undefined;
  return new RereadFile({
    variable: 'GW_RBAC_POLICY_FILE',
    label: 'policy',
    path,
    text,
    maxBytes: LIMITS.configurationFile.value,
    parse: (contents) => makeRoles(config, contents),
    onChange,
    log,
  });
}

function makeDenyList(
  { auth }: Config,
  { denyList: text }: ConfigFiles,
  log: FileLog,
): RereadFile<DenyList> | undefined {
  if (auth.mode === 'off' || auth.denyListFile === undefined || text === undefined) return undefined;
  return new RereadFile({
    variable: 'GW_DENY_LIST_FILE',
    label: 'deny_list',
    path: auth.denyListFile,
    text,
    maxBytes: LIMITS.denyListFile.value,
    parse: parseDenyList,
    log,
  });
}

function makeRoles({ rbac }: Config, policyFile?: string): Roles {
  return createRoles({
    viewerAliases: rbac.viewerAliases,
    contributorAliases: rbac.contributorAliases,
    adminAliases: rbac.adminAliases,
    platformAdminAliases: rbac.platformAdminAliases,
    knownPermissions: PERMISSIONS,
    ...(policyFile === undefined ? {} : { policyFile }),
  });
}
