import { CatalogIndex, isMatch } from '../catalog/match.ts';
import { PathShapes, type Resource } from '../catalog/path-shape.ts';
import type { Operation } from '../catalog/types.ts';
import { mapConcurrently } from '../concurrency/map-concurrently.ts';
import type { Upstream } from '../upstream/types.ts';
import { allowed, ask, fill, isUnserved, mountWords } from './surface.ts';
import type { UiPaths } from './ui-paths.ts';

/** A feature of MLflow, or a part of one, that the gateway refuses because the catalog lacks it. */
export interface MissingFeature {
  /** From the words of its paths: `Skills`, `Gateway budgets`. */
  readonly feature: string;
  /** The address of its page in MLflow's pages, if a page has one of its own. */
  readonly page?: string;
  /** Its callers: MLflow's pages, clients such as `mlflow` for Python, or both. */
  readonly callers: 'pages' | 'clients' | 'pages and clients';
  /** The refused parts: `list`, `versions`, `schedule state`. */
  readonly parts: readonly string[];
  /** The confirmed pairs: `GET /ajax-api/3.0/mlflow/skills`. */
  readonly operations: readonly string[];
  /** Whether the catalog has no operation of this feature at all. */
  readonly whole: boolean;
}

/** The result of a search for missing features. */
export interface MissingReport {
  readonly features: readonly MissingFeature[];
  /** Resources that the pages name, and neither the catalog nor this server has: of a plugin, of Databricks, or only for writing. */
  readonly unconfirmed: readonly string[];
}

interface Served {
  readonly method: string;
  readonly template: string;
}

const AT_ONCE = 8;
/** The most paths of the pages that are probed. MLflow 3.18 has 44 that the catalog of 3.17 lacks. */
const MAX_CANDIDATES = 400;
/** The most new resources that are explored, each with at most a few hundred requests. */
const MAX_RESOURCES = 32;
/** In segments. */
const LONGEST_FORM = 4;

/**
 * Finds the features that an MLflow has and the catalog lacks, and names them as a user does. Sources are the survey's unknown pairs
 * and the paths that MLflow's own pages request. A path counts only if the server confirms it, by OPTIONS or else by GET, which has no
 * side effects (RFC 9110 section 9.2.1). A new resource is explored by GETs of the paths that other resources have (`/versions`,
 * `/tags`). Each parameter is `mlflow-gateway-check`.
 *
 * FastAPI routes that only write are not found alone; together with a read of the same resource they need no finding.
 *
 * @param unknown the survey's unknown pairs
 * @throws {DenialError} when MLflow stops answering
 * @example
 * const { features } = await findMissingFeatures(upstream, OPERATIONS, report.unknown, await readUiPaths(upstream, OPERATIONS));
 */
export async function findMissingFeatures(
  upstream: Pick<Upstream, 'ask'>,
  operations: readonly Operation[],
  unknown: readonly string[],
  ui: UiPaths | undefined,
): Promise<MissingReport> {
  const shapes = new PathShapes(operations);
  const index = new CatalogIndex(operations);
  const probe = new Probe(upstream);
  const served: Served[] = unknown.map((pair) => {
    const [method = '', template = ''] = pair.split(' ');
    return { method, template };
  });
  const candidates = candidatesOf(operations, index, ui).slice(0, MAX_CANDIDATES);
  // `gateway/secrets` makes `gateway` known too.
  const known = new Set(
    operations.flatMap(({ paths }) =>
      paths.flatMap((path) => {
        const words = shapes.resourceOf(path)?.words ?? [];
        return words.map((_, at) => words.slice(0, at + 1).join('/'));
      }),
    ),
  );
  const unconfirmed = new Set<string>();
  await mapConcurrently(candidates, AT_ONCE, async (template) => {
    const methods = await probe.methodsOf(template);
    served.push(...methods.map((method) => ({ method, template })));
    const key = keyOf(shapes.resourceOf(template));
    if (methods.length === 0 && key !== '' && !known.has(key)) unconfirmed.add(key);
  });
  // The pages may name a resource by a path that no server has, and build the served ones from it.
  const paths = [...served.map(({ template }) => template), ...candidates];
  const roots = [...new Set(paths.flatMap((path) => rootOf(path, shapes.resourceOf(path)) ?? []))];
  const fresh = roots.filter((root) => !known.has(keyOf(shapes.resourceOf(root)))).slice(0, MAX_RESOURCES);
  const forms = formsOf(operations, shapes);
  for (const root of fresh) {
    for (const one of await probe.explore(root, forms))
      if (!isMatch(index.find(one.method, fill(one.template)))) served.push(one);
  }
  const features = group(served, shapes, known, ui);
  for (const { template } of served) unconfirmed.delete(keyOf(shapes.resourceOf(template)));
  return { features, unconfirmed: [...unconfirmed].sort() };
}

/** Paths of the pages that the catalog lacks, each also at the mounts for other callers. */
function candidatesOf(
  operations: readonly Operation[],
  index: CatalogIndex,
  ui: UiPaths | undefined,
): string[] {
  const mounts = mountWords(operations);
  const out = new Set<string>();
  for (const template of ui?.templates ?? []) {
    // No operation has this method: the result lists those that the path serves.
    const found = index.find('OPTIONS', fill(template));
    if (isMatch(found) || found.methods.length > 0) continue;
    const [, word = '', ...rest] = template.split('/');
    for (const mount of mounts.includes(word) ? mounts : [word]) out.add(`/${mount}/${rest.join('/')}`);
  }
  return [...out].sort();
}

/** The suffixes of a resource name in the catalog's paths, such as `''`, `/{}` and `/{}/versions/{}`, and whether a GET has each. */
function formsOf(operations: readonly Operation[], shapes: PathShapes): ReadonlyMap<string, boolean> {
  const forms = new Map([
    ['', true],
    ['/{}', true],
  ]);
  for (const { method, paths } of operations) {
    for (const path of paths) {
      const rest = shapes.resourceOf(path)?.rest ?? [];
      if (rest.length > LONGEST_FORM) continue;
      const form = rest.map((segment) => `/${segment.replace(/\{\w+\}/, '{}')}`).join('');
      forms.set(form, method === 'GET' || forms.get(form) === true);
    }
  }
  return new Map(
    [...forms].sort(([a], [b]) => a.split('/').length - b.split('/').length || (a < b ? -1 : 1)),
  );
}

class Probe {
  readonly #upstream: Pick<Upstream, 'ask'>;
  readonly #options = new Map<string, Promise<readonly string[]>>();
  readonly #got = new Map<string, Promise<boolean>>();

  constructor(upstream: Pick<Upstream, 'ask'>) {
    this.#upstream = upstream;
  }

  /**
   * The methods that a server confirms without side effects. A fixed word counts only if the server responds to it in another way than
   * to any word at its place: the route may have a parameter there, and some servers respond to every path.
   */
  async methodsOf(template: string, canBeRead = true): Promise<readonly string[]> {
    let methods = await this.#methodsAt(template, canBeRead);
    const segments = template.split('/');
    for (let at = 4; at < segments.length && methods.length > 0; at++) {
      if (segments[at] === '{}') continue;
      const any = await this.#methodsAt(segments.with(at, '{}').join('/'), canBeRead);
      methods = methods.filter((method) => !any.includes(method));
    }
    return methods;
  }

  /**
   * The operations of a resource at these forms. The long ones are tried only if a short one is served.
   *
   * @param forms whether a GET has the form
   */
  async explore(root: string, forms: ReadonlyMap<string, boolean>): Promise<readonly Served[]> {
    const found: Served[] = [];
    const tryAll = (some: readonly (readonly [string, boolean])[]): Promise<unknown> =>
      mapConcurrently([...some], AT_ONCE, async ([form, canBeRead]) => {
        const template = root + form;
        const methods = await this.methodsOf(template, canBeRead);
        found.push(...methods.map((method) => ({ method, template })));
      });
    const isShort = ([form]: readonly [string, boolean]): boolean => form.lastIndexOf('/') <= 0;
    await tryAll([...forms].filter(isShort));
    if (found.length > 0) await tryAll([...forms].filter((form) => !isShort(form)));
    return found;
  }

  async #methodsAt(template: string, canBeRead: boolean): Promise<readonly string[]> {
    const path = fill(template);
    const methods = await remember(this.#options, path, async () =>
      allowed(await ask(this.#upstream, 'OPTIONS', path)),
    );
    if (methods.length > 0 || !canBeRead) return methods;
    const answers = await remember(
      this.#got,
      path,
      async () => !isUnserved(await ask(this.#upstream, 'GET', path)),
    );
    return answers ? ['GET'] : [];
  }
}

function remember<T>(known: Map<string, Promise<T>>, key: string, make: () => Promise<T>): Promise<T> {
  const value = known.get(key) ?? make();
  known.set(key, value);
  return value;
}

const keyOf = (resource: Resource | undefined): string => resource?.words.join('/') ?? '';

/** The path of a resource itself. */
function rootOf(template: string, resource: Resource | undefined): string | undefined {
  if (resource === undefined) return undefined;
  return template
    .split('/')
    .slice(0, template.split('/').length - resource.rest.length)
    .join('/');
}

function group(
  served: readonly Served[],
  shapes: PathShapes,
  known: ReadonlySet<string>,
  ui: UiPaths | undefined,
): MissingFeature[] {
  const pagesMount = commonest((ui?.templates ?? []).map((template) => template.split('/')[1]!));
  const byKey = new Map<string, Served[]>();
  for (const one of served) {
    const key = keyOf(shapes.resourceOf(one.template)) || one.template.split('/').slice(1, 4).join('/');
    byKey.set(key, [...(byKey.get(key) ?? []), one]);
  }
  return [...byKey]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, unsorted]) => {
      const all = unsorted.sort((a, b) => lengthOf(a) - lengthOf(b) || (pairOf(a) < pairOf(b) ? -1 : 1));
      const forPages = all.filter(({ template }) => template.split('/')[1] === pagesMount);
      const page = pageOf(key.split('/').at(-1)!, ui);
      return {
        feature: titleOf(key),
        ...(page === undefined ? {} : { page }),
        callers:
          forPages.length === all.length ? 'pages' : forPages.length === 0 ? 'clients' : 'pages and clients',
        parts: [
          ...new Set(
            all.map(({ method, template }) => partOf(method, shapes.resourceOf(template)?.rest ?? [])),
          ),
        ],
        operations: [...new Set(all.map(pairOf))].sort(),
        whole: !known.has(key),
      };
    });
}

const pairOf = ({ method, template }: Served): string => `${method} ${template}`;
const lengthOf = ({ template }: Served): number => template.split('/').length;

function commonest(words: readonly string[]): string | undefined {
  const counts = new Map<string, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  return [...counts].sort(([, a], [, b]) => b - a)[0]?.[0];
}

/** The page with the shortest address that ends with the resource, apart from parameters. */
function pageOf(word: string, ui: UiPaths | undefined): string | undefined {
  return ui?.pages
    .filter((address) => address.split('/').findLast((segment) => !segment.startsWith(':')) === word)
    .sort((a, b) => a.split('/').length - b.split('/').length || a.length - b.length)[0];
}

/** `label-schemas` is "Label schemas", `mcp-servers` "MCP servers". */
function titleOf(key: string): string {
  const words = key.split(/[/:_-]/).map((word) => (/^[^aeiou]{2,4}$/.test(word) ? word.toUpperCase() : word));
  const text = words.join(' ');
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

/** A word for the action of an operation, from its method if the path has none. */
function partOf(method: string, rest: readonly string[]): string {
  const words = rest
    .filter((segment) => !segment.includes('{'))
    .map((word) => word.replaceAll(/[-_:]/g, ' '));
  if (words.length > 0) return words.join(' ');
  if (method === 'GET') return rest.length === 0 ? 'list' : 'show';
  return { POST: 'create', PUT: 'update', PATCH: 'update', DELETE: 'delete' }[method] ?? method;
}
