import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { commitOf } from '../commit.ts';
import { buildArtefacts, LAYOUT, npmFile } from './artefacts.ts';
import { command } from './command.ts';
import { installEverything } from './install.ts';
import { imageSizes } from './oci-layout.ts';
import { publish } from './publish.ts';
import { npmToken, startRegistries } from './services.ts';
import { tagVersion } from './tag.ts';
import { verifyEverything } from './verify.ts';

/**
 * A whole release that leaves this machine alone: tags a clone, builds, pushes to registries on loopback, signs with a key of its own, and then
 * verifies and installs from there as a user would.
 *
 * @throws Error at the first step that fails
 * @example
 * await dryRun(process.cwd(), '0.2.0', undefined);
 */
export async function dryRun(root: string, version: string, buildImage: string | undefined): Promise<void> {
  const began = performance.now();
  const step = (title: string): void =>
    console.error(`\n## ${Math.round((performance.now() - began) / 1000)} s: ${title}\n`);
  const dir = mkdtempSync(join(tmpdir(), 'release-'));
  let stop = async (): Promise<void> => {};
  try {
    step('tag');
    console.error(`the source is the commit ${commitOf(root)}`);
    const checkout = join(dir, 'checkout');
    command('git', ['clone', '--quiet', '--local', root, checkout]);
    tagVersion(checkout, version);
    command('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--silent'], { cwd: checkout });

    step('registries on loopback');
    const registries = await startRegistries(dir);
    stop = registries.stop;
    const registry = registries.oci;

    step('build');
    const out = join(dir, 'artefacts');
    const commit = commitOf(checkout);
    await buildArtefacts({ root: checkout, out, version, commit, registry, buildImage });
    console.error(artefactsIn(out));

    step('publish and sign');
    const key = join(dir, 'cosign');
    process.env.COSIGN_PASSWORD = '';
    command('cosign', ['generate-key-pair', '--output-key-prefix', key]);
    const published = publish({ out, version, commit, registry, signing: { key: `${key}.key` } });
    await publishToNpm(dir, registries.npm, join(out, npmFile(version)));

    const result = { dir, out, version, commit, registry, published, publicKey: `${key}.pub` };
    step('verify');
    verifyEverything(checkout, result);
    step('install and run');
    installEverything(result);
    step(`${version} is installed and verified`);
  } finally {
    await stop();
    rmSync(dir, { recursive: true, force: true });
  }
}

/** Publishes, and makes the registry the one of every npm that this process starts from now on. */
async function publishToNpm(dir: string, registry: string, file: string): Promise<void> {
  const npmrc = join(dir, 'npmrc');
  writeFileSync(
    npmrc,
    `registry=http://${registry}/\n//${registry}/:_authToken=${await npmToken(registry)}\n`,
  );
  process.env.npm_config_userconfig = npmrc;
  process.env.npm_config_cache = join(dir, 'npm-cache');
  // `npm run` passes on the registry of the machine.
  process.env.npm_config_registry = `http://${registry}/`;
  // npm gives a pre-release no tag by itself.
  command('npm', ['publish', '--tag', 'next', file], { cwd: dir });
}

/** A line for each file: its size, and the components that a bill of materials lists. */
function artefactsIn(out: string): string {
  const line = (name: string): string => {
    const file = join(out, name);
    const size = `${Math.ceil(statSync(file).size / 1024)} KiB`;
    if (!name.endsWith('.cdx.json')) return `${name}  ${size}`;
    const { components } = JSON.parse(readFileSync(file, 'utf8')) as { components: unknown[] };
    return `${name}  ${size}, ${components.length} components`;
  };
  const files = readdirSync(out).filter((name) => statSync(join(out, name)).isFile());
  const images = imageSizes(join(out, LAYOUT)).map(
    ({ architecture, bytes }) =>
      `image for linux/${architecture}  ${(bytes / 1e6).toFixed(1)} MB, compressed`,
  );
  return [...images, ...files.map(line)].join('\n');
}
