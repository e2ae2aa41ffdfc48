import { KINDS } from '../catalog/generated/catalog.ts';
import { lookupTurns } from '../concurrency/turns.ts';
import type { Kinds } from '../tenancy/kinds.ts';
import type { Holding, Reference } from '../tenancy/tags/holding.ts';
import { Holdings } from '../tenancy/tags/holdings.ts';
import type { TenantTag } from '../tenancy/tags/tenant-tag.ts';
import type { Upstream } from '../upstream/types.ts';
import type { ArtifactLocations } from './artifact-locations.ts';
import type { Inventory } from './inventory.ts';
import type { ListedResource } from './listed-resource.ts';
import type { Name } from './report.ts';
import type { Selection, Wanted } from './selection.ts';

export interface AdoptionOptions {
  readonly upstream: Upstream;
  readonly kinds: Kinds;
  readonly tag: TenantTag;
  /** To whom resources are given. */
  readonly tenant: string;
  /** GW_SHARED_EXPERIMENTS. */
  readonly shared: ReadonlySet<string>;
  /** GW_TENANT_ARTIFACT_ROOT. */
  readonly artifactRoot: string | undefined;
  /** Told after every page how far it is. */
  readonly progress: (text: string) => void;
}

/** What all parts of an adoption know. */
export interface Context extends AdoptionOptions {
  readonly wanted: Wanted;
  readonly selection: Selection;
  readonly inventory: Inventory;
  readonly locations: ArtifactLocations;
  /** What the plan found must be left alone, as `keyOf` writes it. */
  readonly blocked: Set<string>;
  /** What is, or will be, the tenant's. */
  readonly planned: Set<string>;
}

/** The kinds that are listed in an experiment: runs, logged models, traces. */
export const KINDS_IN_EXPERIMENTS = KINDS.filter(({ inventory }) => inventory?.within !== undefined).map(
  ({ kind }) => kind,
);

/** The kinds that are listed by themselves, beside experiments and registered models: datasets, MCP servers. */
export const STANDALONE_KINDS = KINDS.filter(
  ({ kind, inventory }) =>
    inventory !== undefined &&
    inventory.within === undefined &&
    inventory.of === undefined &&
    kind !== 'experiment' &&
    kind !== 'registered-model',
).map(({ kind }) => kind);

const TOP_LEVEL = new Set(['experiment', 'registered-model', ...STANDALONE_KINDS]);

/** Whether a thing stands by itself, and is not one of many in something else. */
export function isTopLevel({ kind }: Reference): boolean {
  return TOP_LEVEL.has(kind);
}

export function keyOf({ kind, id }: Reference): string {
  return `${kind}\n${id}`;
}

export function isOwnedBy(tenant: string, { owner }: ListedResource): boolean {
  return owner.says === 'tenant' && owner.tenant === tenant;
}

/** What a finding calls a resource. */
export function nameOf({ kind, id, title }: ListedResource, within?: ListedResource): Name {
  return {
    kind,
    id,
    ...(title === undefined || title === '' || title === id ? {} : { title }),
    ...(within === undefined ? {} : { in: within.id }),
  };
}

/** Asks MLflow now for one resource; nothing is remembered. @throws DenialError */
export function askUncached(
  { upstream, kinds, tag }: Context,
  reference: Reference,
): Promise<Holding | undefined> {
  return new Holdings(upstream, kinds, tag, lookupTurns()).ask(reference);
}
