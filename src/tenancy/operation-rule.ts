import type { Operation, TagsRule, WorkspacesRule } from '../catalog/types.ts';
import { DenialError } from '../denial.ts';
import type { Principal } from '../identity/principal.ts';

/**
 * The rules that mean the same under every strategy: what acts across tenants is the platform-admin's, what acts on
 * the server itself is off unless it was named, what a strategy does not cover is refused.
 *
 * @throws DenialError `platform_admin_only`, `server_feature_disabled`, `strategy_pending`
 * @example
 * checkRule(operation.tags, operation, principal, new Set(['assistant']));
 */
export function checkRule(
  rule: WorkspacesRule | TagsRule,
  operation: Operation,
  principal: Principal,
  serverFeatures: ReadonlySet<string>,
): void {
  if (rule === 'platform-admin' && !principal.platformAdmin) {
    throw new DenialError(
      'platform_admin_only',
      `${operation.id} acts across tenants and needs the role platform-admin.`,
    );
  }
  if (rule === 'server-feature' && !serverFeatures.has(operation.feature!)) {
    throw new DenialError(
      'server_feature_disabled',
      `${operation.id} acts on the server itself and is off (GW_ALLOW_SERVER_FEATURES=${operation.feature} turns it on).`,
    );
  }
  if (rule === 'pending') {
    throw new DenialError(
      'strategy_pending',
      `${operation.id} is not covered by the tenancy strategy in force yet, so nobody may call it (docs/reference/catalog.md lists what is).`,
    );
  }
}
