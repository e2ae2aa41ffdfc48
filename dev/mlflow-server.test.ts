import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { MAX_SOCKET_PATH, startMlflow } from './mlflow-server.ts';

// Errors before the start; e2e/gateway/mlflow-server.test.ts shows the start itself.
const dir = mkdtempSync(join(tmpdir(), 'mlflow-server-test-'));
const servers: Server[] = [];
afterAll(() => {
  for (const server of servers) server.close();
  rmSync(dir, { recursive: true });
});

async function listening(where: { path: string } | { port: number; host: string }): Promise<Server> {
  const server = createServer((socket) => socket.destroy());
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(where, resolve));
  return server;
}

test('refuses a port in use', async () => {
  const server = await listening({ port: 0, host: '127.0.0.1' });
  const { port } = server.address() as { port: number };
  await expect(startMlflow({ dir, listen: { port } })).rejects.toThrow(`port ${port} on 127.0.0.1 is in use`);
});

test('refuses a socket that another server listens on', async () => {
  const path = join(dir, 'live.sock');
  const server = await listening({ path });
  await expect(startMlflow({ dir, listen: { unix: path } })).rejects.toThrow(
    `another server is listening on ${path}`,
  );
  expect(server.listening).toBe(true);
});

test('refuses a path too long for a Unix socket', async () => {
  const path = join('/tmp', 'x'.repeat(MAX_SOCKET_PATH));
  await expect(startMlflow({ dir, listen: { unix: path } })).rejects.toThrow(/at most 103 bytes/);
});

test.each(['2.22.5', '3.1.4'])(
  'refuses a Unix socket for MLflow %s, which does not support one',
  async (version) => {
    await expect(startMlflow({ dir, version })).rejects.toThrow(/gunicorn.*use a port/);
  },
);
