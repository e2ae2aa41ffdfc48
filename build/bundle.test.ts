import { execFile } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { WORKSPACE } from '../bench/shapes.ts';
import { fetcher } from '../dev/http.ts';
import { freePort } from '../dev/ports.ts';
import { startProcess } from '../dev/process.ts';
import { DESCRIBED_VERSION } from '../src/catalog/generated/catalog.ts';
import { BUNDLE, type BundledPackage, bundle } from './bundle.ts';
import { SCRIPT, writeImageFolder } from './code-cache.ts';
import { commandOutsideImage, imageEntrypoint } from './image-command.ts';
import { sbom } from './sbom.ts';

const root = join(import.meta.dirname, '..');
const run = promisify(execFile);
const COMMIT = '0f5c6d1b9a7e4c1f8d2b3a4958671c20c0ffee00';
let dir: string;
let bundled: readonly BundledPackage[];
let command: readonly string[];
let image: string;
let cache: string;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'bundle-'));
  bundled = await bundle(root, dir, COMMIT);
  image = join(dir, 'image');
  cache = writeImageFolder(root, dir, image);
  command = commandOutsideImage(root, {
    '/opt/mlflow-gateway': image,
    '/run/mlflow': dir,
    '/var/log/mlflow-gateway': dir,
  });
}, 180_000);

afterAll(() => rmSync(dir, { recursive: true, force: true }));

test('the bundle holds the packages that the gateway depends on, and no build tool', () => {
  const { dependencies, devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const names = bundled.map(({ name }) => name);
  expect(names).toEqual(expect.arrayContaining(['jose', 'pino', 'zod']));
  for (const name of Object.keys(devDependencies)) expect(names).not.toContain(name);
  for (const { name, version } of bundled)
    if (name in dependencies) expect(`${name} ${version}`).toBe(`${name} ${dependencies[name]}`);
});

test('the bundle runs alone with the command of the image, and prints version, commit and catalog', async () => {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const [node = '', ...args] = command;
  const { stdout, stderr } = await run(node, [...args, '--version'], { cwd: dir, env: {} });
  expect(stdout).toBe(`${version} (commit ${COMMIT}, catalog of MLflow ${DESCRIBED_VERSION})\n`);
  expect(stderr).toBe('');
});

test('the bundle runs alone, without the command of the image', async () => {
  const { stdout, stderr } = await run(process.execPath, [join(dir, BUNDLE), 'catalog', '--json'], {
    env: {},
    maxBuffer: 64 * 1024 * 1024,
  });
  expect(JSON.parse(stdout).length).toBeGreaterThan(100);
  expect(stderr).toBe('');
});

test('the image starts from V8’s code cache, which fits its flags and not others', async () => {
  const script = join(image, 'fits.mjs');
  writeFileSync(
    script,
    `import { readFileSync } from 'node:fs';
     import { Script } from 'node:vm';
     const file = ${JSON.stringify(join(image, SCRIPT))};
     const cachedData = readFileSync(${JSON.stringify(cache)});
     console.log(new Script(readFileSync(file, 'latin1'), { filename: file, cachedData }).cachedDataRejected);`,
  );
  const [node = '', ...args] = command;
  const withFlags = [...args.slice(0, -1), script];
  expect((await run(node, withFlags)).stdout).toBe('false\n');
  const other = withFlags.filter((arg) => !arg.startsWith('--disallow-code'));
  expect((await run(node, other)).stdout).toBe('true\n');
});

test('a bundle that was changed after its cache was made runs as it is now', async () => {
  const copy = join(image, 'changed');
  mkdirSync(copy);
  copyFileSync(join(image, BUNDLE), join(copy, BUNDLE));
  copyFileSync(cache, join(copy, basename(cache)));
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  // V8 compares the length of the source only.
  const other = version.replace(/^./, '9');
  const changed = readFileSync(join(image, SCRIPT), 'latin1').replace(`= "${version}"`, `= "${other}"`);
  writeFileSync(join(copy, SCRIPT), changed, 'latin1');
  const [node = '', ...args] = command;
  const { stdout } = await run(node, [...args.slice(0, -1), join(copy, BUNDLE), '--version']);
  expect(stdout.split(' ')[0]).toBe(other);
});

test('under Node’s permission model the bundle serves a Unix socket, removes a stale one, and logs to its folder', async () => {
  const [node = '', ...args] = command;
  const socket = join(dir, 'mlflow.sock');
  const stub = await startProcess({
    name: 'the stub',
    command: process.execPath,
    args: [join(root, 'bench/stub-upstream.ts'), socket, String(await freePort())],
    env: {},
    log: join(dir, 'stub.log'),
  });
  const port = await freePort();
  const metricsPort = await freePort();
  const gateway = await startProcess({
    name: 'the gateway',
    command: node,
    args: [...args, 'serve'],
    env: {
      GW_AUTH_MODE: 'off',
      GW_LISTEN_HOST: '127.0.0.1',
      GW_LISTEN_PORT: String(port),
      GW_TARGET_BASE_URL: `unix:${socket}`,
      GW_UPSTREAM_SOCKET_CLEANUP: 'true',
      GW_AUDIT_FILE: join(dir, 'audit.jsonl'),
      GW_METRICS_PORT: String(metricsPort),
      GW_METRICS_HOST: '127.0.0.1',
    },
    log: join(dir, 'gateway.log'),
  });
  try {
    const fetch = fetcher(`http://127.0.0.1:${port}`);
    await expect.poll(async () => (await fetch('/readyz')).status).toBe(200);
    const answer = await fetch('/api/2.0/mlflow/runs/get?run_id=0f5c6d1b9a7e4c1f8d2b3a4958671c20', {
      headers: { 'x-tenant': WORKSPACE },
    });
    expect(answer.status).toBe(200);
    await expect.poll(() => readFileSync(join(dir, 'audit.jsonl'), 'utf8')).toContain('getRun');
    const metrics = await (await fetcher(`http://127.0.0.1:${metricsPort}`)('/metrics')).text();
    expect(metrics).toContain(
      'mlflow_gateway_requests_total{operation="getRun",decision="allow",status="2xx"} 1',
    );
    // Read from /proc/self/status, which the image lets Node read.
    expect(metrics).toMatch(/^process_resident_memory_bytes [1-9]\d{6,}$/m);
    expect(metrics).toMatch(/^process_cpu_seconds_total \d/m);
    process.kill(stub.pid, 'SIGKILL');
    await expect.poll(() => existsSync(socket)).toBe(false);
  } finally {
    await Promise.all([gateway.stop(), stub.stop()]);
  }
  expect(gateway.tail()).not.toContain('ERR_ACCESS_DENIED');
});

test('the bundle cannot reach files outside its folders, other programs or code from strings', async () => {
  const script = join(dir, 'try.mjs');
  writeFileSync(
    script,
    `import { readFileSync, writeFileSync } from 'node:fs';
     import { spawnSync } from 'node:child_process';
     import { Worker } from 'node:worker_threads';
     const tries = {
       read: () => readFileSync('/etc/passwd'),
       write: () => writeFileSync('/tmp/from-the-gateway', ''),
       spawn: () => { const { error } = spawnSync('/bin/true'); if (error) throw error; },
       worker: () => new Worker('0', { eval: true }),
       code: () => new Function('return 1')(),
     };
     for (const [name, act] of Object.entries(tries)) {
       try { act(); console.log(name, 'worked'); } catch (error) { console.log(name, error.code ?? error.name); }
     }`,
  );
  const [node = '', ...args] = command;
  const { stdout } = await run(node, [...args.slice(0, -1), script]);
  expect(stdout.trim().split('\n')).toEqual([
    'read ERR_ACCESS_DENIED',
    'write ERR_ACCESS_DENIED',
    'spawn ERR_ACCESS_DENIED',
    'worker ERR_ACCESS_DENIED',
    'code EvalError',
  ]);
});

test('the image runs without a shell, as a user that Kubernetes recognises as not root', () => {
  const dockerfile = readFileSync(join(root, 'Dockerfile'), 'utf8');
  expect(dockerfile).toMatch(/^USER [1-9]\d*:[1-9]\d*$/m);
  expect(imageEntrypoint(root)[0]).toBe('/usr/local/bin/node');
});

test('the bill of materials lists the content of the image with licences, and is reproducible', () => {
  const make = () =>
    sbom({
      root,
      bundled,
      runtime: { node: '26.10.0', openssl: '3.5.4', modules: '141' },
      osPackages: [{ kind: 'deb/debian', name: 'libc6', version: '2.36-9+deb12u14' }],
      epoch: '1700000000',
    });
  const text = make();
  expect(make()).toBe(text);
  const bom = JSON.parse(text);
  expect(bom).toMatchObject({
    bomFormat: 'CycloneDX',
    metadata: { component: { name: 'mlflow-gateway', type: 'application' } },
  });
  const refs = bom.components.map((component: { 'bom-ref': string }) => component['bom-ref']);
  for (const { name, version } of bundled) expect(refs).toContain(`${name}@${version}`);
  expect(refs).toHaveLength(bundled.length + 2);
  expect(bom.components.find(({ name }: { name: string }) => name === 'jose')).toHaveProperty('licenses');
  expect(bom.components.find(({ name }: { name: string }) => name === 'node')).toMatchObject({
    version: '26.10.0',
    components: [{ name: 'openssl', version: '3.5.4' }],
  });
  expect(bom.components.at(-1).purl).toBe('pkg:deb/debian/libc6@2.36-9%2Bdeb12u14');
});
