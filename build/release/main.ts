import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { commitOf } from '../commit.ts';
import { buildArtefacts } from './artefacts.ts';
import { dryRun } from './dry-run.ts';
import { publish } from './publish.ts';
import { tagVersion } from './tag.ts';
import { VERSION, versionsIn } from './versions.ts';

const HELP = `npm run release -- VERSION [--dry-run | --build | --publish]

Makes a version: image for amd64 and arm64, chart, npm package, Python package, bills of materials, checksums, signatures, release notes.

  (no option)   writes the version into every file that has it, names the unreleased changes after it, commits and tags. Nothing is
                pushed: the tag, once pushed, starts .github/workflows/release.yml, which runs the next two
  --build       makes all artefacts of the tagged commit in dist/release
  --publish     pushes image and chart from dist/release, and signs them with the identity of the workflow
  --dry-run     all of it in a clone, with registries on loopback and a key of its own; then installs and verifies from there

  RELEASE_REGISTRY        where image and chart go (default ghcr.io/mlflow-gateway)
  RELEASE_BUILD_IMAGE     the Dockerfile's BUILD_IMAGE
  RELEASE_QEMU_AARCH64    qemu-aarch64-static, with which --dry-run also runs the image for arm64
  RELEASE_KIND_CLUSTER    a kind cluster, that of KUBECONFIG, on which --dry-run also installs the chart from its registry
  HELM                    helm

It needs git, docker with buildx, helm, crane, cosign and Python 3.10; docs/releasing.md has the steps.
Exit codes: 0 done, 1 failed, 2 wrong arguments.`;

const root = join(import.meta.dirname, '../..');
const out = resolve(root, 'dist/release');
const registry = process.env.RELEASE_REGISTRY || 'ghcr.io/mlflow-gateway';
const buildImage = process.env.RELEASE_BUILD_IMAGE || undefined;

async function main(args: readonly string[]): Promise<number> {
  let given: ReturnType<typeof readArguments>;
  try {
    given = readArguments(args);
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${HELP}`);
    return 2;
  }
  if (given.mode === 'help') {
    console.log(HELP);
    return 0;
  }
  try {
    await run(given.mode, given.version);
    return 0;
  } catch (error) {
    console.error(`release: ${(error as Error).message}`);
    return 1;
  }
}

async function run(mode: string, version: string): Promise<void> {
  if (mode === 'dry-run') return dryRun(root, version, buildImage);
  if (mode === 'tag') {
    tagVersion(root, version);
    return console.error(`tagged v${version}; to publish it: git push origin HEAD v${version}`);
  }
  const other = versionsIn(root).find((place) => place.version !== version);
  if (other !== undefined)
    throw new Error(`${other.file} has ${other.version}: check out the tag v${version}`);
  const commit = commitOf(root);
  if (mode === 'build') return buildArtefacts({ root, out, version, commit, registry, buildImage });
  console.log(JSON.stringify(publish({ out, version, commit, registry, signing: { keyless: true } })));
}

function readArguments(args: readonly string[]): { readonly mode: string; readonly version: string } {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      help: { type: 'boolean', short: 'h' },
      'dry-run': { type: 'boolean' },
      build: { type: 'boolean' },
      publish: { type: 'boolean' },
    },
  });
  if (values.help) return { mode: 'help', version: '' };
  const [version = '', ...more] = positionals;
  if (more.length > 0 || !VERSION.test(version))
    throw new Error('one version is needed, such as 0.2.0 or 0.2.0-rc.1');
  const [mode = 'tag', ...others] = Object.keys(values);
  if (others.length > 0) throw new Error('--dry-run, --build and --publish exclude each other');
  return { mode, version };
}

process.exitCode = await main(process.argv.slice(2));
