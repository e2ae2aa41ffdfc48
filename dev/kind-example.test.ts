/**
 * The script of examples/kind where nothing may be started; `npm run e2e:kind-example` runs it on a cluster.
 */
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const FOLDER = join(import.meta.dirname, '../examples/kind');
const TOOLS = ['docker', 'kind', 'kubectl', 'helm', 'curl'];
/** The commands that the script needs on every system. */
const BASICS = ['bash', 'cat', 'date', 'dirname', 'env', 'grep', 'rm', 'sed', 'tr', 'cut'];

/** A Docker that runs, and a kind that is new enough. */
const WORKING = { 'docker info': '', 'kind version': 'kind v0.33.0 go1.25.0 linux/amd64' };

const work = mkdtempSync(join(tmpdir(), 'kind-example-'));
const basics = join(work, 'basics');

beforeAll(() => {
  mkdirSync(basics);
  for (const name of BASICS) {
    const found = spawnSync('sh', ['-c', `command -v ${name}`], { encoding: 'utf8' }).stdout.trim();
    symlinkSync(found, join(basics, name));
  }
});

afterAll(() => rmSync(work, { recursive: true }));

/** Programs that write their calls into the file `calls` of the folder and fail, except for these calls and what they answer. */
function tools(answers: Readonly<Record<string, string>>): string {
  const path = mkdtempSync(join(work, 'tools-'));
  const cases = Object.entries(answers).map(([call, answer]) => `'${call}') echo '${answer}'; exit 0 ;;`);
  for (const name of TOOLS) {
    const lines = [
      `call="${name} $*"`,
      `echo "$call" >>'${path}/calls'`,
      'case $call in',
      ...cases,
      'esac',
      'exit 1',
    ];
    writeFileSync(join(path, name), `#!/usr/bin/env bash\n${lines.join('\n')}\n`);
    chmodSync(join(path, name), 0o755);
  }
  return path;
}

const callsOf = (path: string): string => readFileSync(join(path, 'calls'), 'utf8');

function script(args: readonly string[], path: readonly string[] = [basics], env = {}) {
  const { status, stdout, stderr } = spawnSync(join(FOLDER, 'run.sh'), args, {
    encoding: 'utf8',
    env: { PATH: path.join(':'), ...env },
  });
  return { status, stdout, stderr };
}

describe('examples/kind/run.sh', () => {
  test('--dry-run prints every step in order, and needs no tool', () => {
    const files = readdirSync(FOLDER);
    const { status, stdout, stderr } = script(['--dry-run']);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const steps = [...stdout.matchAll(/^== (\d+)\. (.*)$/gm)].map(
      ([, number, title]) => `${number} ${title}`,
    );
    expect(steps).toEqual([
      '1 A cluster, with a port on this machine',
      '2 Images',
      '3 MLflow, by community-charts/mlflow',
      "4 Two teams, and a stranger's pod",
      '5 Before: every pod of the cluster reaches MLflow',
      "6 The gateway's chart: nothing changes yet",
      "7 The label: MLflow's pods get the gateway, and leave the network",
      '8 The proof',
    ]);
    expect(stdout).toMatch(/^\$ kind create cluster --name mlflow-gateway-example /m);
    expect(stdout).toMatch(/^\$ docker build --tag mlflow-gateway:example /m);
    expect(readdirSync(FOLDER)).toEqual(files);
  });

  test('its settings change the printed commands', () => {
    const env = {
      CLUSTER: 'lab',
      MLFLOW_PORT: '9999',
      NODE_IMAGE: 'node:x',
      GATEWAY_IMAGE: 'registry.example.com/gateway:1',
      MLFLOW_IMAGE: 'registry.example.com/mlflow:2',
      COMMUNITY_CHART: 'https://charts.example.com',
    };
    const { stdout } = script(['--dry-run'], [basics], env);
    for (const part of [
      'kind create cluster --name lab --image node:x ',
      'hostPort: 9999,',
      'image.repository=registry.example.com/gateway --set image.tag=1 ',
      'image.repository=registry.example.com/mlflow --set image.tag=2 ',
      'helm install mlflow mlflow --repo https://charts.example.com --version ',
    ])
      expect(stdout).toContain(part);
    expect(stdout).not.toContain('docker build');
  });

  test('names every tool that is missing, and where to get it, before it does anything', () => {
    const { status, stdout, stderr } = script([]);
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    for (const tool of TOOLS)
      expect(stderr).toMatch(new RegExp(`^ {2}${tool} is not on PATH: https://`, 'm'));
  });

  test.each([
    ['kind v0.23.0 go1.22.4 linux/amd64', true],
    ['kind v0.24.0 go1.22.6 linux/amd64', false],
    ['kind v1.0.0 go1.30.0 linux/amd64', false],
  ])('%s: too old is %s', (version, isTooOld) => {
    const { status, stderr } = script([], [basics, tools({ 'kind version': version })]);
    expect(status).toBe(1);
    expect(stderr).toContain('docker does not answer');
    expect(stderr.includes('kind is older than 0.24')).toBe(isTooOld);
  });

  test('leaves a cluster alone that it has not made', () => {
    const path = tools({ ...WORKING, 'kind get clusters': 'lab' });
    const env = { CLUSTER: 'lab' };
    const { status, stderr } = script([], [basics, path], env);
    expect(status).toBe(1);
    expect(stderr).toContain('A cluster lab exists, and this script has not finished making it.');
    expect(script(['--prove'], [basics, path], env).status).toBe(1);
    expect(script(['--delete'], [basics, path], env).status).toBe(0);
    expect(callsOf(path)).not.toMatch(/^(kind (create|delete|load)|helm|kubectl)/m);
  });

  test('reports a port in use before it creates a cluster', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const path = tools({ ...WORKING, 'kind get clusters': '' });
    const { status, stderr } = script([], [basics, path], { MLFLOW_PORT: String(port) });
    server.close();
    expect(status).toBe(1);
    expect(stderr).toContain(`Port ${port} of this machine is in use.`);
    expect(callsOf(path)).not.toContain('kind create');
  });

  test.each([[['--help']], [['-h']]])('%s prints the usage', (args) => {
    expect(script(args)).toMatchObject({ status: 0, stdout: expect.stringMatching(/^Usage: /), stderr: '' });
  });

  test.each([[['--dry']], [['--dry-run', '--delete']], [['']]])('refuses %j with the usage', (args) => {
    expect(script(args)).toMatchObject({ status: 2, stdout: '', stderr: expect.stringMatching(/^Usage: /) });
  });
});
