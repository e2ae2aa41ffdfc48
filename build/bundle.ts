import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { rolldown } from 'rolldown';
import { withoutImports } from './builtin-modules.ts';

/** The file that `npm run build` writes and the image contains. */
export const BUNDLE = 'mlflow-gateway.mjs';

/** An npm package with code in the bundle. */
export interface BundledPackage {
  readonly name: string;
  readonly version: string;
}

/**
 * Bundles the gateway and its packages into one file, with an optional source map beside it. Not minified, so that a stack trace
 * from production is readable; the size does not matter.
 *
 * @param root the checkout
 * @param outDir where both files go; made if missing
 * @param commit what `--version` says that it was built from
 * @returns the npm packages inside, by name
 * @throws Error if an import cannot be found
 * @example
 * await bundle(process.cwd(), 'dist', commitOf(process.cwd()));
 */
export async function bundle(
  root: string,
  outDir: string,
  commit: string,
): Promise<readonly BundledPackage[]> {
  const build = await rolldown({
    input: join(root, 'src/main.ts'),
    platform: 'node',
    transform: { define: { MLFLOW_GATEWAY_COMMIT: JSON.stringify(commit) } },
    // The image has no packages beside the bundle.
    onLog: (level, log, handler) => handler(log.code === 'UNRESOLVED_IMPORT' ? 'error' : level, log),
  });
  const { output } = await build.write({
    file: join(outDir, BUNDLE),
    format: 'esm',
    codeSplitting: false,
    sourcemap: 'hidden',
    // The lines stay where they are, and so the source map holds.
    plugins: [
      { name: 'built-in modules', renderChunk: (code) => ({ code: withoutImports(code), map: null }) },
    ],
  });
  await build.close();
  return packagesOf(root, output[0].moduleIds);
}

function packagesOf(root: string, moduleIds: readonly string[]): BundledPackage[] {
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { version: string }>;
  };
  const places = moduleIds.map((id) => PLACE.exec(id)?.[1]).filter((place) => place !== undefined);
  return [...new Set(places)].sort().map((place) => {
    const { version } = lock.packages[place] ?? {};
    if (version === undefined) throw new Error(`${place} is in the bundle but not in package-lock.json`);
    return { name: place.slice(place.lastIndexOf('node_modules/') + 'node_modules/'.length), version };
  });
}

/** The folder of the package that a module is in, as package-lock.json names it. */
const PLACE = /\/(node_modules\/(?:.+\/node_modules\/)?(?:@[^/]+\/)?[^/]+)\//;
