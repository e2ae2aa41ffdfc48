import { DenialError } from '../denial.ts';
import { DEFAULT_WORKSPACE } from '../http/workspace-header.ts';

/**
 * What MLflow accepts as a workspace name.
 * https://github.com/mlflow/mlflow/blob/master/mlflow/store/workspace/utils.py
 */
const WORKSPACE = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?$/;

export interface TenantNamesOptions {
  /** Tenant name -> workspace name, for tenants whose name MLflow would not take. */
  readonly map: ReadonlyMap<string, string>;
  /** Whether the workspace `default`, where requests without a header land, may be somebody's. */
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

  /** The tenant's workspace name, whether or not MLflow would take it. */
  workspaceOf(tenant: string): string | undefined {
    const mapped = this.#map.get(tenant);
    if (mapped !== undefined) return mapped;
    // A tenant must not reach another's mapped workspace by being called like it.
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
        ? 'The workspace "default" is nobody\'s tenant (GW_ALLOW_DEFAULT_WORKSPACE).'
        : `The tenant ${JSON.stringify(tenant)} cannot be an MLflow workspace: 2 to 63 of a-z, 0-9 and "-" are needed (GW_TENANT_MAP can map it).`,
    );
  }
}
