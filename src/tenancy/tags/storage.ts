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

  /** Whether a path of MLflow's artifact proxy is inside something of the tenant's. */
  ownsPath(path: string, claimant: Claimant): Promise<boolean> {
    const uri = `${PROXY_SCHEME}${path}`;
    return this.#owns(uri, this.#referencesIn(uri), claimant);
  }

  /**
   * Whether a URI is inside a run or model of the tenant's. (An experiment's own directory holds nothing but those, so
   * no client has a reason to name another place in it.)
   *
   * @param named resources named beside the URI, which may keep their artifacts where no id shows
   */
  owns(uri: string, named: readonly Reference[], claimant: Claimant): Promise<boolean> {
    const references = [...named, ...this.#referencesIn(withoutAuthority(uri))];
    return this.#owns(
      uri,
      references.filter(({ kind }) => kind !== 'experiment'),
      claimant,
    );
  }

  async #owns(uri: string, references: readonly Reference[], claimant: Claimant): Promise<boolean> {
    const plain = withoutAuthority(uri);
    const own = this.#root?.replace('{tenant}', claimant.tenant);
    if (own !== undefined && isWithin(plain, own)) return true;
    for (const reference of references) {
      const holding = await this.#ownership.look(reference);
      if (holding?.location === undefined || !isWithin(plain, withoutAuthority(holding.location))) continue;
      // It lies here, so it decides. A shared experiment's directory is nobody's but for what is inside it.
      return this.#ownership.owns(reference, { ...claimant, shared: false });
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

/** `mlflow-artifacts://host:port/1` is `mlflow-artifacts:/1`: the authority says how a client gets there. */
function withoutAuthority(uri: string): string {
  return uri.replace(/^mlflow-artifacts:\/\/[^/]*\//, PROXY_SCHEME);
}
