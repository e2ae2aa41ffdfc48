import type { FieldUse } from '../../../request/types.ts';
import type { Kinds } from '../../kinds.ts';
import type { StoragePlace } from '../../question.ts';
import { keyOf, type ResourceKey } from '../../reference.ts';
import { isBelow, isWithin, liesIn, readStorageUri } from '../../storage-target.ts';
import { locationRefused } from '../location-refused.ts';

/** How deep in a path a resource's id is looked for, in segments: `root/1/<run>/artifacts/...`. */
const DEPTH = 8;
const PROXY_SCHEME = 'mlflow-artifacts:/';

/**
 * Finds the resources that may keep their artifacts at a place. The spelling of a path is no proof: the ids in it only select
 * resources for a question to MLflow, and one of those must really keep its artifacts there.
 *
 * @example
 * places.ofPath({ at: 'path', value: '1/models' }, { tenant: 'team-a', reads: true })?.candidates; // experiment 1
 */
export class StoragePlaces {
  readonly #kinds: Kinds;
  readonly #root: string | undefined;
  readonly #shapes: readonly { readonly kind: string; readonly shape: RegExp }[];

  /** @param root where each tenant may keep artifacts freely, with `{tenant}` for its name (`GW_TENANT_ARTIFACT_ROOT`) */
  constructor(kinds: Kinds, root: string | undefined) {
    this.#kinds = kinds;
    this.#root = root;
    // Runs and models lie inside experiments, and their owner is more specific.
    this.#shapes = kinds
      .inPath()
      .sort((a, b) => Number(a.kind === 'experiment') - Number(b.kind === 'experiment'));
  }

  /**
   * The place of a path of MLflow's artifact proxy; `undefined` if it lies in the tenant's artifact root.
   *
   * @param reads whether the path is only read. A directory that holds several runs or experiments can only be listed: MLflow
   *   before 3.17 deletes by prefix in object stores, so that deleting `1` deletes what is below `10` and `11` too
   */
  ofPath(
    { at, value }: Pick<FieldUse, 'at' | 'value'>,
    { tenant, reads }: { readonly tenant: string; readonly reads: boolean },
  ): StoragePlace | undefined {
    const uri = `${PROXY_SCHEME}${value.replace(/\/$/, '')}`;
    if (this.#isInRoot(uri, tenant, reads ? isWithin : isBelow)) return undefined;
    // Files that MLflow placed itself are more specific than an id in the path.
    const candidates = distinct([...this.#kinds.filesAt(uri), ...this.#idsIn(uri)]);
    return { at, value, uri, candidates, strictlyBelow: !reads, as: 'path' };
  }

  /**
   * The place of a storage URI; `undefined` if it lies in the tenant's artifact root. The directory of an experiment holds
   * only runs and models, so that no client has a reason to name another place in it.
   *
   * @param named resources named beside the URI, which may keep their artifacts where no id shows
   * @param keeps whether artifacts will be kept there, instead of read
   * @throws DenialError `storage_uri_refused` for a URI that is no location
   */
  ofUri(
    { at, value }: Pick<FieldUse, 'at' | 'value'>,
    named: readonly ResourceKey[],
    { tenant, keeps }: { readonly tenant: string; readonly keeps: boolean },
  ): StoragePlace | undefined {
    const as = keeps ? 'destination' : 'source';
    if (readStorageUri(value).target !== 'location') throw locationRefused({ at, as });
    const uri = withoutEmptyAuthority(value);
    if (this.#isInRoot(uri, tenant, isWithin)) return undefined;
    const placed = named.filter(({ kind }) => this.#kinds.get(kind)?.lookup?.location !== undefined);
    const candidates = distinct([...placed, ...this.#idsIn(value)]).filter(
      ({ kind }) => kind !== 'experiment',
    );
    return { at, value, uri, candidates, strictlyBelow: false, as };
  }

  #isInRoot(uri: string, tenant: string, inside: typeof isWithin): boolean {
    const own = this.#root?.replace('{tenant}', tenant);
    return own !== undefined && liesIn(uri, own, inside);
  }

  #idsIn(uri: string): ResourceKey[] {
    const segments = uri.split('/').slice(0, DEPTH + 3);
    return this.#shapes.flatMap(({ kind, shape }) =>
      segments.filter((segment) => shape.test(segment)).map((id) => ({ kind, id })),
    );
  }
}

/** The number of resources in the questions about these places. Each resource counts once. */
export function countCandidates(places: readonly StoragePlace[]): number {
  return new Set(places.flatMap(({ candidates }) => candidates.map(keyOf))).size;
}

/** Each once, in the order in which they came first. */
function distinct(keys: readonly ResourceKey[]): ResourceKey[] {
  return [...new Map(keys.map((key) => [keyOf(key), key])).values()];
}

function withoutEmptyAuthority(uri: string): string {
  return uri.replace(/^mlflow-artifacts:\/\/\//, PROXY_SCHEME);
}
