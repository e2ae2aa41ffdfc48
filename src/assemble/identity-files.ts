import { PERMISSIONS } from '../catalog/generated/catalog.ts';
import type { Config } from '../config/config.ts';
import type { ConfigFiles } from '../config/files.ts';
import { type IdentityFile, parseIdentityFile } from '../config/identity-file/identity-file.ts';
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

/**
 * The identity file with the table files that it names; `undefined` without one.
 *
 * @param roles the roles as of now: the file is checked against them
 */
export function makeIdentityFile(
  { auth }: Config,
  { identity }: ConfigFiles,
  log: FileLog,
  roles: () => Roles,
  onChange: (file: IdentityFile) => void,
): RereadFile<IdentityFile> | undefined {
  if (auth.mode === 'off' || auth.identityFile === undefined || identity === undefined) return undefined;
  const path = auth.identityFile;
  return new RereadFile({
    variable: 'GW_IDENTITY_FILE',
    label: 'identity',
    path,
    text: identity.text,
    // Reading it takes seconds if it has thousands of groups.
    first: { value: identity, others: identity.tables },
    // The parser has the limit of each of both.
    maxBytes: Math.max(LIMITS.identityFile.value, LIMITS.identityTableFile.value),
    parse: (contents, readTable) => parseIdentityFile(contents, { path, roles: roles(), readTable }),
    onChange,
    log,
  });
}

/** The deny list; `undefined` without one. */
export function makeDenyListFile(
  { auth }: Config,
  { denyList: text }: ConfigFiles,
  log: FileLog,
  onChange: (list: DenyList) => void,
): RereadFile<DenyList> | undefined {
  if (auth.mode === 'off' || auth.denyListFile === undefined || text === undefined) return undefined;
  return new RereadFile({
    variable: 'GW_DENY_LIST_FILE',
    label: 'deny_list',
    path: auth.denyListFile,
    text,
    maxBytes: LIMITS.denyListFile.value,
    parse: parseDenyList,
    onChange,
    log,
  });
}
