import { createServer } from 'node:net';
import { expect, test } from 'vitest';
import { freePort, nextFreePort, portIsFree } from './ports.ts';

test('a port in use is not free, and the next free one is found', async () => {
  const port = await freePort();
  expect(await portIsFree(port)).toBe(true);
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  expect(await portIsFree(port)).toBe(false);
  expect(await nextFreePort(port)).toBeGreaterThan(port);
  await expect(nextFreePort(port, 1)).rejects.toThrow(`all ports from ${port} to ${port}`);
  await new Promise((resolve) => server.close(resolve));
});
