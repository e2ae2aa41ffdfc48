import { DenialError } from '../denial.ts';
import { DEFAULT_WORKSPACE } from '../http/workspace-header.ts';

/**
 * The names that MLflow accepts for a workspace.
 * https://github.com/mlflow/mlflow/blob/master/mlflow/store/workspace/utils.py
 */
const WORKSPACE = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?$/;

export interface TenantNamesOptions {
  /** Tenant name to workspace name, for tenants with a name that MLflow does not accept. */
  readonly map: ReadonlyMap<string, string>;
  /** Whether a tenant may have the workspace `default`, which MLflow uses for requests without a header. */
  readonly allowDefault: boolean;
}

/** The two-way table between tenant names (from tokens) and workspace names (in MLflow). */
export class TenantNames {
  readonly #map: ReadonlyMap<string, string>;
  readonly #back: ReadonlyMap<string, string>;
  readonly #allowDefault: boolean;

  constructor(options: TenantNamesOptions) {
    this.#map = options.map;
    this.#back = new Map([...options.map].map(([tenant, workspace]) => [workspace, tenant]));
    this.#allowDefault = options.allowDefault;
  }

  /** The workspace name of a tenant, whether or not MLflow accepts it. */
  workspaceOf(tenant: string): string | undefined {
    const mapped = this.#map.get(tenant);
    if (mapped !== undefined) return mapped;
    // A tenant must not get another's mapped workspace by having its name.
    return this.#back.has(tenant) ? undefined : tenant;
  }

  tenantOf(workspace: string): string {
    return this.#back.get(workspace) ?? workspace;
  }

  isUsable(workspace: string | undefined): workspace is string {
    if (workspace === undefined || workspace.length < 2 || workspace.length > 63) return false;
    return WORKSPACE.test(workspace) && (workspace !== DEFAULT_WORKSPACE || this.#allowDefault);
  }

  /** @throws DenialError `tenant_name_unusable` */
  usableWorkspaceOf(tenant: string): string {
    const workspace = this.workspaceOf(tenant);
    if (this.isUsable(workspace)) return workspace;
    throw new DenialError(
      'tenant_name_unusable',
      workspace === DEFAULT_WORKSPACE
        ? 'The workspace "default" is not available to tenants (GW_ALLOW_DEFAULT_WORKSPACE).'
        : `The tenant ${JSON.stringify(tenant)} cannot be an MLflow workspace: 2 to 63 of a-z, 0-9 and "-" are needed (GW_TENANT_MAP can map it).`,
    );
  }
}
