import { printable } from '../request/fields.ts';
import { isWithin, proxiedLocation, readStorageUri } from '../tenancy/storage-uri.ts';

/** Where an experiment keeps its artifacts, and whose it is. */
export interface ExperimentLocation {
  readonly experiment: string;
  /** `undefined`: nobody's. `*`: every tenant's. */
  readonly owner: string | undefined;
  readonly location: string;
}

/** What a place in storage means for the tenant that could read there. */
export type Assessment =
  | { readonly is: 'expected' }
  /** To be looked at by somebody, and allowed. */
  | { readonly is: 'unusual'; readonly why: string }
  /** What the tenant must not be able to read. */
  | { readonly is: 'foreign'; readonly why: string };

const EXPECTED: Assessment = { is: 'expected' };

/**
 * Says what lies at a place in storage: the tenant's own, another tenant's, or who knows what. A resource that is
 * adopted can be read where it says its artifacts are, and that may be anywhere: MLflow lets whoever makes an
 * experiment choose.
 *
 * @example
 * new ArtifactLocations('team-a', experimentLocations, undefined).judge('mlflow-artifacts:/7/x'); // others, if 7 is another tenant's
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
    // MLflow makes experiment 0 itself, and so below its own root.
    const first = this.#byExperiment.get('0');
    this.#defaultRoot = first?.endsWith('/0') ? first.slice(0, -1) : undefined;
  }

  /** Where an experiment keeps its artifacts: by its id below the server's root or the tenant's own, or somewhere else. */
  assessExperiment(id: string, location: string): Assessment {
    const found = this.#findConflict(location, id);
    if (found !== undefined) return found;
    const place = plainLocation(location);
    if (this.#isDefaultLocation(place, id) || this.#isOwnRoot(place)) return EXPECTED;
    return {
      is: 'unusual',
      why: `it keeps its artifacts at ${shown(location)}, not in the server's isDefault place`,
    };
  }

  /** Where something of an experiment says that it is read from. */
  assessInside(uri: string, experiment: string): Assessment {
    const own = this.#byExperiment.get(experiment);
    const place = plainLocation(uri);
    // Whose the experiment's own directory is was judged with the experiment.
    if (
      own !== undefined &&
      isWithin(place, own) &&
      (place === own || isUnambiguous(place.slice(own.length)))
    )
      return EXPECTED;
    return this.assess(uri);
  }

  /** Any place. */
  assess(uri: string): Assessment {
    const place = plainLocation(uri);
    return (
      this.#findConflict(uri, undefined) ??
      (this.#isOwnRoot(place) ||
      this.#experiments.some((other) => this.#isOwned(other) && isWithin(place, other.location))
        ? EXPECTED
        : { is: 'unusual', why: `it is read from ${shown(uri)}, which is among no experiment's artifacts` })
    );
  }

  /** What speaks against a place: another's, or nobody's. */
  #findConflict(uri: string, experiment: string | undefined): Assessment | undefined {
    const place = plainLocation(uri);
    const isDefault = experiment !== undefined && this.#isDefaultLocation(place, experiment);
    if (!isDefault && !isUnambiguous(place))
      return { is: 'foreign', why: `${shown(uri)} can be read in several ways` };
    const root =
      isDefault || this.#root === undefined
        ? undefined
        : conflictWithTenantRoots(place, this.#root, this.#tenant);
    if (root !== undefined) return { is: 'foreign', why: `${shown(uri)} ${root}` };
    let unowned: ExperimentLocation | undefined;
    for (const other of this.#experiments) {
      if (other.experiment === experiment || this.#isOwned(other)) continue;
      // What holds another's directory shows it too.
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
  const whose =
    owner === undefined ? "which is nobody's" : owner === '*' ? 'which tenants share' : `which is ${owner}'s`;
  return `${shown(uri)} overlaps with the artifacts of experiment ${experiment}, ${whose}`;
}

function isUnambiguous(place: string): boolean {
  return readStorageUri(place).claim === 'location';
}

/**
 * One spelling of a place: the scheme in small letters, no empty authority or segment, no slash at the end, the
 * authority of `mlflow-artifacts` left out (it says how a client gets there).
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

/** Why a place is not the tenant's by the roots of tenants; `undefined` when roots say nothing against it. */
function conflictWithTenantRoots(
  place: string,
  [before, after]: readonly [string, string],
  tenant: string,
): string | undefined {
  const own = `${before}${tenant}${after}`;
  if (isWithin(place, own)) return undefined;
  const all = before.replace(/\/[^/]*$/, '');
  if (isWithin(all, place) || place === all) return 'holds what tenants keep below GW_TENANT_ARTIFACT_ROOT';
  if (!isWithin(place, all) || !place.startsWith(before)) return undefined;
  return "is where another tenant's artifacts belong (GW_TENANT_ARTIFACT_ROOT)";
}

/** A place as it can be shown on a terminal. */
function shown(uri: string): string {
  return JSON.stringify(printable(uri));
}
