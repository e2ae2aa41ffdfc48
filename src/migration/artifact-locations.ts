import { printable } from '../request/printable.ts';
import { isWithin, proxiedLocation, readStorageUri } from '../tenancy/storage-target.ts';

/** The artifact location of an experiment, and its owner. */
export interface ExperimentLocation {
  readonly experiment: string;
  /** `undefined`: unowned. `*`: shared by all tenants. */
  readonly owner: string | undefined;
  readonly location: string;
}

/** The result of checking a storage location for the tenant that would read it. */
export type Assessment =
  | { readonly is: 'expected' }
  /** Allowed, with a warning for a person to check. */
  | { readonly is: 'unusual'; readonly why: string }
  /** The tenant must not be able to read there. */
  | { readonly is: 'foreign'; readonly why: string };

const EXPECTED: Assessment = { is: 'expected' };

/**
 * Checks whether a storage location belongs to the tenant, to another tenant, or to neither. The owner of an adopted
 * resource can read its artifact location, which may be anywhere: MLflow lets the creator of an experiment choose it.
 *
 * @example
 * new ArtifactLocations('team-a', experiments, undefined).assess('mlflow-artifacts:/7/x'); // foreign, if experiment 7 belongs to team-b
 */
export class ArtifactLocations {
  readonly #tenant: string;
  readonly #experiments: readonly ExperimentLocation[];
  readonly #byExperiment: ReadonlyMap<string, string>;
  readonly #root: readonly [before: string, after: string] | undefined;
  readonly #defaultRoot: string | undefined;

  /**
   * @param experimentLocations of all experiments
   * @param root GW_TENANT_ARTIFACT_ROOT, with `{tenant}` for the tenant's name
   */
  constructor(tenant: string, experimentLocations: readonly ExperimentLocation[], root: string | undefined) {
    this.#tenant = tenant;
    this.#experiments = experimentLocations.map((other) => ({
      ...other,
      location: plainLocation(other.location),
    }));
    this.#byExperiment = new Map(this.#experiments.map(({ experiment, location }) => [experiment, location]));
    const [before, after] = root === undefined ? [] : plainLocation(root).split('{tenant}');
    this.#root = before === undefined || after === undefined ? undefined : [before, after];
    // MLflow creates experiment 0 itself, below its default root.
    const first = this.#byExperiment.get('0');
    this.#defaultRoot = first?.endsWith('/0') ? first.slice(0, -1) : undefined;
  }

  /** Checks the artifact location of an experiment: expected are its id below the server's root, and the tenant's root. */
  assessExperiment(id: string, location: string): Assessment {
    const found = this.#findConflict(location, id);
    if (found !== undefined) return found;
    const place = plainLocation(location);
    if (this.#isDefaultLocation(place, id) || this.#isOwnRoot(place)) return EXPECTED;
    return {
      is: 'unusual',
      why: `its artifacts are at ${shown(location)}, not at the server's default location`,
    };
  }

  /** Checks the location that a resource in an experiment is read from. */
  assessInside(uri: string, experiment: string): Assessment {
    const own = this.#byExperiment.get(experiment);
    const place = plainLocation(uri);
    // The experiment's own directory was checked with the experiment.
    if (
      own !== undefined &&
      isWithin(place, own) &&
      (place === own || isUnambiguous(place.slice(own.length)))
    )
      return EXPECTED;
    return this.assess(uri);
  }

  /** Checks any location. */
  assess(uri: string): Assessment {
    const place = plainLocation(uri);
    return (
      this.#findConflict(uri, undefined) ??
      (this.#isOwnRoot(place) ||
      this.#experiments.some((other) => this.#isOwned(other) && isWithin(place, other.location))
        ? EXPECTED
        : { is: 'unusual', why: `it is read from ${shown(uri)}, outside the artifacts of every experiment` })
    );
  }

  /** Finds a tenant root or an experiment that is not the tenant's and that the location overlaps with. */
  #findConflict(uri: string, experiment: string | undefined): Assessment | undefined {
    const place = plainLocation(uri);
    const isDefault = experiment !== undefined && this.#isDefaultLocation(place, experiment);
    if (!isDefault && !isUnambiguous(place)) return { is: 'foreign', why: `${shown(uri)} is ambiguous` };
    const root =
      isDefault || this.#root === undefined
        ? undefined
        : conflictWithTenantRoots(place, this.#root, this.#tenant);
    if (root !== undefined) return { is: 'foreign', why: `${shown(uri)} ${root}` };
    let unowned: ExperimentLocation | undefined;
    for (const other of this.#experiments) {
      if (other.experiment === experiment || this.#isOwned(other)) continue;
      // A parent of another experiment's directory exposes that directory too.
      if (!isWithin(place, other.location) && !isWithin(other.location, place)) continue;
      if (other.owner === undefined) unowned ??= other;
      else return { is: 'foreign', why: overlap(uri, other) };
    }
    return unowned && { is: 'unusual', why: overlap(uri, unowned) };
  }

  #isOwned({ owner }: ExperimentLocation): boolean {
    return owner === this.#tenant;
  }

  #isDefaultLocation(place: string, experiment: string): boolean {
    return this.#defaultRoot !== undefined && place === `${this.#defaultRoot}${experiment}`;
  }

  #isOwnRoot(place: string): boolean {
    return this.#root !== undefined && isWithin(place, `${this.#root[0]}${this.#tenant}${this.#root[1]}`);
  }
}

function overlap(uri: string, { experiment, owner }: ExperimentLocation): string {
  const ownership = owner === undefined ? 'is unowned' : owner === '*' ? 'is shared' : `belongs to ${owner}`;
  return `${shown(uri)} overlaps with the artifacts of experiment ${experiment}, which ${ownership}`;
}

function isUnambiguous(place: string): boolean {
  return readStorageUri(place).target === 'location';
}

/**
 * Normalizes a storage location: lower-case scheme, no empty authority or segment, no trailing slash, and no authority for
 * `mlflow-artifacts` (it only tells clients how to connect).
 *
 * @example
 * plainLocation('FILE:///data//1/'); // '/data/1'
 */
export function plainLocation(uri: string): string {
  const [, scheme = '', rest = ''] = /^(?:([A-Za-z][A-Za-z0-9+.-]*):)?(.*)$/su.exec(proxiedLocation(uri))!;
  const kind = scheme.toLowerCase();
  if (kind === 'mlflow-artifacts') return `${kind}:${tidy(rest.replace(/^\/\/[^/]*/, ''), '/')}`;
  if (kind === 'file' || kind === '') return tidy(rest.replace(/^\/\/(?:localhost)?(?=\/)/i, ''), '');
  const bucket = /^\/\/[^/]*/.exec(rest)?.[0];
  if (bucket === undefined) return `${kind}:${tidy(rest, '')}`;
  return `${kind}:${bucket.toLowerCase()}${tidy(rest.slice(bucket.length), '')}`;
}

function tidy(path: string, empty: string): string {
  return path.replace(/\/{2,}/g, '/').replace(/\/$/, '') || empty;
}

/** Why a location conflicts with GW_TENANT_ARTIFACT_ROOT; `undefined` if it does not. */
function conflictWithTenantRoots(
  place: string,
  [before, after]: readonly [string, string],
  tenant: string,
): string | undefined {
  const own = `${before}${tenant}${after}`;
  if (isWithin(place, own)) return undefined;
  const all = before.replace(/\/[^/]*$/, '');
  if (isWithin(all, place) || place === all)
    return 'contains the artifacts of tenants below GW_TENANT_ARTIFACT_ROOT';
  if (!isWithin(place, all) || !place.startsWith(before)) return undefined;
  return "is in another tenant's artifact root (GW_TENANT_ARTIFACT_ROOT)";
}

/** A location, escaped for a terminal. */
function shown(uri: string): string {
  return JSON.stringify(printable(uri));
}
