import { chmodSync, copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BUNDLE, bundle } from '../bundle.ts';
import { sbom } from '../sbom.ts';

/** The oldest Node that runs the bundle: `await using` is a syntax error before. */
const OLDEST_NODE = '>=24';
export const REPOSITORY = 'https://github.com/mlflow-gateway/mlflow-gateway';

export interface NpmPackageOptions {
  readonly root: string;
  /** Where the package's files go; made if missing. */
  readonly to: string;
  readonly commit: string;
  /** Seconds, for a reproducible bill of materials. */
  readonly epoch?: string;
}

/**
 * Writes the folder of the npm package: the bundle, a check of Node's version before it, and no dependency. The checkout's own manifest
 * is private, since a checkout is not what is published.
 *
 * @example
 * await writeNpmPackage({ root: process.cwd(), to: 'dist/npm', commit: commitOf(process.cwd()) });
 */
export async function writeNpmPackage({ root, to, commit, epoch }: NpmPackageOptions): Promise<void> {
  mkdirSync(to, { recursive: true });
  const bundled = await bundle(root, to, commit);
  const own = join(root, 'build/npm');
  copyFileSync(join(own, 'bin.mjs'), join(to, 'bin.mjs'));
  chmodSync(join(to, 'bin.mjs'), 0o755);
  copyFileSync(join(own, 'README.md'), join(to, 'README.md'));
  for (const file of ['LICENSE', 'NOTICE']) copyFileSync(join(root, file), join(to, file));
  const { name, version, description, license } = JSON.parse(
    readFileSync(join(root, 'package.json'), 'utf8'),
  );
  writeFileSync(join(to, 'mlflow-gateway.cdx.json'), sbom({ root, bundled, osPackages: [], epoch }));
  const manifest = {
    name,
    version,
    description,
    license,
    type: 'module',
    keywords: ['mlflow', 'gateway', 'oidc', 'rbac', 'multi-tenancy', 'audit'],
    homepage: `${REPOSITORY}#readme`,
    repository: { type: 'git', url: `git+${REPOSITORY}.git` },
    bugs: `${REPOSITORY}/issues`,
    engines: { node: OLDEST_NODE },
    bin: { [name]: 'bin.mjs' },
    files: ['bin.mjs', BUNDLE, 'mlflow-gateway.cdx.json', 'NOTICE'],
  };
  writeFileSync(join(to, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
}
