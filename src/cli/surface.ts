import { CatalogIndex, isMatch, METHODS } from '../catalog/match.ts';
import type { Operation } from '../catalog/types.ts';
import { mapConcurrently } from '../concurrency/map-concurrently.ts';
import type { Upstream, UpstreamResponse } from '../upstream/types.ts';

/** The result of a survey of the paths that an MLflow serves. Pairs are written `GET /path`. */
export interface SurfaceReport {
  /** Catalogued pairs of this version that the server confirmed. */
  readonly confirmed: readonly string[];
  /** Catalogued pairs of this version that were probed and that the server does not serve. */
  readonly absent: readonly string[];
  /** Catalogued pairs of this version that cannot be probed without side effects. */
  readonly unaskable: readonly string[];
  /** Pairs that the server serves and the catalog lacks: the gateway refuses them. */
  readonly unknown: readonly string[];
  /** Pairs that the server's own OpenAPI description lists; `undefined` where it publishes none (no MLflow so far does). */
  readonly described: number | undefined;
  /** The number of probed paths beside those of the catalog. */
  readonly neighbours: number;
}

/** The value of every parameter: it names no resource and is harmless in every field. */
const PLACEHOLDER = 'mlflow-gateway-check';
/** The path of FastAPI's own description, unless it is turned off: https://fastapi.tiangolo.com/how-to/conditional-openapi/ */
const DESCRIPTION_PATH = '/openapi.json';
const DESCRIPTION_LIMIT = 16 * 1024 * 1024;
const AT_ONCE = 4;

/**
 * Surveys the methods that the paths of an MLflow serve, without side effects:
 *
 * - OPTIONS at every path of the catalog and at neighbouring paths: the same path at the mounts of other operations (`/api` and
 *   `/ajax-api`, 2.0 and 3.0), the paths above it, and the paths one level below. Flask itself answers, with the methods in Allow
 *   (RFC 9110 section 10.2.1).
 * - GET at catalogued reads without an answer to OPTIONS: those of FastAPI, which is in front of Flask. The operation runs and looks
 *   for a resource named `mlflow-gateway-check`.
 * - The description that FastAPI publishes, if a version does so.
 *
 * A FastAPI route with side effects cannot be probed, as it answers only the real request. One at a path unlike any of the catalog
 * is not found.
 *
 * @param version as reported by the server
 * @param headers for the reads (a workspace)
 * @throws {DenialError} when MLflow stops answering
 * @example
 * const { unknown } = await surveySurface(upstream, OPERATIONS, '3.18.0', {});
 */
export async function surveySurface(
  upstream: Pick<Upstream, 'ask'>,
  operations: readonly Operation[],
  version: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<SurfaceReport> {
  const index = new CatalogIndex(operations);
  const templates = [...new Set(operations.flatMap(({ paths }) => paths))];
  const beside = neighboursOf(operations);
  const served = new Set<string>();
  const unknown = new Set<string>();
  const note = (method: string, template: string): void => {
    served.add(`${method} ${template}`);
    // A fixed path may also match a parameter of a sibling route of the catalog.
    if (!isMatch(index.find(method, fill(template)))) unknown.add(`${method} ${template}`);
  };
  await mapConcurrently([...templates, ...beside], AT_ONCE, async (template) => {
    for (const method of allowed(await ask(upstream, 'OPTIONS', fill(template)))) note(method, template);
  });
  const expected = pairsOf(operations.filter(({ versions }) => versions.includes(version)));
  const unaskable: string[] = [];
  await mapConcurrently(expected, AT_ONCE, async ({ operation, template }) => {
    const pair = `${operation.method} ${template}`;
    if (served.has(pair)) return;
    if (!readsOnly(operation)) unaskable.push(pair);
    else if (!isUnserved(await ask(upstream, 'GET', fill(template), headers))) served.add(pair);
  });
  const described = await readDescription(upstream);
  for (const { method, template } of described ?? []) note(method, template);
  const seen = (operation: Operation): boolean =>
    operation.paths.some((path) => served.has(`${operation.method} ${path}`));
  // The catalog has the versions of an operation, not those of its mounts: one mount that answers is enough.
  const names = expected
    .filter(({ operation, template }) => served.has(`${operation.method} ${template}`) || !seen(operation))
    .map(({ operation, template }) => `${operation.method} ${template}`);
  return {
    confirmed: names.filter((pair) => served.has(pair)),
    absent: names.filter((pair) => !served.has(pair) && !unaskable.includes(pair)),
    unaskable: names.filter((pair) => unaskable.includes(pair)),
    unknown: [...unknown].sort(),
    described: described?.length,
    neighbours: beside.length,
  };
}

/**
 * Paths that an MLflow might serve beside those of the catalog. The mounts are derived from the paths of one operation in the
 * catalog.
 */
export function neighboursOf(operations: readonly Operation[]): readonly string[] {
  const templates = new Set(operations.flatMap(({ paths }) => paths));
  const alternatives = alternativesOf(operations);
  const out = new Set<string>();
  for (const template of templates) {
    const segments = template.split('/');
    const mounts = segments.reduce<string[][]>(
      (all, segment, at) =>
        all.flatMap((before) =>
          [...(alternatives[at]?.get(segment) ?? [segment])].map((one) => [...before, one]),
        ),
      [[]],
    );
    for (const mount of mounts) out.add(mount.join('/'));
    for (let end = 2; end <= segments.length; end++) {
      const above = segments.slice(0, end).join('/');
      out.add(above);
      out.add(`${above}/{below}`);
    }
  }
  return [...out].filter((path) => !templates.has(path) && path.startsWith('/')).sort();
}

/** Words that replace each other at a position of a path, in the mounts of one operation. */
function alternativesOf(
  operations: readonly Operation[],
): readonly ReadonlyMap<string, ReadonlySet<string>>[] {
  const out: Map<string, Set<string>>[] = [];
  for (const { paths } of operations) {
    const split = paths.map((path) => path.split('/'));
    for (const one of split) {
      for (const other of split.filter(({ length }) => length === one.length)) {
        one.forEach((segment, at) => {
          if (segment.startsWith('{') || other[at]!.startsWith('{')) return;
          out[at] ??= new Map();
          const words = out[at].get(segment) ?? new Set();
          out[at].set(segment, words.add(segment).add(other[at]!));
        });
      }
    }
  }
  return out;
}

function pairsOf(operations: readonly Operation[]) {
  return operations.flatMap((operation) => operation.paths.map((template) => ({ operation, template })));
}

/** Whether a probe has no side effects: a safe method (RFC 9110 section 9.2.1) of an operation that reads and is no server feature. */
function readsOnly({ method, permission, workspaces, public: open }: Operation): boolean {
  return (
    method === 'GET' &&
    workspaces.rule !== 'server-feature' &&
    (open === true || permission.endsWith(':read'))
  );
}

/** Whether the response is Flask's page for a path or method that is not served. Flask is the last of all routes. */
export function isUnserved({ status, headers }: UpstreamResponse): boolean {
  return status === 405 || (status === 404 && String(headers['content-type'] ?? '').startsWith('text/html'));
}

async function readDescription(
  upstream: Pick<Upstream, 'ask'>,
): Promise<{ readonly method: string; readonly template: string }[] | undefined> {
  const answer = await ask(upstream, 'GET', DESCRIPTION_PATH, {}, DESCRIPTION_LIMIT);
  if (answer.status !== 200) return undefined;
  let paths: unknown;
  try {
    paths = (JSON.parse(answer.body.toString('utf8')) as { readonly paths?: unknown } | null)?.paths;
  } catch {
    return undefined;
  }
  if (typeof paths !== 'object' || paths === null) return undefined;
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods ?? {})
      .map((method) => method.toUpperCase())
      .filter((method) => METHODS.has(method))
      // `{name:path}` is Starlette's spelling of a parameter that may hold slashes.
      .map((method) => ({ method, template: path.replaceAll(/\{(\w+):\w+\}/g, '{$1}') })),
  );
}

/** Sends a request without side effects. */
export function ask(
  upstream: Pick<Upstream, 'ask'>,
  method: string,
  path: string,
  headers: Readonly<Record<string, string>> = {},
  limit?: number,
): Promise<UpstreamResponse> {
  return upstream.ask({ method, path, headers, body: undefined }, limit === undefined ? {} : { limit });
}

/** The methods that Allow lists, of those that an operation can have. */
export function allowed({ headers }: UpstreamResponse): string[] {
  return String(headers.allow ?? '')
    .split(',')
    .map((method) => method.trim())
    .filter((method) => METHODS.has(method));
}

/** A path of a template: each parameter has the same value. */
export const fill = (template: string): string => template.replace(/\{\w*\}/g, PLACEHOLDER);

/** The first words of mounts with a version: `api`, `ajax-api`. */
export function mountWords(operations: readonly Operation[]): string[] {
  const paths = operations.flatMap((operation) => operation.paths);
  return [...new Set(paths.flatMap((path) => /^\/([\w-]+)\/\d+\.\d+\//.exec(path)?.[1] ?? []))];
}
