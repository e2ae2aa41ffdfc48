import { topLevelName } from '../claims.ts';
import type { Claims } from './finding.ts';

/** Names the remedy, without anything from the token. */
export const OVERAGE_MESSAGE =
  'Entra ID left the groups out of the token, because the caller has too many. ' +
  'Set the groups claim of the app registration to Groups assigned to the application, or use app roles.';

/**
 * Whether Entra ID left the groups out of a token. A caller of more than 200 groups gets `_claim_names` with the name of the claim
 * (and `_claim_sources` with a URL of Microsoft Graph), or `hasgroups` in place of the claim.
 *
 * @see https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference#groups-overage-claim
 * @param name the claim as configured
 * @param value its value
 */
export function isOverage(claims: Claims, name: string, value: unknown): boolean {
  const names = Object.hasOwn(claims, '_claim_names') ? claims._claim_names : undefined;
  if (typeof names === 'object' && names !== null && Object.hasOwn(names, topLevelName(name))) return true;
  const hasGroups = Object.hasOwn(claims, 'hasgroups') ? claims.hasgroups : undefined;
  const none = value === undefined || value === null || (Array.isArray(value) && value.length === 0);
  return none && (hasGroups === true || hasGroups === 'true');
}
