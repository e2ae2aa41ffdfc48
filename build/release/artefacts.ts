import { createHash } from 'node:crypto';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { command } from './command.ts';
import { sectionOf, withLinksTo } from './notes.ts';
import { REPOSITORY, writeNpmPackage } from './npm-package.ts';
import { fileIn, readLayout } from './oci-layout.ts';
import { pythonBill } from './python-bill.ts';

/** The folder of the image in the folder of the artefacts, as an OCI layout. */
export const LAYOUT = 'image';
export const CHECKSUMS = 'checksums.txt';
const PLATFORMS = 'linux/amd64,linux/arm64';

export interface BuildOptions {
  readonly root: string;
  /** Emptied first. */
  readonly out: string;
  readonly version: string;
  readonly commit: string;
  /** Where the image will be, as the chart names it: `ghcr.io/mlflow-gateway`. */
  readonly registry: string;
  /** The Dockerfile's BUILD_IMAGE, where its default cannot be pulled. */
  readonly buildImage: string | undefined;
}

/**
 * Makes everything that a version consists of, and publishes nothing: image, chart, npm package, Python package, bills of materials, JSON
 * Schemas of the identity file, release notes, and the checksums of all files.
 *
 * @example
 * await buildArtefacts({ root, out: 'dist/release', version: '0.1.0', commit, registry: 'ghcr.io/mlflow-gateway', buildImage: undefined });
 */
export async function buildArtefacts(options: BuildOptions): Promise<void> {
  const { root, out, version } = options;
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  const epoch = command('git', ['log', '-1', '--format=%ct'], { cwd: root }).trim();
  buildImage(options, epoch);
  const image = readLayout(join(out, LAYOUT));
  for (const platform of image.platforms) {
    const bill = fileIn(join(out, LAYOUT), platform, 'usr/share/sbom/mlflow-gateway.cdx.json');
    writeFileSync(join(out, imageBill(version, platform.architecture)), bill);
  }
  packageChart(options, image.digest);
  await packNpm(options, epoch);
  packPython(options, epoch);
  writeFileSync(join(out, `mlflow-gateway-auth-${version}.cdx.json`), pythonBill(root, epoch));
  writeFileSync(join(out, 'image-digest.txt'), `${image.digest}\n`);
  writeFileSync(
    join(out, 'release-notes.md'),
    withLinksTo(
      `${REPOSITORY}/blob/v${version}`,
      sectionOf(readFileSync(join(root, 'CHANGELOG.md'), 'utf8'), version),
    ),
  );
  for (const name of ['identity.schema.json', 'identity-table.schema.json'])
    cpSync(join(root, 'docs/reference', name), join(out, name));
  writeFileSync(join(out, CHECKSUMS), checksums(out));
}

/** The name of the bill of materials of one platform's image. */
export function imageBill(version: string, architecture: string): string {
  return `mlflow-gateway-${version}-image-linux-${architecture}.cdx.json`;
}

function buildImage({ root, out, version, commit, buildImage: base }: BuildOptions, epoch: string): void {
  const values = {
    VERSION: version,
    REVISION: commit,
    SOURCE_DATE_EPOCH: epoch,
    ...(base && { BUILD_IMAGE: base }),
  };
  const set = Object.entries(values).flatMap(([name, value]) => ['--build-arg', `${name}=${value}`]);
  // Bills and provenance are attached after the push, signed; BuildKit's own are not signed.
  const plain = ['--provenance=false', '--sbom=false'];
  const output = `type=oci,tar=false,rewrite-timestamp=true,dest=${join(out, LAYOUT)}`;
  command('docker', ['buildx', 'build', '--platform', PLATFORMS, ...set, ...plain, '--output', output, '.'], {
    cwd: root,
  });
}

/** The published chart names the published image by its digest. */
function packageChart({ root, out, version, registry }: BuildOptions, digest: string): void {
  const dir = mkdtempSync(join(tmpdir(), 'chart-'));
  try {
    const chart = join(dir, 'mlflow-gateway');
    cpSync(join(root, 'chart'), chart, { recursive: true });
    const values = readFileSync(join(chart, 'values.yaml'), 'utf8');
    writeFileSync(join(chart, 'values.yaml'), publishedValues(values, registry, digest));
    const about = readFileSync(join(chart, 'Chart.yaml'), 'utf8');
    writeFileSync(
      join(chart, 'Chart.yaml'),
      about.replace(/^( +image: )(?=mlflow-gateway:)/m, `$1${registry}/`),
    );
    const names = ['--version', version, '--app-version', version];
    command(process.env.HELM ?? 'helm', ['package', chart, ...names, '--destination', out]);
  } finally {
    rmSync(dir, { recursive: true });
  }
}

/**
 * The chart's values with the published image.
 *
 * @throws Error if the values no longer have the image where it was
 * @example
 * publishedValues(text, 'ghcr.io/mlflow-gateway', 'sha256:...');
 */
function publishedValues(text: string, registry: string, digest: string): string {
  const image = /^image:\n(?: .*\n)+/m.exec(text)?.[0] ?? '';
  const published = image
    .replace(/^( {2}repository: )mlflow-gateway$/m, `$1${registry}/mlflow-gateway`)
    .replace(/^( {2}digest: )""$/m, `$1${digest}`);
  if (!published.includes(`${registry}/mlflow-gateway\n`) || !published.includes(digest))
    throw new Error('chart/values.yaml has no image.repository and image.digest to fill in');
  return text.replace(image, () => published);
}

/** The npm package among the artefacts. */
export const npmFile = (version: string): string => `mlflow-gateway-npm-${version}.tgz`;

async function packNpm({ root, out, version, commit }: BuildOptions, epoch: string): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), 'npm-'));
  try {
    await writeNpmPackage({ root, to: dir, commit, epoch });
    // Helm gives its package the same name.
    const packed = command('npm', ['pack', '--silent', '--ignore-scripts'], { cwd: dir }).trim();
    cpSync(join(dir, packed), join(out, npmFile(version)));
    cpSync(join(dir, 'mlflow-gateway.cdx.json'), join(out, `mlflow-gateway-${version}-npm.cdx.json`));
  } finally {
    rmSync(dir, { recursive: true });
  }
}

function packPython({ root, out }: BuildOptions, epoch: string): void {
  const dir = mkdtempSync(join(tmpdir(), 'python-'));
  try {
    command('python3', ['-m', 'venv', dir]);
    const python = join(dir, 'bin/python');
    const project = join(root, 'clients/python');
    command(python, [
      '-m',
      'pip',
      'install',
      '--quiet',
      '--requirement',
      join(project, 'requirements-dev.txt'),
    ]);
    const env = { SOURCE_DATE_EPOCH: epoch };
    command(python, ['-m', 'build', '--no-isolation', '--outdir', out, project], { env });
  } finally {
    rmSync(dir, { recursive: true });
  }
}

/** In the format of `sha256sum --check`, sorted by name; folders are left out. */
function checksums(dir: string): string {
  const files = readdirSync(dir).filter((name) => name !== CHECKSUMS && statSync(join(dir, name)).isFile());
  const line = (name: string): string =>
    `${createHash('sha256')
      .update(readFileSync(join(dir, name)))
      .digest('hex')}  ${name}\n`;
  return files.sort().map(line).join('');
}
