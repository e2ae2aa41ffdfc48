import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, expect, test, vi } from 'vitest';
import { layeredEnv } from './layered-env.ts';

const dir = mkdtempSync(join(tmpdir(), 'layered-env-test-'));
let cache: string;
beforeEach(() => {
  cache = mkdtempSync(join(dir, 'cache-'));
  vi.stubEnv('MLFLOW_GATEWAY_CACHE', cache);
  vi.stubEnv('MLFLOW_GATEWAY_UV', '');
});
afterEach(() => vi.unstubAllEnvs());
afterAll(() => rmSync(dir, { recursive: true }));

/**
 * A complete MLflow environment with a stand-in for Python: `-m venv DIR` copies it to DIR/bin, `-c` prints the folder of packages,
 * and `calls` records every run.
 */
function base(pip = 'true'): string {
  const env = join(cache, 'mlflow-3.17.2');
  mkdirSync(join(env, 'bin'), { recursive: true });
  writeFileSync(join(env, '.installed'), '3.17.2\n');
  const python = join(env, 'bin/python');
  writeFileSync(
    python,
    `#!/bin/sh
echo "$*" >> ${join(cache, 'calls')}
case "$1 $2" in
  "-c import sysconfig"*) mkdir -p "$(dirname "$0")/../site" && cd "$(dirname "$0")/../site" && pwd;;
  "-m venv") mkdir -p "$3/bin" && cp "$0" "$3/bin/python";;
  "-m pip") ${pip};;
  *) exit 9;;
esac
`,
  );
  chmodSync(python, 0o755);
  return env;
}

const calls = (): string => readFileSync(join(cache, 'calls'), 'utf8');
const make = (...packages: string[]) => layeredEnv({ name: 'extra', packages }, '3.17.2', () => {});

test('a layer is made once, sees the packages below it, and does not change them', async () => {
  const below = base();
  const env = await make('b==2.0', 'a==1.0');
  expect(env.dir).toMatch(/mlflow-3\.17\.2-extra-[0-9a-f]{8}$/);
  expect(readFileSync(join(env.dir, 'site/mlflow-below.pth'), 'utf8')).toBe(`${join(below, 'site')}\n`);
  expect(calls()).toMatch(/-m pip install .* b==2\.0 a==1\.0\n/);
  const before = calls();
  expect(await make('a==1.0', 'b==2.0')).toEqual(env);
  expect(calls()).toBe(before);
});

test('another list of packages has another environment', async () => {
  base();
  expect((await make('a==1.0')).dir).not.toBe((await make('a==1.1')).dir);
});

test('two concurrent callers install it once', async () => {
  base('sleep 0.3');
  await Promise.all([make('a==1.0'), make('a==1.0')]);
  expect(calls().match(/-m pip install/g)).toHaveLength(1);
});

test('a failed installation does not count as complete', async () => {
  base('false');
  await expect(make('a==1.0')).rejects.toThrow(/pip failed/);
  base();
  const env = await make('a==1.0');
  expect(existsSync(join(env.dir, '.installed'))).toBe(true);
});

test.each(['a', 'a>=1', 'a==1.*', '--index-url=x', 'a==1 b==2'])(
  'refuses %s, which is not pinned',
  async (wanted) => {
    base();
    await expect(make(wanted)).rejects.toThrow(/not pinned \(expected package==version\)/);
  },
);
