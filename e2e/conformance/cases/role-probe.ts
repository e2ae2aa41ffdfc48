import type { Operation } from '../../../src/catalog/types.ts';
import { type Draft, put } from '../../harness/requests/draft.ts';
import { placesOf } from '../../harness/requests/places.ts';
import { absentId } from '../../harness/requests/unknown-id.ts';
import { draftOf } from '../../harness/world/family.ts';
import type { RoleName } from '../../harness/world/world.ts';

/** What each role may do, said a second time and independently of src/policy: verbs only, since that is the rule. */
const VERBS: Readonly<Record<RoleName, readonly string[]>> = {
  viewer: ['read'],
  contributor: ['read', 'write', 'promote', 'invoke'],
  admin: ['read', 'write', 'promote', 'invoke', 'delete', 'manage'],
  'platform-admin': ['read', 'write', 'promote', 'invoke', 'delete', 'manage'],
};

/** Whether a role is to hold the permission of an operation. */
export function mayCall(role: RoleName, operation: Operation): boolean {
  return VERBS[role].includes(operation.permission.split(':')[1]!);
}

/** The weakest of the roles inside a tenant that may, for the message. */
export function weakestRole(operation: Operation): RoleName {
  return (['viewer', 'contributor', 'admin'] as const).find((role) => mayCall(role, operation))!;
}

/**
 * A request that gets as far as the role and does nothing beyond it: it names what nobody has, and its body holds a
 * field that the operation does not know.
 */
export function roleProbe(operation: Operation): Draft {
  let draft = draftOf(operation);
  for (const place of placesOf(operation)) {
    if (!place.required || place.in === 'body') continue;
    const { policy } = place;
    const value =
      policy.class === 'reference' || policy.class === 'new-name' ? absentId(policy.kind) : 'absent';
    draft = put(draft, place, value);
  }
  if (operation.body === 'json' || operation.body === 'graphql')
    return { ...draft, body: { 'no such field': 1 } };
  if (operation.body === 'none') return draft;
  return {
    ...draft,
    headers: { 'content-type': operation.contentTypes?.[0] ?? 'text/plain', ...draft.headers },
    raw: Buffer.from('x'),
  };
}
