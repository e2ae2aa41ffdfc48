import { readdirSync, readFileSync } from 'node:fs';
import { compareVersions } from '../src/catalog/compare-versions.ts';
import { CatalogIndex, isMatch } from '../src/catalog/match.ts';
import type { Operation } from '../src/catalog/types.ts';

/** The routes that one MLflow version serves, as extracted from it. */
export interface Surface {
  readonly mlflow: string;
  readonly routes: readonly { readonly method: string; readonly path: string; readonly operation: string }[];
}

/** Reads `openapi/surfaces/`, oldest version first. */
export function readSurfaces(directory: string): Surface[] {
  return readdirSync(directory)
    .filter((name) => name.endsWith('.json'))
    .map((name) => JSON.parse(readFileSync(`${directory}/${name}`, 'utf8')) as Surface)
    .sort((a, b) => compareVersions(a.mlflow, b.mlflow));
}

/** Every route of every surface that no catalog operation serves. */
export function uncoveredRoutes(surfaces: readonly Surface[], operations: readonly Operation[]): string[] {
  const templates = new Set(operations.flatMap((o) => o.paths.map((path) => `${o.method} ${path}`)));
  return surfaces.flatMap((surface) =>
    surface.routes
      .filter((route) => !templates.has(`${route.method} ${bare(route.path)}`))
      .map(
        (route) => `MLflow ${surface.mlflow} serves ${route.method} ${route.path}, which the catalog lacks`,
      ),
  );
}

/** Catalog templates that the index does not find, or cannot hold: a defect of the lookup. */
export function unreachableTemplates(operations: readonly Operation[]): string[] {
  let index: CatalogIndex;
  try {
    index = new CatalogIndex(operations);
  } catch (error) {
    return [`the lookup (src/catalog/match.ts) does not take ${(error as Error).message}`];
  }
  return operations.flatMap((operation) =>
    operation.paths
      .filter((path) => {
        const match = index.find(operation.method, path.replace(/\{(\w+)\}/g, 'x-$1'));
        return !isMatch(match) || match.operation !== operation;
      })
      .map((path) => `${operation.method} ${path} is not found by the lookup`),
  );
}

/** A path of a surface as a template of the catalog: without the types of parameters. */
export function bare(path: string): string {
  return path.replace(/\{(\w+):\w+\}/g, '{$1}');
}
