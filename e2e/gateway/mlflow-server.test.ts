import { existsSync, linkSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { startMlflow } from '../../dev/mlflow-server.ts';
import { portIsFree } from '../../dev/ports.ts';
import { found } from '../../dev/waiting.ts';

const dir = mkdtempSync(join(tmpdir(), 'server-e2e-'));
afterAll(() => rmSync(dir, { recursive: true }));

test('an MLflow that does not start throws an error that ends with its log', async () => {
  await expect(startMlflow({ dir, extraArgs: ['--no-such-option'] })).rejects.toThrow(
    /exited with code 2; the end of .*mlflow\.log:.*No such option .*--no-such-option/s,
  );
});

test('serves over TCP and keeps its data over a restart', async () => {
  const first = await startMlflow({ dir, workspaces: true, listen: { port: 0 } });
  expect(first.address).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  expect((await first.fetch('/api/3.0/mlflow/workspaces', { json: { name: 'kept' } })).status).toBe(201);
  await first.stop();
  await expect(first.fetch('/health')).rejects.toThrow(/ECONNREFUSED/);

  // The socket file of a killed MLflow must not prevent the next start.
  const path = join(dir, 'mlflow.sock');
  await leaveStaleSocket(path);
  const second = await startMlflow({ dir, workspaces: true });
  expect(second.address).toBe(`unix:${path}`);
  const listed = await second.fetch('/api/3.0/mlflow/workspaces');
  expect(await listed.json()).toMatchObject({ workspaces: expect.arrayContaining([{ name: 'kept' }]) });
  await second.stop();
  await expect(second.exited).resolves.toMatch(/exited|stopped/);
});

test.runIf(process.platform === 'linux')(
  'an MLflow from the fork server has its own variables, and ends when its caller is killed',
  async () => {
    const server = await startMlflow({
      dir: join(dir, 'forked'),
      listen: { port: 0 },
      staticPrefix: '/its-own',
    });
    const command = readFileSync(`/proc/${server.pid}/cmdline`, 'utf8').split('\0');
    expect(command.some((word) => /\/fork-[^/]+\/python$/.test(word))).toBe(true);
    expect((await server.fetch('/its-own/version')).status).toBe(200);
    expect((await server.fetch('/api/2.0/mlflow/experiments/search?max_results=1')).status).toBe(404);

    process.kill(server.pid, 'SIGKILL');
    const port = Number(new URL(server.address).port);
    await found('the port is free', () => portIsFree(port));
    await expect(server.exited).resolves.toBe('was stopped by SIGKILL');
  },
);

/** Node removes its socket file when it closes; a hard link keeps the file, as after SIGKILL. */
async function leaveStaleSocket(path: string): Promise<void> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(`${path}.live`, resolve));
  linkSync(`${path}.live`, path);
  await new Promise((resolve) => server.close(resolve));
  expect(existsSync(path)).toBe(true);
}
