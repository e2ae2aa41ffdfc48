import type { Kinds } from '../../kinds.ts';
import { isWithin, liesIn } from '../../storage-uri.ts';
import type { Holding, Reference } from '../resource.ts';
import type { Claimant, Ownership } from './ownership.ts';

/**
 * What was found for the places of one request, misses too: several places name the same resources. Each entry is
 * awaited by whoever made it.
 */
export type Findings = Map<string, Promise<{ readonly holding: Holding; readonly own: boolean } | undefined>>;

/** How deep in a path a resource's id is looked for, in segments: `root/1/<run>/artifacts/...`. */
const DEPTH = 8;
const PROXY_SCHEME = 'mlflow-artifacts:/';

/**
 * Says whose a place in storage is. A path is not believed for what it looks like: the ids in it only say which
 * resources to ask MLflow for, and one of those must really keep its artifacts there.
 */
export class StorageOwnership {
  readonly #ownership: Ownership;
  readonly #root: string | undefined;
  readonly #shapes: readonly { readonly kind: string; readonly shape: RegExp }[];

  /** @param root where tenants may keep what they like, with `{tenant}` for the tenant's name */
  constructor(ownership: Ownership, kinds: Kinds, root: string | undefined) {
    this.#ownership = ownership;
    this.#root = root;
    // Runs and models lie inside experiments; whose they are says more.
    this.#shapes = kinds
      .inPath()
      .sort((a, b) => Number(a.kind === 'experiment') - Number(b.kind === 'experiment'));
  }

  /**
   * Whether a path of MLflow's artifact proxy is inside something of the tenant's.
   *
   * @param reads whether it is only read. A directory that holds several runs or experiments can only be listed: MLflow
   *   before 3.17 deletes by prefix in object stores, so that deleting `1` deletes what is below `10` and `11` too
   */
  ownsPath(
    path: string,
    claimant: Claimant,
    reads: boolean,
    findings: Findings = new Map(),
  ): Promise<boolean> {
    const uri = uriOf(path);
    return this.#owns(uri, this.#referencesIn(uri), claimant, reads ? isWithin : isBelow, findings);
  }

  /**
   * Whether a URI is inside a run or model of the tenant's. (An experiment's own directory holds nothing but those, so
   * no client has a reason to name another place in it.)
   *
   * @param named resources named beside the URI, which may keep their artifacts where no id shows
   * @param findings of the request; what is in it is not asked for again
   */
  owns(
    uri: string,
    named: readonly Reference[],
    claimant: Claimant,
    findings: Findings = new Map(),
  ): Promise<boolean> {
    return this.#owns(uri, this.#referencesFor(uri, named), claimant, isWithin, findings);
  }

  /**
   * Resources that MLflow has to be asked about for places of one request, as keys: each is asked about once.
   *
   * @param paths of MLflow's artifact proxy
   * @param uris with the resources named beside them
   */
  asksFor(paths: readonly string[], uris: readonly string[], named: readonly Reference[]): Set<string> {
    return new Set([
      ...paths.flatMap((path) => this.#referencesIn(uriOf(path)).map(keyOf)),
      ...uris.flatMap((uri) => this.#referencesFor(uri, named).map(keyOf)),
    ]);
  }

  #referencesFor(uri: string, named: readonly Reference[]): Reference[] {
    return distinct([...named, ...this.#referencesIn(uri)]).filter(({ kind }) => kind !== 'experiment');
  }

  /** @param inside what counts as inside a directory of several runs or experiments */
  async #owns(
    uri: string,
    references: readonly Reference[],
    claimant: Claimant,
    inside: typeof isWithin,
    findings: Findings,
  ): Promise<boolean> {
    const plain = withoutEmptyAuthority(uri);
    const own = this.#root?.replace('{tenant}', claimant.tenant);
    if (own !== undefined && liesIn(plain, own, inside)) return true;
    const alone = { ...claimant, shared: false };
    let decided = false;
    for (const reference of references) {
      const key = keyOf(reference);
      const asked = findings.get(key) ?? this.#ownership.find(reference, alone);
      findings.set(key, asked);
      const found = await asked;
      const location = found?.holding.location;
      if (decided || location === undefined || !liesIn(plain, location)) continue;
      // It lies here, so it decides. A shared experiment's directory is nobody's but for what is inside it.
      const whole = reference.kind === 'experiment' && !liesIn(plain, location, inside);
      if (found!.own && !whole) return true;
      // The rest is still asked for, as it is where nothing lies here.
      decided = true;
    }
    return false;
  }

  #referencesIn(uri: string): Reference[] {
    const segments = uri.split('/').slice(0, DEPTH + 3);
    return distinct(
      this.#shapes.flatMap(({ kind, shape }) =>
        segments.filter((segment) => shape.test(segment)).map((id) => ({ kind, id })),
      ),
    );
  }
}

const uriOf = (path: string): string => `${PROXY_SCHEME}${path.replace(/\/$/, '')}`;

const keyOf = ({ kind, id }: Reference): string => `${kind}\n${id}`;

/** Each once, in the order in which they came first. */
function distinct(references: readonly Reference[]): Reference[] {
  return [...new Map(references.map((reference) => [keyOf(reference), reference])).values()];
}

function withoutEmptyAuthority(uri: string): string {
  return uri.replace(/^mlflow-artifacts:\/\/\//, PROXY_SCHEME);
}

function isBelow(uri: string, root: string): boolean {
  return isWithin(uri, root) && uri.length > root.replace(/\/$/, '').length;
}
