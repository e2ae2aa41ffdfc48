import { existsSync, linkSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { startMlflow } from '../../dev/mlflow-server.ts';

const dir = mkdtempSync(join(tmpdir(), 'server-e2e-'));
afterAll(() => rmSync(dir, { recursive: true }));

test('an MLflow that does not start: the error ends with its log', async () => {
  await expect(startMlflow({ dir, extraArgs: ['--no-such-option'] })).rejects.toThrow(
    /exited with code 2; the end of .*mlflow\.log:.*No such option .*--no-such-option/s,
  );
});

test('over TCP, with data kept from one start to the next', async () => {
  const first = await startMlflow({ dir, workspaces: true, listen: { port: 0 } });
  expect(first.address).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  expect((await first.fetch('/api/3.0/mlflow/workspaces', { json: { name: 'kept' } })).status).toBe(201);
  await first.stop();
  await expect(first.fetch('/health')).rejects.toThrow(/ECONNREFUSED/);

  // The socket that a killed MLflow left behind must not stop the next.
  const path = join(dir, 'mlflow.sock');
  await leaveStaleSocket(path);
  const second = await startMlflow({ dir, workspaces: true });
  expect(second.address).toBe(`unix:${path}`);
  const listed = await second.fetch('/api/3.0/mlflow/workspaces');
  expect(await listed.json()).toMatchObject({ workspaces: expect.arrayContaining([{ name: 'kept' }]) });
  await second.stop();
  await expect(second.exited).resolves.toMatch(/exited|stopped/);
});

/** Node removes its own socket when it closes; a hard link keeps the file as SIGKILL would. */
async function leaveStaleSocket(path: string): Promise<void> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(`${path}.live`, resolve));
  linkSync(`${path}.live`, path);
  await new Promise((resolve) => server.close(resolve));
  expect(existsSync(path)).toBe(true);
}
