import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { LIMITS } from '../../limits.ts';
import { listeningSockets } from './listening-sockets.ts';

const HEAD = '  sl  local_address rem_address   st\n';
const row = (local: string, state: string): string => `   0: ${local} 00000000:0000 ${state} 0\n`;
const CONNECTION = row('0100007F:A1B2', '01');

async function table(text: string): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'tcp-'));
  onTestFinished(() => rm(dir, { recursive: true }));
  const path = join(dir, 'tcp');
  await writeFile(path, text);
  return path;
}

test('what listens on this machine is found, IPv6 too', async () => {
  for (const host of ['127.0.0.1', '::1']) {
    const server = createServer().listen(0, host);
    await once(server, 'listening');
    onTestFinished(() => void server.close());
    const { port } = server.address() as AddressInfo;
    expect(await listeningSockets()).toContainEqual({ address: host, port });
  }
});

test('a machine without IPv6 has one table only', async () => {
  const path = await table(HEAD + row('0100007F:1F90', '0A'));
  expect(await listeningSockets([path, `${path}6`])).toEqual([{ address: '127.0.0.1', port: 8080 }]);
});

test('a table that is not there, or is none, is named', async () => {
  const path = await table('Permission denied\n');
  await expect(listeningSockets([`${path}4`])).rejects.toThrow(`${path}4: ENOENT`);
  await expect(listeningSockets([path])).rejects.toThrow(`${path}: it has a row in another form`);
  const good = await table(HEAD);
  await expect(listeningSockets([good, path])).rejects.toThrow(`${path}: it has a row`);
});

test('of an endless table what listens is known from its start', async () => {
  const connections = CONNECTION.repeat(LIMITS.socketTable.value / CONNECTION.length + 10_000);
  const path = await table(HEAD + row('00000000:1F90', '0A') + connections + row('00000000:0001', '0A'));
  expect(await listeningSockets([path])).toEqual([{ address: '0.0.0.0', port: 8080 }]);
});

test('an endless table of listeners is an error', async () => {
  const listener = row('0100007F:A1B2', '0A');
  const path = await table(HEAD + listener.repeat(LIMITS.socketTable.value / listener.length + 10_000));
  await expect(listeningSockets([path])).rejects.toThrow('bytes of listening sockets');
});
