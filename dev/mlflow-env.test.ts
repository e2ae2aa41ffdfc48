import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, expect, test, vi } from 'vitest';
import { cacheDirectory, mlflowEnv } from './mlflow-env.ts';

const dir = mkdtempSync(join(tmpdir(), 'mlflow-env-test-'));
let cache: string;
const report: string[] = [];
beforeEach(() => {
  cache = mkdtempSync(join(dir, 'cache-'));
  report.length = 0;
  vi.stubEnv('MLFLOW_GATEWAY_CACHE', cache);
  vi.stubEnv('MLFLOW_GATEWAY_UV', '');
});
afterEach(() => vi.unstubAllEnvs());
afterAll(() => rmSync(dir, { recursive: true }));

const make = () => mlflowEnv('3.17.2', (line) => report.push(line));

/**
 * A stand-in for Python: `-m venv DIR` copies it to DIR/bin, `-m pip install` puts `mlflow` beside it, and `calls`
 * records every run.
 */
function fakePython(options: { version?: string; venv?: string; pip?: string } = {}): string {
  const file = join(cache, 'fake-python');
  const { version = '3.11', venv = 'true', pip = 'true' } = options;
  writeFileSync(
    file,
    `#!/bin/sh
echo "$*" >> ${join(cache, 'calls')}
case "$1 $2" in
  "-c import sys"*) echo ${version};;
  "-c import mlflow"*) test -e "$(dirname "$0")/mlflow" && echo 3.17.2;;
  "-m venv") ${venv} && mkdir -p "$3/bin" && cp "$0" "$3/bin/python";;
  "-m pip") ${pip} && touch "$(dirname "$0")/mlflow";;
  *) exit 9;;
esac
`,
  );
  chmodSync(file, 0o755);
  vi.stubEnv('MLFLOW_GATEWAY_PYTHON', file);
  return file;
}

const calls = (): string => readFileSync(join(cache, 'calls'), 'utf8');

test('environments are kept in the cache directory', () => {
  expect(cacheDirectory({ MLFLOW_GATEWAY_CACHE: '/c', XDG_CACHE_HOME: '/x' })).toBe('/c');
  expect(cacheDirectory({ MLFLOW_GATEWAY_CACHE: '', XDG_CACHE_HOME: '/x' })).toBe('/x/mlflow-gateway');
  expect(cacheDirectory({})).toMatch(/\/\.cache\/mlflow-gateway$/);
});

test('an environment is made once, and marked once it is complete', async () => {
  fakePython();
  const env = await make();
  expect(env.python).toBe(join(cache, 'mlflow-3.17.2/bin/python'));
  expect(readFileSync(join(env.dir, '.installed'), 'utf8')).toBe('3.17.2\n');
  expect(calls()).toMatch(/-m venv .*\n-m pip install .*mlflow==3\.17\.2/);
  const before = calls();
  expect(await make()).toEqual(env);
  expect(calls()).toBe(before);
});

test('uv installs the packages if MLFLOW_GATEWAY_UV names it', async () => {
  fakePython();
  const uv = join(cache, 'fake-uv');
  // `uv pip install --no-progress --compile-bytecode --python PYTHON PACKAGES`
  writeFileSync(uv, `#!/bin/sh\necho "uv $*" >> ${join(cache, 'calls')}\ntouch "$(dirname "$6")/mlflow"\n`);
  chmodSync(uv, 0o755);
  vi.stubEnv('MLFLOW_GATEWAY_UV', uv);
  const { python } = await make();
  expect(calls()).toContain(
    `uv pip install --no-progress --compile-bytecode --python ${python} mlflow==3.17.2\n`,
  );
  expect(calls()).not.toMatch(/-m pip install/);
});

test('the wheel goes over the version before if the package index lacks a part of MLflow', async () => {
  const lacking = 'echo "ERROR: No matching distribution found for mlflow-skinny==3.17.2"; exit 1';
  fakePython({ pip: `case "$*" in *--no-deps*|*"mlflow<"*) ;; *) ${lacking};; esac` });
  await make();
  const installs = calls().match(/(?<=--progress-bar off ).*/g);
  expect(installs).toEqual(['mlflow==3.17.2', 'mlflow<3.17.2', '--no-deps mlflow==3.17.2']);
  expect(report.join()).toContain('lacks a part of MLflow 3.17.2');
});

test('two concurrent callers install it once', async () => {
  fakePython({ pip: 'sleep 0.3' });
  await Promise.all([make(), make()]);
  expect(calls().match(/-m pip install/g)).toHaveLength(1);
  expect(report).toContain('waiting for another process that is installing MLflow 3.17.2');
});

test('an interrupted installation starts over', async () => {
  fakePython();
  const env = join(cache, 'mlflow-3.17.2');
  mkdirSync(join(env, 'bin'), { recursive: true });
  writeFileSync(join(env, 'leftover'), '');
  await make();
  expect(existsSync(join(env, 'leftover'))).toBe(false);
  expect(existsSync(join(env, '.installed'))).toBe(true);
});

test('an environment made by hand is used unchanged', async () => {
  const python = fakePython();
  const bin = join(cache, 'mlflow-3.17.2/bin');
  mkdirSync(bin, { recursive: true });
  writeFileSync(join(bin, 'mlflow'), '');
  writeFileSync(join(bin, 'python'), readFileSync(python), { mode: 0o755 });
  await make();
  expect(calls()).not.toMatch(/-m (venv|pip)/);
});

test.each([
  [
    'no Python',
    () => vi.stubEnv('MLFLOW_GATEWAY_PYTHON', join(dir, 'none')),
    /no python3 was found.*apt-get install python3/,
  ],
  ['an old Python', () => fakePython({ version: '3.9' }), /fake-python is 3\.9.*apt-get install python3/],
  [
    'Debian without python3-venv',
    () => fakePython({ venv: 'echo "ensurepip is not available" && false' }),
    /sudo apt-get install python3-venv$/,
  ],
  [
    'a failure of pip',
    () => fakePython({ pip: 'echo "no such package" >&2; false' }),
    /pip failed.*no such package/s,
  ],
])('reports %s with a remedy, and marks nothing', async (_, arrange, message) => {
  arrange();
  await expect(make()).rejects.toThrow(message);
  expect(existsSync(join(cache, 'mlflow-3.17.2/.installed'))).toBe(false);
});

test('refuses an invalid version before it becomes part of a path', async () => {
  await expect(mlflowEnv('../evil')).rejects.toThrow(/not an MLflow version/);
});

test('an environment with extras is separate and has its own mark', async () => {
  fakePython();
  const extras = ['moto[server]==5.2.5', 'boto3==1.44.8'];
  const made = await mlflowEnv('3.17.2', (line) => report.push(line), extras);
  expect(made.dir).toBe(join(cache, 'mlflow-3.17.2+boto3_1.44.8+moto_server_5.2.5'));
  expect(calls()).toContain('mlflow==3.17.2 moto[server]==5.2.5 boto3==1.44.8');
  const before = calls();
  await mlflowEnv('3.17.2', (line) => report.push(line), [...extras].reverse());
  expect(calls()).toBe(before);
  expect((await make()).dir).toBe(join(cache, 'mlflow-3.17.2'));
});

test.each(['boto3', 'boto3>=1', '--index-url=x', 'git+https://x', 'a==1 b==2', '../x==1'])(
  'refuses %j, which is not exact',
  async (extra) => {
    await expect(mlflowEnv('3.17.2', undefined, [extra])).rejects.toThrow(/not an exact requirement/);
  },
);
