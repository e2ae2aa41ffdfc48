import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { type Description, operationsOf } from '../../codegen/description.ts';
import { bare, readSurfaces } from '../../codegen/surfaces.ts';
import { NewVersionError } from './extraction.ts';
import { cellsOf, withMatrixRow, withVersionRow } from './versions-page.ts';

/** The suites of `e2e/versions/main.ts` that prove a version; their names are the columns of the matrix in docs/versions.md. */
export const SUITES: readonly string[] = ['conformance, tags', 'conformance, workspaces', 'attacks on tags'];

/**
 * Runs conformance and attacks against a real server of the version, and writes its rows of docs/versions.md.
 *
 * @param suites - some of `SUITES`; the results of the others stay as they are
 * @returns whether every test passed
 * @throws {NewVersionError} if the suites printed no result
 */
export async function prove(root: string, version: string, suites: readonly string[]): Promise<boolean> {
  const { output, code } = await runSuites(root, version, suites);
  const results = resultsOf(output, version);
  const lacking = suites.filter((suite) => !results.has(suite));
  if (lacking.length > 0)
    throw new NewVersionError(`e2e/versions printed no result for MLflow ${version}, ${lacking.join(', ')}`);
  const page = join(root, 'docs/versions.md');
  const text = withVersionRow(readFileSync(page, 'utf8'), version, missingBy(root));
  writeFileSync(page, withMatrixRow(text, version, results));
  return code === 0;
}

/** Suite → result, of a version, in the table that `e2e/versions/main.ts` prints last. */
export function resultsOf(output: string, version: string): Map<string, string> {
  const lines = output.split('\n');
  const row = cellsOf(lines.findLast((line) => line.startsWith(`| ${version} |`)));
  const head = cellsOf(lines.findLast((line) => line.startsWith('| MLflow |')));
  return new Map(head.flatMap((suite, index) => (row[index] ? [[suite, row[index]] as const] : [])));
}

/** The number of operations in the catalog, and of those that a surveyed version has no route for. */
export function missingBy(root: string): { all: number; missing: (version: string) => number } {
  const description = parse(readFileSync(join(root, 'openapi/mlflow.yaml'), 'utf8')) as Description;
  const operations = [...operationsOf(description)];
  const surfaces = new Map(
    readSurfaces(join(root, 'openapi/surfaces')).map((one) => [one.mlflow, one.routes]),
  );
  return {
    all: operations.length,
    missing: (version) => {
      const routes = new Set(surfaces.get(version)?.map(({ method, path }) => `${method} ${bare(path)}`));
      return operations.filter(
        ({ method, described }) =>
          !described['x-mlflow-mounts'].some((mount) => routes.has(`${method} ${mount}`)),
      ).length;
    },
  };
}

async function runSuites(
  root: string,
  version: string,
  suites: readonly string[],
): Promise<{ output: string; code: number | null }> {
  const child = spawn(process.execPath, ['e2e/versions/main.ts', version, ...suites], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString('utf8');
    process.stdout.write(chunk);
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  return { output, code };
}
