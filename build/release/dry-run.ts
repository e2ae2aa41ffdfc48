import { randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../dev/ports.ts';
import { type RunningProcess, startProcess, untilServing } from '../../dev/process.ts';
import { commitOf } from '../commit.ts';
import { buildArtefacts, CHECKSUMS, LAYOUT, npmFile } from './artefacts.ts';
import { command } from './command.ts';
import { readLayout } from './oci-layout.ts';
import { type Published, plainHttp, publish } from './publish.ts';
import { tagVersion } from './tag.ts';

/** A real npm registry that asks no other. */
const VERDACCIO = 'verdaccio@6.10.4';

/**
 * A whole release that leaves this machine alone: tags a clone, builds, pushes to registries on loopback, signs with a key of its own, and then
 * installs and verifies from there as a user would.
 *
 * @throws Error at the first step that fails
 * @example
 * await dryRun(process.cwd(), '0.2.0', undefined);
 */
export async function dryRun(root: string, version: string, buildImage: string | undefined): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), 'release-'));
  const services: RunningProcess[] = [];
  try {
    const checkout = join(dir, 'checkout');
    command('git', ['clone', '--quiet', '--local', root, checkout]);
    tagVersion(checkout, version);
    command('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--silent'], { cwd: checkout });

    const registry = await serve(services, '/v2/', (port) => [
      'crane',
      ['registry', 'serve', '--address', `127.0.0.1:${port}`, '--disk', dir],
    ]);
    const npm = await serve(services, '/-/ping', (port) => npmRegistry(dir, port));
    const out = join(dir, 'artefacts');
    const commit = commitOf(checkout);
    await buildArtefacts({ root: checkout, out, version, commit, registry, buildImage });

    const key = join(dir, 'cosign');
    process.env.COSIGN_PASSWORD = '';
    command('cosign', ['generate-key-pair', '--output-key-prefix', key]);
    const published = publish({ out, version, commit, registry, signing: { key: `${key}.key` } });
    const npmrc = join(dir, 'npmrc');
    writeFileSync(npmrc, `registry=http://${npm}/\n//${npm}/:_authToken=${await npmToken(npm)}\n`);
    process.env.npm_config_userconfig = npmrc;
    process.env.npm_config_cache = join(dir, 'npm-cache');
    // npm run passes on the registry of the machine.
    process.env.npm_config_registry = `http://${npm}/`;
    command('npm', ['publish', join(out, npmFile(version))], { cwd: dir });
    install({ dir, out, version, commit, registry, published, publicKey: `${key}.pub` });
    console.error(`dry run of ${version}: everything installed and verified`);
  } finally {
    await Promise.all(services.map((service) => service.stop()));
    rmSync(dir, { recursive: true, force: true });
  }
}

interface Installation {
  readonly dir: string;
  readonly out: string;
  readonly version: string;
  readonly commit: string;
  readonly registry: string;
  readonly published: Published;
  readonly publicKey: string;
}

/** What docs/verify.md says, with the key in place of the workflow's identity. */
function install({ dir, out, version, commit, registry, published, publicKey }: Installation): void {
  const line = new RegExp(`^${RegExp.escape(version)} \\(commit ${commit}, catalog of MLflow [\\d.]+\\)\\n$`);
  const expectVersion = (text: string): void => {
    if (!line.test(text)) throw new Error(`--version says ${text}`);
    console.error(text.trimEnd());
  };
  const key = ['--key', publicKey, '--insecure-ignore-tlog=true'];
  const bundle = join(out, `${CHECKSUMS}.sigstore.json`);
  command('cosign', ['verify-blob', ...key, '--bundle', bundle, join(out, CHECKSUMS)]);
  console.error(command('sha256sum', ['--check', CHECKSUMS], { cwd: out }).trimEnd());
  for (const subject of [published.image, published.chart]) command('cosign', ['verify', ...key, subject]);
  const { platforms } = readLayout(join(out, LAYOUT));
  for (const { digest } of platforms)
    command('cosign', [
      'verify-attestation',
      ...key,
      '--type',
      'cyclonedx',
      `${registry}/mlflow-gateway@${digest}`,
    ]);
  command('cosign', ['verify-attestation', ...key, '--type', 'slsaprovenance1', published.image]);
  expectRefused(['verify', ...key, `${published.chart.split('@')[0]}@${platforms[0]?.digest}`]);

  command('docker', ['pull', '--quiet', published.image]);
  expectVersion(command('docker', ['run', '--rm', published.image, '--version']));
  runEmulated(dir, published.image, expectVersion);

  const chart = `oci://${registry}/charts/mlflow-gateway`;
  const helm = process.env.HELM ?? 'helm';
  const values = [
    '--set',
    'config.GW_OIDC_ISSUER=https://idp.example.com',
    '--set',
    'config.GW_OIDC_AUDIENCE=mlflow',
  ];
  const rendered = command(helm, [
    'template',
    'gateway',
    chart,
    '--version',
    version,
    ...plainHttp(registry),
    ...values,
  ]);
  if (!rendered.includes(published.image)) throw new Error(`the chart does not run ${published.image}`);
  console.error(`image: ${published.image}`);

  const npx = (...args: readonly string[]): string =>
    command('npx', ['--yes', `mlflow-gateway@${version}`, ...args], { cwd: dir });
  expectVersion(npx('--version'));
  console.error(
    npx(
      'explain',
      'GET',
      '/api/2.0/mlflow/runs/get?run_id=0f5c6d1b9a7e4c1f8d2b3a4958671c20',
      '--tenant',
      'team-a',
    ).trimEnd(),
  );
  console.error(`${npx('catalog').trimEnd().split('\n').length - 1} operations in the catalog`);
  command('npx', ['--yes', `mlflow-gateway@${version}`, 'check', '--offline'], {
    cwd: dir,
    env: { GW_AUTH_MODE: 'off', GW_TARGET_BASE_URL: 'http://127.0.0.1:5000' },
  });

  const venv = join(dir, 'venv');
  command('python3', ['-m', 'venv', venv]);
  const from = ['--no-index', '--find-links', out];
  command(join(venv, 'bin/pip'), ['install', '--quiet', ...from, `mlflow-gateway-auth==${version}`]);
  const python = command(join(venv, 'bin/python'), [
    '-c',
    'from importlib.metadata import version; print(version("mlflow-gateway-auth"))',
  ]);
  if (python.trim() !== version) throw new Error(`the Python package is ${python}`);
}

/** A verification that cannot fail proves nothing. */
function expectRefused(args: readonly string[]): void {
  try {
    command('cosign', args);
  } catch {
    console.error('refused, as it must be: nothing with that digest is signed there');
    return;
  }
  throw new Error('cosign accepted what nobody signed');
}

/** Runs the image for arm64 on another processor, if QEMU's user emulator is there. */
function runEmulated(dir: string, image: string, expectVersion: (text: string) => void): void {
  const emulator = process.env.RELEASE_QEMU_AARCH64;
  if (emulator === undefined) {
    console.error('linux/arm64 was not run: RELEASE_QEMU_AARCH64 names no emulator');
    return;
  }
  const rootfs = join(dir, 'arm64');
  mkdirSync(rootfs);
  const archive = join(dir, 'arm64.tar');
  command('crane', ['export', '--platform', 'linux/arm64', image, archive]);
  command('tar', ['-xf', archive, '-C', rootfs]);
  const node = join(rootfs, 'usr/local/bin/node');
  const bundle = join(rootfs, 'opt/mlflow-gateway/mlflow-gateway.mjs');
  expectVersion(command(emulator, ['-L', rootfs, node, bundle, '--version']));
}

/** Starts a service on loopback, waits until it answers, and returns its address without a scheme. */
async function serve(
  services: RunningProcess[],
  path: string,
  commandFor: (port: number) => readonly [string, readonly string[]],
): Promise<string> {
  const port = await freePort();
  const [name, args] = commandFor(port);
  console.error(`$ ${name} ${args[0]} ... &`);
  const log = join(mkdtempSync(join(tmpdir(), 'release-log-')), `${name}.log`);
  const service = await startProcess({ name, command: name, args, env: process.env, log });
  services.push(service);
  await untilServing(service, {
    name,
    timeoutMs: 300_000,
    ask: async () => {
      const { ok, status } = await fetch(`http://127.0.0.1:${port}${path}`);
      return ok || `status ${status}`;
    },
  });
  return `127.0.0.1:${port}`;
}

function npmRegistry(dir: string, port: number): [string, readonly string[]] {
  const config = join(dir, 'verdaccio.yaml');
  // JSON is YAML. Without uplinks it answers only with what was published to it.
  const settings = {
    storage: join(dir, 'npm'),
    auth: { htpasswd: { file: join(dir, 'htpasswd') } },
    packages: { '**': { access: '$all', publish: '$authenticated' } },
    log: { type: 'stdout', format: 'pretty', level: 'warn' },
  };
  writeFileSync(config, JSON.stringify(settings));
  return ['npx', ['--yes', VERDACCIO, '--config', config, '--listen', `127.0.0.1:${port}`]];
}

/** npm publishes to no registry without a user. */
async function npmToken(registry: string): Promise<string> {
  const user = { name: 'release', password: randomUUID() };
  const response = await fetch(`http://${registry}/-/user/org.couchdb.user:${user.name}`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(user),
  });
  const { token } = (await response.json()) as { token?: string };
  if (token === undefined) throw new Error(`the npm registry gave no token: ${response.status}`);
  return token;
}
