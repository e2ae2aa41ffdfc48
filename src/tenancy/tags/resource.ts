import type { ResourceFacts, ResourceKind } from '../../catalog/types.ts';
import { DenialError } from '../../denial.ts';
import type { TenantTag } from './tenant-tag.ts';

/** A resource by kind and id. */
export interface Reference {
  readonly kind: string;
  readonly id: string;
}

/** What the gateway knows of a resource that exists. None of it can change through the gateway. */
export interface Holding {
  /** The tenant its own tag names. */
  readonly owner: string | undefined;
  /** What it is in. */
  readonly container: Reference | undefined;
  /** What it is the name of. */
  readonly names: Reference | undefined;
  /** Where it keeps its artifacts. */
  readonly location: string | undefined;
}

/**
 * Reads a holding out of MLflow's answer, at the places the overlay names.
 *
 * @throws DenialError `upstream_invalid` when the answer does not say what the resource is in, or which it is
 */
export function readHolding(answer: unknown, facts: ResourceFacts, tag: TenantTag): Holding {
  const { tags, container, names, location, locationTag } = facts;
  const reference = (at: ResourceFacts['container']): Reference | undefined => {
    if (at === undefined) return undefined;
    const id = textAt(answer, at.id);
    if (id !== undefined && id !== '') return { kind: at.kind, id };
    if (at.optional) return undefined;
    throw new DenialError('upstream_invalid', `MLflow did not say which ${at.kind} a resource belongs to.`);
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

/** Whether the tags strategy can learn whose a resource of this kind is. */
export function isOwnable(kind: ResourceKind | undefined): boolean {
  return kind?.lookup?.tags !== undefined || kind?.lookup?.container !== undefined;
}

/** The value at a dotted path. */
export function valueAt(json: unknown, path: string): unknown {
  let at = json;
  for (const name of path.split('.')) {
    if (typeof at !== 'object' || at === null) return undefined;
    at = (at as Record<string, unknown>)[name];
  }
  return at;
}

/** The text (or number, as text) at a dotted path. */
export function textAt(json: unknown, path: string): string | undefined {
  const value = valueAt(json, path);
  return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;
}
