import type { Operation, TagsPlan, WorkspacesPlan } from '../catalog/types.ts';
import { DenialError } from '../denial.ts';
import type { Principal } from '../identity/principal.ts';

/**
 * The rules that mean the same under each strategy: operations across tenants need the role platform-admin, operations on the
 * server itself are off by default, and operations that a strategy does not support are refused.
 *
 * @throws DenialError `platform_admin_only`, `server_feature_disabled`, `strategy_pending`
 * @example
 * checkRule(operation.tags, operation, principal, new Set(['assistant']));
 */
export function checkRule(
  plan: WorkspacesPlan | TagsPlan,
  operation: Operation,
  principal: Principal,
  serverFeatures: ReadonlySet<string>,
): void {
  if (plan.rule === 'platform-admin' && !principal.platformAdmin) {
    throw new DenialError(
      'platform_admin_only',
      `${operation.id} acts across tenants and needs the role platform-admin.`,
    );
  }
  if (plan.rule === 'server-feature' && !serverFeatures.has(plan.feature)) {
    throw new DenialError(
      'server_feature_disabled',
      `${operation.id} acts on the server itself and is off (GW_ALLOW_SERVER_FEATURES=${plan.feature} turns it on).`,
    );
  }
  if (plan.rule === 'pending') {
    throw new DenialError(
      'strategy_pending',
      `${operation.id} is not supported by the tenancy strategy in use yet (docs/reference/catalog.md lists the supported operations).`,
    );
  }
}
