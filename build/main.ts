/**
 * Builds the release in dist/: one file that Node runs, its source map, and the bill of materials; and in dist/image/ the same file with
 * V8's code cache, for the image.
 *
 *     node build/main.ts
 *     node build/main.ts --image [OS_PACKAGES]   for an image: the bill also lists this Node, and system libraries,
 *                                                one a line: kind, name, version (written by image-root.ts)
 *
 * REVISION names the commit where git cannot, as in an image.
 */
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { BUNDLE, bundle } from './bundle.ts';
import { writeImageFolder } from './code-cache.ts';
import { commitOf } from './commit.ts';
import { type OsPackage, sbom } from './sbom.ts';

const root = join(import.meta.dirname, '..');
const outDir = join(root, 'dist');
const [image, list] = process.argv.slice(2);

const bundled = await bundle(root, outDir, process.env.REVISION || commitOf(root));
const cache = writeImageFolder(root, outDir, join(outDir, 'image'));
const bill = join(outDir, 'mlflow-gateway.cdx.json');
const epoch = process.env.SOURCE_DATE_EPOCH;
writeFileSync(
  bill,
  sbom({
    root,
    bundled,
    osPackages: list === undefined ? [] : readOsPackages(list),
    ...(image === '--image' ? { runtime: process.versions } : {}),
    epoch,
  }),
);
for (const file of [join(outDir, BUNDLE), join(outDir, `${BUNDLE}.map`), bill, cache]) {
  console.error(`${relative(root, file)}  ${Math.round(statSync(file).size / 1024)} KiB`);
}

function readOsPackages(path: string): OsPackage[] {
  const lines = readFileSync(path, 'utf8').split('\n').filter(Boolean);
  return lines.map((line) => {
    const [kind, name, version, ...more] = line.split('\t');
    if (!kind || !name || !version || more.length > 0)
      throw new Error(`${path}: not kind, name, version: ${line}`);
    return { kind, name, version };
  });
}
