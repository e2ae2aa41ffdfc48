import { KINDS } from '../catalog/generated/catalog.ts';
import { lookupTurns } from '../concurrency/turns.ts';
import type { Kinds } from '../tenancy/kinds.ts';
import type { ResourceKey } from '../tenancy/reference.ts';
import type { Resource } from '../tenancy/tags/resource.ts';
import { ResourceLookup } from '../tenancy/tags/settle/resource-lookup.ts';
import type { TenantTag } from '../tenancy/tags/tenant-tag.ts';
import type { Upstream } from '../upstream/types.ts';
import type { ArtifactLocations } from './artifact-locations.ts';
import type { ListedResource } from './listed-resource.ts';
import type { Name } from './report.ts';
import type { Inventory } from './resource-lists.ts';
import type { Selection, Wanted } from './selection.ts';

export interface AdoptionOptions {
  readonly upstream: Upstream;
  readonly kinds: Kinds;
  readonly tag: TenantTag;
  /** The tenant that adopts the resources. */
  readonly tenant: string;
  /** GW_SHARED_EXPERIMENTS. */
  readonly shared: ReadonlySet<string>;
  /** GW_TENANT_ARTIFACT_ROOT. */
  readonly artifactRoot: string | undefined;
  /** Called after every page with a line about the progress. */
  readonly progress: (text: string) => void;
}

/** Shared by all parts of an adoption. */
export interface Context extends AdoptionOptions {
  readonly wanted: Wanted;
  readonly selection: Selection;
  readonly inventory: Inventory;
  readonly locations: ArtifactLocations;
  /** Keys (`keyOf`) of resources that the plan leaves alone. */
  readonly blocked: Set<string>;
  /** Keys of resources that belong to the tenant, or will after the adoption. */
  readonly planned: Set<string>;
}

/** The kinds that MLflow lists by experiment: runs, logged models, traces. */
export const KINDS_IN_EXPERIMENTS = KINDS.filter(({ inventory }) => inventory?.within !== undefined).map(
  ({ kind }) => kind,
);

/** The kinds without a container, except experiments and registered models: datasets, MCP servers, skills. */
export const STANDALONE_KINDS = KINDS.filter(
  ({ kind, inventory }) =>
    inventory !== undefined &&
    inventory.within === undefined &&
    inventory.of === undefined &&
    kind !== 'experiment' &&
    kind !== 'registered-model',
).map(({ kind }) => kind);

const TOP_LEVEL = new Set(['experiment', 'registered-model', ...STANDALONE_KINDS]);

/** Whether a resource has no container. */
export function isTopLevel({ kind }: ResourceKey): boolean {
  return TOP_LEVEL.has(kind);
}

export function isOwnedBy(tenant: string, { owner }: ListedResource): boolean {
  return owner.says === 'tenant' && owner.tenant === tenant;
}

/** The name of a resource in a report. */
export function nameOf({ kind, id, title }: ListedResource, within?: ListedResource): Name {
  return {
    kind,
    id,
    ...(title === undefined || title === '' || title === id ? {} : { title }),
    ...(within === undefined ? {} : { in: within.id }),
  };
}

/** Looks up one resource without a cache. @throws DenialError if MLflow does not answer */
export function askUncached(
  { upstream, kinds, tag }: Context,
  reference: ResourceKey,
): Promise<Resource | undefined> {
  return new ResourceLookup(upstream, kinds, tag, lookupTurns()).ask(reference);
}
