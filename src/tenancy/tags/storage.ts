import type { Kinds } from '../kinds.ts';
import { isWithin } from '../storage-uri.ts';
import type { Reference } from './holding.ts';
import type { Claimant, Ownership } from './ownership.ts';

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
  ownsPath(path: string, claimant: Claimant, reads: boolean): Promise<boolean> {
    const uri = `${PROXY_SCHEME}${path.replace(/\/$/, '')}`;
    return this.#owns(uri, this.#referencesIn(uri), claimant, reads ? isWithin : isBelow);
  }

  /**
   * Whether a URI is inside a run or model of the tenant's. (An experiment's own directory holds nothing but those, so
   * no client has a reason to name another place in it.)
   *
   * @param named resources named beside the URI, which may keep their artifacts where no id shows
   */
  owns(uri: string, named: readonly Reference[], claimant: Claimant): Promise<boolean> {
    const references = [...named, ...this.#referencesIn(uri)];
    return this.#owns(
      uri,
      references.filter(({ kind }) => kind !== 'experiment'),
      claimant,
      isWithin,
    );
  }

  /** @param inside what counts as inside a directory of several runs or experiments */
  async #owns(
    uri: string,
    references: readonly Reference[],
    claimant: Claimant,
    inside: typeof isWithin,
  ): Promise<boolean> {
    const plain = withoutEmptyAuthority(uri);
    const own = this.#root?.replace('{tenant}', claimant.tenant);
    if (own !== undefined && inside(plain, withoutEmptyAuthority(own))) return true;
    const alone = { ...claimant, shared: false };
    let decided = false;
    for (const reference of references) {
      const found = await this.#ownership.find(reference, alone);
      const location = found?.holding.location;
      if (decided || location === undefined || !lies(plain, location, isWithin)) continue;
      // It lies here, so it decides. A shared experiment's directory is nobody's but for what is inside it.
      const whole = reference.kind === 'experiment' && !lies(plain, location, inside);
      if (found!.own && !whole) return true;
      // The rest is still asked for, as it is where nothing lies here.
      decided = true;
    }
    return false;
  }

  #referencesIn(uri: string): Reference[] {
    const segments = uri.split('/').slice(0, DEPTH + 3);
    return this.#shapes.flatMap(({ kind, shape }) =>
      segments.filter((segment) => shape.test(segment)).map((id) => ({ kind, id })),
    );
  }
}

/**
 * `mlflow-artifacts://host:port/1` is `mlflow-artifacts:/1`: the authority says how a client gets there. But a URI that
 * names one must name the location's own, since MLflow may go where it says.
 */
function lies(uri: string, location: string, inside: typeof isWithin): boolean {
  return (
    inside(uri, withoutEmptyAuthority(location)) ||
    inside(uri, location.replace(/^mlflow-artifacts:\/\/[^/]*\//, PROXY_SCHEME))
  );
}

function withoutEmptyAuthority(uri: string): string {
  return uri.replace(/^mlflow-artifacts:\/\/\//, PROXY_SCHEME);
}

function isBelow(uri: string, root: string): boolean {
  return isWithin(uri, root) && uri.length > root.replace(/\/$/, '').length;
}
