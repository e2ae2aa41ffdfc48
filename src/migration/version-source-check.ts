import { printable } from '../request/fields.ts';
import type { Kinds } from '../tenancy/kinds.ts';
import { isWithin, readStorageUri } from '../tenancy/storage-uri.ts';
import type { Holding, Reference } from '../tenancy/tags/holding.ts';
import type { Holdings } from '../tenancy/tags/holdings.ts';
import { type Locations, plainLocation, type Verdict } from './artifact-locations.ts';
import type { Inventory } from './inventory.ts';
import type { Thing } from './listed-resource.ts';

export interface OriginsOptions {
  readonly tenant: string;
  readonly inventory: Inventory;
  readonly holdings: Holdings;
  readonly kinds: Kinds;
  readonly locations: Locations;
  readonly shared: ReadonlySet<string>;
  /** What will be the tenant's once all is done, as `kind\nid`. */
  readonly planned: ReadonlySet<string>;
}

/**
 * Says what a model version lets its owner read: the run or logged model it comes from, and the place its files are
 * at, which before MLflow 3.10 could be any.
 */
export class Origins {
  readonly #options: OriginsOptions;

  constructor(options: OriginsOptions) {
    this.#options = options;
  }

  /** What speaks against the version, the worst first; empty when nothing does. */
  async judge(version: Thing): Promise<readonly Verdict[]> {
    const { origins, source = '' } = version;
    const verdicts: Verdict[] = [];
    const held: Holding[] = [];
    for (const origin of origins) {
      const holding = await this.#look(origin);
      if (holding === undefined) continue;
      held.push(holding);
      verdicts.push(...(await this.#judgeReference('it comes from', origin)));
    }
    const said = readStorageUri(source);
    let place: string | undefined = source;
    if (said.claim === 'resource') {
      verdicts.push(...(await this.#judgeReference('it is read from', said)));
      // MLflow looked up where that is when the version was made.
      place = await this.#options.inventory.download(version);
    }
    const form = readStorageUri(place ?? '').claim;
    if (form === 'malformed' || (form === 'location' && !held.some(({ location }) => lies(place!, location))))
      verdicts.push(...(await this.#judgePlace(place!)));
    return verdicts.filter(({ is }) => is !== 'ordinary').sort((a, b) => rank(a) - rank(b));
  }

  /** Whose something is; `undefined` for nobody's, and for what does not exist. */
  async ownerOf(reference: Reference): Promise<string | undefined> {
    const { tenant, shared, planned } = this.#options;
    if (planned.has(`${reference.kind}\n${reference.id}`)) return tenant;
    const holding = await this.#look(reference);
    if (holding?.owner !== undefined) return holding.owner;
    const { container } = holding ?? {};
    return container === undefined || shared.has(container.id) ? undefined : this.ownerOf(container);
  }

  async #look(reference: Reference): Promise<Holding | undefined> {
    const { kinds, holdings } = this.#options;
    // What is spelled otherwise does not exist, and could mean another path.
    if (!kinds.fits(reference.kind, reference.id)) return undefined;
    return holdings.known(reference) ?? (await holdings.ask(reference));
  }

  async #judgeReference(how: string, { kind, id }: Reference): Promise<readonly Verdict[]> {
    if ((await this.#look({ kind, id })) === undefined) return [];
    const owner = await this.ownerOf({ kind, id });
    if (owner === this.#options.tenant) return [];
    const what = `${how} ${kind} ${JSON.stringify(printable(id))}`;
    return owner === undefined
      ? [{ is: 'elsewhere', why: `${what}, which is nobody's` }]
      : [{ is: 'others', why: `${what}, which is ${owner}'s` }];
  }

  async #judgePlace(uri: string): Promise<readonly Verdict[]> {
    const { kinds, locations } = this.#options;
    // The ids in a path say which runs and models to ask about; one that keeps its artifacts there decides.
    for (const segment of new Set(plainLocation(uri).split('/'))) {
      for (const { kind, shape } of kinds.inPath()) {
        if (kind === 'experiment' || kind === 'trace' || !shape.test(segment)) continue;
        if (!lies(uri, (await this.#look({ kind, id: segment }))?.location)) continue;
        return this.#judgeReference('it is read from', { kind, id: segment });
      }
    }
    return [locations.judge(uri)];
  }
}

function lies(uri: string, location: string | undefined): boolean {
  if (location === undefined || readStorageUri(uri).claim === 'malformed') return false;
  return isWithin(plainLocation(uri), plainLocation(location));
}

const rank = ({ is }: Verdict): number => ['others', 'elsewhere', 'ordinary'].indexOf(is);
