import { textAt, valueAt } from '../../catalog/json-path.ts';
import type { ResourceFacts, ResourceKind } from '../../catalog/types.ts';
import { DenialError } from '../../denial.ts';
import type { ResourceKey } from '../reference.ts';
import type { TenantTag } from './tenant-tag.ts';

/** MLflow's record of a resource that exists. Nothing in it can change through the gateway. */
export interface Resource {
  /** The tenant that its own tag names. */
  readonly owner: string | undefined;
  /** The resource that it belongs to. */
  readonly container: ResourceKey | undefined;
  /** For a name: the resource that has the name. */
  readonly names: ResourceKey | undefined;
  /** The place of its artifacts. */
  readonly location: string | undefined;
}

/**
 * Reads a resource from MLflow's response, at the places that the policy names.
 *
 * @throws DenialError `upstream_invalid` if the response names no container of the resource, or not the named resource
 */
export function readResource(answer: unknown, facts: ResourceFacts, tag: TenantTag): Resource {
  const { tags, container, names, location, locationTag } = facts;
  const reference = (at: ResourceFacts['container']): ResourceKey | undefined => {
    if (at === undefined) return undefined;
    const id = textAt(answer, at.id);
    if (id !== undefined && id !== '') return { kind: at.kind, id };
    if (at.optional) return undefined;
    throw new DenialError(
      'upstream_invalid',
      `MLflow's response does not name the ${at.kind} of a resource.`,
    );
  };
  return {
    owner: tags === undefined ? undefined : tag.ownerIn(valueAt(answer, tags)),
    container: reference(container),
    names: reference(names),
    location:
      tags !== undefined && locationTag !== undefined
        ? tag.valueIn(valueAt(answer, tags), locationTag)
        : location && textAt(answer, location),
  };
}

/** Whether the strategy `tags` can look up the owner of a resource of this kind. */
export function isOwnable(kind: ResourceKind | undefined): boolean {
  return kind?.lookup?.tags !== undefined || kind?.lookup?.container !== undefined;
}
