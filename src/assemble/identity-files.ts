import { PERMISSIONS } from '../catalog/generated/catalog.ts';
import type { Config } from '../config/config.ts';
import type { ConfigFiles } from '../config/files.ts';
import { type FileLog, RereadFile } from '../files/reread-file.ts';
import type { DenyList } from '../identity/deny-list/deny-list.ts';
import { parseDenyList } from '../identity/deny-list/deny-list-file.ts';
import { LIMITS } from '../limits.ts';
import { createRoles, type Roles } from '../rbac/roles.ts';

/** The roles of the configuration and of the contents of a roles file. */
export function makeRoles({ rbac }: Config, policyFile?: string): Roles {
  return createRoles({
    viewerAliases: rbac.viewerAliases,
    contributorAliases: rbac.contributorAliases,
    adminAliases: rbac.adminAliases,
    platformAdminAliases: rbac.platformAdminAliases,
    knownPermissions: PERMISSIONS,
    ...(policyFile === undefined ? {} : { policyFile }),
  });
}

/** The roles file; `undefined` without one. */
export function makePolicyFile(
  config: Config,
  { policy: text }: ConfigFiles,
  log: FileLog,
  onChange: (roles: Roles) => void,
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

/** The deny list; `undefined` without one. */
export function makeDenyListFile(
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
