import { DenialError } from '../denial.ts';
import type { Principal } from '../identity/principal.ts';
import type { TenantNames } from './tenant-names.ts';

/**
 * How the tenant of a request was selected: the token grants no other; the workspace header names it; the browser's cookie does;
 * or the caller has just chosen it on the gateway's page.
 */
export type TenantChoice = 'only' | 'header' | 'cookie' | 'page';

interface SelectedTenant {
  readonly tenant: string;
  readonly by: TenantChoice;
}

/** The tenants that a message names; a caller may have many more. */
const NAMED_IN_MESSAGE = 10;

/**
 * Finds the tenant of a request: the one that the workspace header names, or the one that the browser's cookie remembers, or
 * the caller's only one. Header and cookie only choose among the tenants that the token grants. The header takes precedence, as a
 * request itself names it.
 *
 * @param header the caller's workspace header, if sent
 * @param remembered the granted tenant in the cookie, if any
 * @param page the address of the page that asks for the team, for a browser that opens a page; it redirects there
 * @throws DenialError `tenant_not_granted`, `tenant_ambiguous`
 * @example
 * selectTenant(principal, names, { header: 'team-a' }); // { tenant: 'team-a', by: 'header' }
 */
export function selectTenant(
  principal: Principal,
  names: TenantNames,
  {
    header,
    remembered,
    page,
  }: {
    readonly header?: string | undefined;
    readonly remembered?: string | undefined;
    readonly page?: (() => string | undefined) | undefined;
  } = {},
): SelectedTenant {
  if (header !== undefined && header !== '') {
    const tenant = names.tenantOf(header);
    // A tenant with the name of another's mapped workspace does not have that workspace, so the way back is compared.
    if (principal.grants.has(tenant) && names.workspaceOf(tenant) === header) return { tenant, by: 'header' };
    if (principal.platformAdmin && names.isUsable(header)) return { tenant, by: 'header' };
    throw new DenialError('tenant_not_granted', 'The workspace named in the request is not one of yours.');
  }
  const only = principal.grants.keys().next().value;
  if (only === undefined) throw new DenialError('tenant_claim_missing', 'The token grants no tenant.');
  if (principal.grants.size === 1) return { tenant: only, by: 'only' };
  if (remembered !== undefined && principal.grants.has(remembered))
    return { tenant: remembered, by: 'cookie' };
  throw ambiguous(principal, names, page?.());
}

/** The names are the caller's own, and those that the header takes. */
function ambiguous({ grants }: Principal, names: TenantNames, location: string | undefined): DenialError {
  const all = [...grants.keys()].flatMap((tenant) => names.workspaceOf(tenant) ?? []).toSorted();
  const some = all.slice(0, NAMED_IN_MESSAGE).join(', ');
  const more = all.length > NAMED_IN_MESSAGE ? ` and ${all.length - NAMED_IN_MESSAGE} more` : '';
  const message = `You belong to several tenants: ${some}${more}. Name one with the header X-MLFLOW-WORKSPACE (MLFLOW_WORKSPACE in MLflow's client), or in a browser choose one on the page /gateway/team.`;
  return location === undefined
    ? new DenialError('tenant_ambiguous', message)
    : new DenialError('tenant_ambiguous', message, { location }, 303);
}
