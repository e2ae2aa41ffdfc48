import type { Operation } from '../../../src/catalog/types.ts';
import { type Draft, put } from '../../harness/requests/draft.ts';
import { draftOf } from '../../harness/requests/operations.ts';
import { placesOf } from '../../harness/requests/places.ts';
import { unknownId } from '../../harness/requests/unknown-id.ts';
import type { RoleName } from '../../harness/world/world.ts';

/** The verbs of each role, independently of src/rbac. */
const VERBS: Readonly<Record<RoleName, readonly string[]>> = {
  viewer: ['read'],
  contributor: ['read', 'write', 'promote', 'invoke'],
  admin: ['read', 'write', 'promote', 'invoke', 'delete', 'manage'],
  'platform-admin': ['read', 'write', 'promote', 'invoke', 'delete', 'manage'],
};

/** Whether a role must have the permission of an operation. */
export function mayCall(role: RoleName, operation: Operation): boolean {
  return VERBS[role].includes(operation.permission.split(':')[1]!);
}

/** The weakest role of a tenant with the permission, for the expected message. */
export function weakestRole(operation: Operation): RoleName {
  return (['viewer', 'contributor', 'admin'] as const).find((role) => mayCall(role, operation))!;
}

/**
 * A request that reaches the check of the role and has no effect after it: it names an unknown resource, and its body has a
 * field that the operation does not have.
 */
export function roleProbe(operation: Operation): Draft {
  let draft = draftOf(operation);
  for (const place of placesOf(operation)) {
    if (!place.required || place.in === 'body') continue;
    const { policy } = place;
    const value =
      policy.class === 'reference' || policy.class === 'new-name' ? unknownId(policy.kind) : 'absent';
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
