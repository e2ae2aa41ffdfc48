/**
 * `check` of a gateway that is older than its MLflow. Its catalog is this one's, reduced to what an older surveyed MLflow has, so the
 * test stays true when the catalog learns a new version. MLflow is the newest surveyed one, as it is.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type MlflowServer, startMlflow } from '../../dev/mlflow-server.ts';
import { OPERATIONS, SURVEYED_VERSIONS } from '../../src/catalog/generated/catalog.ts';
import { check, type KnownSurface } from '../../src/cli/check.ts';

/** Before MCP servers, label schemas, review queues and guardrails. */
const OLDER = '3.10.1';

const dir = mkdtempSync(join(tmpdir(), 'newer-'));
let mlflow: MlflowServer;
beforeAll(async () => {
  mlflow = await startMlflow({ dir });
});
afterAll(async () => {
  await mlflow?.stop();
  rmSync(dir, { recursive: true, force: true });
});

const knownIn = (version: string): KnownSurface => ({
  operations: OPERATIONS.filter(({ versions }) => versions.includes(version)),
  versions: SURVEYED_VERSIONS.slice(0, SURVEYED_VERSIONS.indexOf(version) + 1),
});

/** Runs `check` with the catalog of a gateway that knows MLflow up to `version`. */
async function checkAs(version: string, json: boolean): Promise<{ code: number; stdout: string }> {
  let stdout = '';
  const write = vi.spyOn(process.stdout, 'write').mockImplementation((text, ...rest) => {
    stdout += String(text);
    (rest.at(-1) as (() => void) | undefined)?.();
    return true;
  });
  try {
    const env = { GW_AUTH_MODE: 'off', GW_TARGET_BASE_URL: mlflow.address };
    return { code: await check(env, { offline: false, json }, knownIn(version)), stdout };
  } finally {
    write.mockRestore();
  }
}

test('an older gateway lists missing features with their pages, and exits with 4', async () => {
  const { code, stdout } = await checkAs(OLDER, true);
  const { ok, newer, missing } = JSON.parse(stdout);
  expect({ code, ok, newer }).toEqual({ code: 4, ok: true, newer: true });
  const of = (feature: string) => missing.find((one: { feature: string }) => one.feature === feature);
  expect(of('MCP servers')).toMatchObject({
    whole: true,
    callers: 'pages and clients',
    parts: ['list', 'show'],
  });
  expect(of('Label schemas')).toMatchObject({ whole: true, callers: 'pages and clients' });
  expect(of('Review queues')).toMatchObject({ whole: true });
  // The newer catalog has each of them, so none is a guess.
  const has = new Set(
    OPERATIONS.flatMap(({ method, paths }) =>
      paths.map((path) => `${method} ${path.replaceAll(/\{\w+\}/g, '{}')}`),
    ),
  );
  const named: string[] = missing.flatMap(({ operations }: { operations: string[] }) => operations);
  expect(named.map((pair) => pair.replaceAll(/\{\w+\}/g, '{}')).filter((pair) => !has.has(pair))).toEqual([]);
});

test('an older gateway lists refused features and the remedy as text', async () => {
  const { code, stdout } = await checkAs(OLDER, false);
  expect(stdout).toMatch(/^miss {2}MCP servers \(.*pages and clients\): list, show, /m);
  expect(stdout).toMatch(/^warn {2}to do: MLflow .* Upgrade the gateway/m);
  expect(stdout).not.toContain('FAIL');
  expect(code).toBe(4);
});

test('a gateway that knows the version misses nothing', async () => {
  const { code, stdout } = await checkAs(mlflow.version, true);
  expect(JSON.parse(stdout)).toMatchObject({ ok: true, newer: false, missing: [] });
  expect(code).toBe(0);
});
