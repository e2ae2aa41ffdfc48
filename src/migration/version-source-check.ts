import { printable } from '../request/fields.ts';
import type { Kinds } from '../tenancy/kinds.ts';
import { isWithin, readStorageUri } from '../tenancy/storage-uri.ts';
import type { Holdings } from '../tenancy/tags/holdings.ts';
import type { Holding, Reference } from '../tenancy/tags/holding.ts';
import { type ArtifactLocations, type Assessment, plainLocation } from './artifact-locations.ts';
import type { Inventory } from './inventory.ts';
import type { ListedResource } from './listed-resource.ts';

export interface VersionSourceCheckOptions {
  readonly tenant: string;
  readonly inventory: Inventory;
  readonly holdings: Holdings;
  readonly kinds: Kinds;
  readonly locations: ArtifactLocations;
  readonly shared: ReadonlySet<string>;
  /** What will be the tenant's once all is done, as `kind\nid`. */
  readonly planned: ReadonlySet<string>;
}

/**
 * Says what a model version lets its owner read: the run or logged model it comes from, and the place its files are
 * at, which before MLflow 3.10 could be any.
 */
export class VersionSourceCheck {
  readonly #options: VersionSourceCheckOptions;

  constructor(options: VersionSourceCheckOptions) {
    this.#options = options;
  }

  /** What speaks against the version, the worst first; empty when nothing does. */
  async check(version: ListedResource): Promise<readonly Assessment[]> {
    const { origins, source = '' } = version;
    const assessments: Assessment[] = [];
    const originResources: Holding[] = [];
    for (const origin of origins) {
      const resource = await this.#look(origin);
      if (resource === undefined) continue;
      originResources.push(resource);
      assessments.push(...(await this.#checkReference('it comes from', origin)));
    }
    const said = readStorageUri(source);
    let place: string | undefined = source;
    if (said.claim === 'resource') {
      assessments.push(...(await this.#checkReference('it is read from', said)));
      // MLflow looked up where that is when the version was made.
      place = await this.#options.inventory.download(version);
    }
    const form = readStorageUri(place ?? '').claim;
    if (
      form === 'malformed' ||
      (form === 'location' && !originResources.some(({ location }) => isStoredAt(place!, location)))
    )
      assessments.push(...(await this.#checkLocation(place!)));
    return assessments.filter(({ is }) => is !== 'expected').sort((a, b) => rank(a) - rank(b));
  }

  /** Whose something is; `undefined` for nobody's, and for what does not exist. */
  async ownerOf(reference: Reference): Promise<string | undefined> {
    const { tenant, shared, planned } = this.#options;
    if (planned.has(`${reference.kind}\n${reference.id}`)) return tenant;
    const resource = await this.#look(reference);
    if (resource?.owner !== undefined) return resource.owner;
    const { container } = resource ?? {};
    return container === undefined || shared.has(container.id) ? undefined : this.ownerOf(container);
  }

  async #look(reference: Reference): Promise<Holding | undefined> {
    const { kinds, holdings } = this.#options;
    // What is spelled otherwise does not exist, and could mean another path.
    if (!kinds.fits(reference.kind, reference.id)) return undefined;
    return holdings.known(reference) ?? (await holdings.ask(reference));
  }

  async #checkReference(how: string, { kind, id }: Reference): Promise<readonly Assessment[]> {
    if ((await this.#look({ kind, id })) === undefined) return [];
    const owner = await this.ownerOf({ kind, id });
    if (owner === this.#options.tenant) return [];
    const what = `${how} ${kind} ${JSON.stringify(printable(id))}`;
    return owner === undefined
      ? [{ is: 'unusual', why: `${what}, which is nobody's` }]
      : [{ is: 'foreign', why: `${what}, which is ${owner}'s` }];
  }

  async #checkLocation(uri: string): Promise<readonly Assessment[]> {
    const { kinds, locations } = this.#options;
    // The ids in a path say which runs and models to ask about; one that keeps its artifacts there decides.
    for (const segment of new Set(plainLocation(uri).split('/'))) {
      for (const { kind, shape } of kinds.inPath()) {
        if (kind === 'experiment' || kind === 'trace' || !shape.test(segment)) continue;
        if (!isStoredAt(uri, (await this.#look({ kind, id: segment }))?.location)) continue;
        return this.#checkReference('it is read from', { kind, id: segment });
      }
    }
    return [locations.assess(uri)];
  }
}

function isStoredAt(uri: string, location: string | undefined): boolean {
  if (location === undefined || readStorageUri(uri).claim === 'malformed') return false;
  return isWithin(plainLocation(uri), plainLocation(location));
}

const rank = ({ is }: Assessment): number => ['foreign', 'unusual', 'expected'].indexOf(is);
