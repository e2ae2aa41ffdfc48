import { unauthorized } from '../bearer.ts';
import type { DeniedFacts, DenyList } from './deny-list.ts';

/**
 * Refuses a caller whom the deny list names, also with a cached token.
 *
 * @param list `undefined` without `GW_DENY_LIST_FILE`
 * @param now milliseconds since 1970
 * @throws DenialError `token_denied`
 * @example
 * requireNotDenied(list, principal, Date.now());
 */
export function requireNotDenied(list: DenyList | undefined, caller: DeniedFacts, now: number): void {
  if (list?.denies(caller, now))
    throw unauthorized('token_denied', 'Access with this token has been ended. Ask the administrator.');
}
