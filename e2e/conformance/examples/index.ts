import { OPERATIONS } from '../../../src/catalog/generated/catalog.ts';
import type { Operation } from '../../../src/catalog/types.ts';
import { type Draft, drop, has, type Position, put } from '../../harness/requests/draft.ts';
import { draftOf } from '../../harness/requests/operations.ts';
import { type Place, placesOf, referencesOf } from '../../harness/requests/places.ts';
import { isServed } from '../../harness/requests/served-operations.ts';
import type { Family } from '../../harness/world/family.ts';
import type { Example } from './example.ts';
import { AI_GATEWAY } from './gateway.ts';
import { GENAI } from './genai.ts';
import { GRAPHQL } from './graphql.ts';
import { REGISTRY } from './registry.ts';
import { SERVER } from './server.ts';
import { SKILLS } from './skills.ts';
import { TRACKING } from './tracking.ts';

const EXAMPLES: Readonly<Record<string, Example>> = {
  ...TRACKING,
  ...REGISTRY,
  ...GENAI,
  ...AI_GATEWAY,
  ...SERVER,
  ...SKILLS,
  ...GRAPHQL,
};

/** @throws Error when the operation has no example */
export function exampleOf(operation: Operation): Example {
  const example = EXAMPLES[operation.id];
  if (example === undefined) throw new Error(`examples/ has no example for ${operation.id}`);
  return example;
}

/** Operations without an example, and examples without an operation. */
export function problemsOfExamples(): readonly string[] {
  const known = new Map(OPERATIONS.map((operation) => [operation.id, operation]));
  const missing = OPERATIONS.filter(({ id }) => EXAMPLES[id] === undefined).map(
    ({ id }) => `${id} has no example`,
  );
  const stale = Object.entries(EXAMPLES).flatMap(([id, example]) => {
    const operation = known.get(id);
    if (operation === undefined) return [`${id} is not in the catalog`];
    const names = new Set(referencesOf(operation).map((place) => place.name));
    return (example.also ?? [])
      .filter((place) => !names.has(place))
      .map((place) => `${id}: ${place} is no reference`);
  });
  return [...missing, ...stale];
}

/** The kind of resource that a family provides for a place. */
export function kindAt(operation: Operation, place: Place & { readonly kind: string }): string {
  return exampleOf(operation).kinds?.[place.name] ?? place.kind;
}

/** Whether the operation changes nothing, so that it may be tried on shared resources. */
export function isHarmless(operation: Operation): boolean {
  return operation.permission.endsWith(':read') || exampleOf(operation).harmless === true;
}

const SPENDING = /^(?:delete|remove|detach|restore|rename|cancel)/;

/** References, and path parameters that name a new resource. */
function namesOf(operation: Operation): readonly (Place & { readonly kind: string })[] {
  return placesOf(operation).flatMap((place) => {
    const { policy } = place;
    const named = policy.class === 'reference' || (policy.class === 'new-name' && place.in === 'path');
    return named ? [{ ...place, kind: policy.kind }] : [];
  });
}

/** Whether a second request to the operation needs other resources than the first. */
export function spends(operation: Operation): boolean {
  return SPENDING.test(operation.id) || exampleOf(operation).spends === true;
}

/**
 * The ordinary request of an operation on a family's own resources, which are made as needed.
 *
 * @param template the mount; default: the canonical one
 */
export async function ordinaryDraft(operation: Operation, family: Family, template?: string): Promise<Draft> {
  const example = exampleOf(operation);
  if (isServed(operation)) await example.before?.(family);
  let draft = draftOf(operation, await example.values?.(family), template);
  for (const place of namesOf(operation)) {
    const wanted = place.in === 'path' || place.required || example.also?.includes(place.name) === true;
    const given = place.in === 'path' ? draft.path[place.steps[0]!.name] !== undefined : has(draft, place);
    if (wanted && !given) draft = put(draft, place, await family.id(kindAt(operation, place)));
  }
  return draft;
}

/** The ordinary request with the family's own resource at an optional place. */
export async function optionalDraft(
  operation: Operation,
  family: Family,
  place: Place & { readonly kind: string },
): Promise<Draft> {
  const variant = exampleOf(operation).variants?.[place.name];
  const ordinary = await ordinaryDraft(operation, family);
  const draft =
    variant === undefined ? ordinary : { ...ordinary, ...draftOf(operation, await variant(family)) };
  return putAlone(draft, place, await family.id(kindAt(operation, place)));
}

/** The draft with a value at a place, without what the place excludes. */
export function putAlone(draft: Draft, place: Place, value: string, position: Position = 'only'): Draft {
  const { operation } = draft;
  const excluded = exampleOf(operation).instead?.[place.name] ?? [];
  const bare = referencesOf(operation)
    .filter(({ name }) => excluded.includes(name))
    .reduce(drop, draft);
  return put(bare, place, value, position);
}
