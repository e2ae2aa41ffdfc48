import { printable } from '../request/printable.ts';
import type { Kinds } from '../tenancy/kinds.ts';
import { keyOf, type ResourceKey } from '../tenancy/reference.ts';
import { isWithin, readStorageUri } from '../tenancy/storage-target.ts';
import type { Resource } from '../tenancy/tags/resource.ts';
import type { ResourceLookup } from '../tenancy/tags/settle/resource-lookup.ts';
import { type ArtifactLocations, type Assessment, plainLocation } from './artifact-locations.ts';
import type { ListedResource } from './listed-resource.ts';
import type { Inventory } from './resource-lists.ts';

export interface VersionSourceCheckOptions {
  readonly tenant: string;
  readonly inventory: Inventory;
  readonly resources: ResourceLookup;
  readonly kinds: Kinds;
  readonly locations: ArtifactLocations;
  readonly shared: ReadonlySet<string>;
  /** Keys (`kind\nid`) of resources that belong to the tenant after the adoption. */
  readonly planned: ReadonlySet<string>;
}

/**
 * Checks what the owner of a model version can read through it: the run or logged model of its origin, and the location
 * of its files, which clients could choose freely before MLflow 3.10.
 */
export class VersionSourceCheck {
  readonly #options: VersionSourceCheckOptions;

  constructor(options: VersionSourceCheckOptions) {
    this.#options = options;
  }

  /** @returns the reasons against adopting the version, the worst first */
  async check(version: ListedResource): Promise<readonly Assessment[]> {
    const { origins, source = '' } = version;
    const assessments: Assessment[] = [];
    const originResources: Resource[] = [];
    for (const origin of origins) {
      const resource = await this.#lookUp(origin);
      if (resource === undefined) continue;
      originResources.push(resource);
      assessments.push(...(await this.#checkReference('it comes from', origin)));
    }
    const parsed = readStorageUri(source);
    let location = source;
    if (parsed.target === 'resource') {
      assessments.push(...(await this.#checkReference('it is read from', parsed)));
      // MLflow resolved the URI when the version was created.
      location = (await this.#options.inventory.download(version)) ?? '';
    }
    const form = readStorageUri(location).target;
    if (
      form === 'malformed' ||
      (form === 'location' && !originResources.some((origin) => isStoredAt(location, origin.location)))
    )
      assessments.push(...(await this.#checkLocation(location)));
    return assessments.filter(({ is }) => is !== 'expected').sort((a, b) => rank(a) - rank(b));
  }

  /** @returns the owner of a resource; `undefined` if it is unowned or does not exist */
  async ownerOf(reference: ResourceKey): Promise<string | undefined> {
    const { tenant, shared, planned } = this.#options;
    if (planned.has(keyOf(reference))) return tenant;
    const resource = await this.#lookUp(reference);
    if (resource?.owner !== undefined) return resource.owner;
    const { container } = resource ?? {};
    return container === undefined || shared.has(container.id) ? undefined : this.ownerOf(container);
  }

  async #lookUp(reference: ResourceKey): Promise<Resource | undefined> {
    const { kinds, resources } = this.#options;
    // An id of another form does not exist, and could lead to another path.
    if (!kinds.fits(reference.kind, reference.id)) return undefined;
    return resources.known(reference) ?? (await resources.ask(reference));
  }

  async #checkReference(how: string, { kind, id }: ResourceKey): Promise<readonly Assessment[]> {
    if ((await this.#lookUp({ kind, id })) === undefined) return [];
    const owner = await this.ownerOf({ kind, id });
    if (owner === this.#options.tenant) return [];
    const what = `${how} ${kind} ${JSON.stringify(printable(id))}`;
    return owner === undefined
      ? [{ is: 'unusual', why: `${what}, which is unowned` }]
      : [{ is: 'foreign', why: `${what}, which belongs to ${owner}` }];
  }

  async #checkLocation(uri: string): Promise<readonly Assessment[]> {
    const { kinds, locations } = this.#options;
    // A path segment may be the id of a run or model. If its artifacts are at this location, its owner decides.
    for (const segment of new Set(plainLocation(uri).split('/'))) {
      for (const { kind, shape } of kinds.inPath()) {
        if (kind === 'experiment' || kind === 'trace' || !shape.test(segment)) continue;
        if (!isStoredAt(uri, (await this.#lookUp({ kind, id: segment }))?.location)) continue;
        return this.#checkReference('it is read from', { kind, id: segment });
      }
    }
    return [locations.assess(uri)];
  }
}

function isStoredAt(uri: string, location: string | undefined): boolean {
  if (location === undefined || readStorageUri(uri).target === 'malformed') return false;
  return isWithin(plainLocation(uri), plainLocation(location));
}

const rank = ({ is }: Assessment): number => ['foreign', 'unusual', 'expected'].indexOf(is);
