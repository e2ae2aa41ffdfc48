import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { LAYOUT } from './artefacts.ts';
import { command } from './command.ts';
import type { DryRunResult } from './dry-run-result.ts';
import { plainHttp } from './publish.ts';

const EXPLAIN = [
  'explain',
  'GET',
  '/api/2.0/mlflow/runs/get?run_id=0f5c6d1b9a7e4c1f8d2b3a4958671c20',
  ...['--tenant', 'team-a', '--role', 'viewer'],
];
const REQUIRED_VALUES = [
  ...['--set', 'mode=sidecar', '--set', 'injection.method=webhook'],
  ...['--set', 'config.GW_OIDC_ISSUER=https://idp.example.com', '--set', 'config.GW_OIDC_AUDIENCE=mlflow'],
];

/**
 * Installs what a dry run has published from its registries, as a user would, and runs it.
 *
 * @throws Error at the first command that fails, or the first part of another version or commit
 * @example
 * installEverything(result);
 */
export function installEverything(result: DryRunResult): void {
  const said = [
    installImage(result),
    ...runEmulated(result),
    installNpmPackage(result),
    ...installChart(result),
  ];
  const { version, commit } = result;
  const expected = new RegExp(
    `^${RegExp.escape(version)} \\(commit ${commit}, catalog of MLflow [\\d.]+\\)$`,
  );
  const other = said.find((line) => !expected.test(line));
  if (other !== undefined || new Set(said).size !== 1)
    throw new Error(`--version says ${said.join(' and ')}`);
  console.error(`${said.length} places say: ${said[0]}`);
  installPythonPackage(result);
}

function installImage({ published: { image } }: DryRunResult): string {
  command('docker', ['pull', '--quiet', image]);
  return command('docker', ['run', '--rm', image, '--version']).trim();
}

/** Runs the image for arm64 on another processor, if QEMU's user emulator is there. */
function runEmulated({ dir, published: { image } }: DryRunResult): readonly string[] {
  const emulator = process.env.RELEASE_QEMU_AARCH64;
  if (emulator === undefined) {
    console.error('linux/arm64 was not run: RELEASE_QEMU_AARCH64 names no emulator');
    return [];
  }
  const rootfs = join(dir, 'arm64');
  mkdirSync(rootfs);
  const archive = join(dir, 'arm64.tar');
  command('crane', ['export', '--platform', 'linux/arm64', image, archive]);
  command('tar', ['-xf', archive, '-C', rootfs]);
  const node = join(rootfs, 'usr/local/bin/node');
  const bundle = join(rootfs, 'opt/mlflow-gateway/mlflow-gateway.mjs');
  const run = (...args: readonly string[]): string =>
    command(emulator, ['-L', rootfs, node, bundle, ...args]).trim();
  console.error(run(...EXPLAIN));
  return [run('--version')];
}

function installNpmPackage({ dir, version }: DryRunResult): string {
  const npx = (...args: readonly string[]): string =>
    command('npx', ['--yes', `mlflow-gateway@${version}`, ...args], { cwd: dir }).trim();
  console.error(npx(...EXPLAIN));
  console.error(`${npx('catalog').split('\n').length - 1} operations in the catalog`);
  command('npx', ['--yes', `mlflow-gateway@${version}`, 'check', '--offline'], {
    cwd: dir,
    env: { GW_AUTH_MODE: 'off', GW_TARGET_BASE_URL: 'http://127.0.0.1:5000' },
  });
  return npx('--version');
}

/** From the registry: rendered, and installed on a kind cluster if there is one. */
function installChart(result: DryRunResult): readonly string[] {
  const { version, registry, published } = result;
  const chart = [`oci://${registry}/charts/mlflow-gateway`, '--version', version, ...plainHttp(registry)];
  const helm = (...args: readonly string[]): string => command(process.env.HELM ?? 'helm', args);
  const rendered = helm('template', 'gateway', ...chart, ...REQUIRED_VALUES, '--kube-version', '1.34.0');
  if (!rendered.includes(published.image)) throw new Error(`the chart does not run ${published.image}`);
  const cluster = process.env.RELEASE_KIND_CLUSTER;
  if (cluster === undefined) {
    console.error('the chart was not installed on a cluster: RELEASE_KIND_CLUSTER names none');
    return [];
  }
  loadImage(cluster, result);
  const namespace = ['--namespace', 'mlflow-gateway-dry-run'];
  try {
    helm('install', 'gateway', ...chart, ...namespace, '--create-namespace', ...REQUIRED_VALUES, '--wait');
    const pods = command('kubectl', [
      ...[...namespace, 'get', 'pods', '--output'],
      'jsonpath={range .items[*]}{.metadata.name} {.spec.containers[0].image} {.status.phase}{"\\n"}{end}',
    ]);
    console.error(pods.trimEnd());
    if (!pods.includes(`${published.image} Running`)) throw new Error(`no pod runs ${published.image}`);
    const [pod = ''] = pods.split(' ');
    const inPod = ['exec', pod, '--', '/usr/local/bin/node', '/opt/mlflow-gateway/mlflow-gateway.mjs'];
    return [command('kubectl', [...namespace, ...inPod, '--version']).trim()];
  } finally {
    command('kubectl', ['delete', 'namespace', 'mlflow-gateway-dry-run', '--ignore-not-found']);
  }
}

/** Gives the nodes the image under its name with the digest: they do not reach the loopback of this machine. */
function loadImage(cluster: string, { out, published: { image } }: DryRunResult): void {
  for (const node of command('kind', ['get', 'nodes', '--name', cluster]).trim().split('\n'))
    command('bash', [
      '-euo',
      'pipefail',
      '-c',
      'tar -C "$1" -c . | docker exec -i "$2" ctr --namespace k8s.io images import --digests --base-name "$3" -',
      'bash',
      ...[join(out, LAYOUT), node, image.slice(0, image.indexOf('@'))],
    ]);
}

function installPythonPackage({ dir, out, version }: DryRunResult): void {
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
