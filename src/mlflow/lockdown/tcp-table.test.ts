import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { BadTable, TcpTable } from './tcp-table.ts';

const HEAD =
  '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode                                                     \n';
const row = (local: string, state: string, remote = '00000000:0000'): string =>
  `   0: ${local} ${remote} ${state} 00000000:00000000 00:00000000 00000000     0        0 1581 1 00000000bd51ab15 100 0 0 10 0                      \n`;

function read(text: string, order: 'LE' | 'BE' = 'LE', step = text.length): readonly object[] {
  const table = new TcpTable(order);
  for (let at = 0; at < text.length; at += step) table.read(text.slice(at, at + step));
  return table.end();
}

test.each([
  ['0100007F:1F90', { address: '127.0.0.1', port: 8080 }],
  ['00000000:0050', { address: '0.0.0.0', port: 80 }],
  ['0500000A:FFFF', { address: '10.0.0.5', port: 65535 }],
  ['00000000000000000000000000000000:1388', { address: '::', port: 5000 }],
  ['00000000000000000000000001000000:1388', { address: '::1', port: 5000 }],
  ['0000000000000000FFFF00000500000A:1388', { address: '10.0.0.5', port: 5000 }],
  ['000080FE00000000FF005450B6AD1DFE:1388', { address: 'fe80::5054:ff:fe1d:adb6', port: 5000 }],
])('reads a socket that listens at %s', (local, listening) => {
  const remote = local.length > 13 ? `${'0'.repeat(32)}:0000` : '00000000:0000';
  expect(read(HEAD + row(local, '0A', remote))).toEqual([listening]);
});

test('reads addresses in the byte order of the machine', () => {
  expect(read(HEAD + row('7F000001:1F90', '0A'), 'BE')).toEqual([{ address: '127.0.0.1', port: 8080 }]);
});

test('keeps only listening sockets, in any row and with any chunks', () => {
  const text =
    HEAD +
    row('0100007F:0001', '0A') +
    row('0100007F:0002', '01') +
    row('0100007F:0003', '06') +
    row('0100007F:0004', '0A');
  for (const step of [1, 7, 150, 4096])
    expect(read(text, 'LE', step)).toEqual([
      { address: '127.0.0.1', port: 1 },
      { address: '127.0.0.1', port: 4 },
    ]);
});

describe('an invalid table is an error, not an empty result:', () => {
  test.each([
    ['nothing', ''],
    ['something else', 'Permission denied\n'],
    ['a row in another form', `${HEAD}   0: 127.0.0.1:8080 LISTEN\n`],
    ['a row that ends early', HEAD + row('0100007F:0001', '0A').slice(0, 60)],
    ['one endless row', HEAD + 'x'.repeat(2_000)],
  ])('%s', (_, text) => {
    expect(() => read(text)).toThrow(BadTable);
  });

  test('a table without sockets is valid', () => {
    expect(read(HEAD)).toEqual([]);
  });
});

test('in this machine’s own tables, finds listeners and not their connections', async () => {
  const servers = await Promise.all(
    ['127.0.0.1', '0.0.0.0', '::1', '::'].map(async (host) => {
      const server = createServer((socket) => socket.on('error', () => {})).listen(0, host);
      await once(server, 'listening');
      onTestFinished(() => void server.close());
      return { host, port: (server.address() as AddressInfo).port };
    }),
  );
  const client = connect(servers[0]!.port, '127.0.0.1');
  await once(client, 'connect');
  onTestFinished(() => void client.destroy());
  const found = ['/proc/net/tcp', '/proc/net/tcp6'].flatMap((path) => {
    const table = new TcpTable();
    table.read(readFileSync(path, 'latin1'));
    return table.end();
  });
  for (const { host, port } of servers)
    expect(found.filter((one) => one.port === port)).toEqual([{ address: host, port }]);
  const { port } = client.address() as AddressInfo;
  expect(found.some((one) => one.port === port)).toBe(false);
});

test('reads 50,000 connections in a few milliseconds per chunk', () => {
  const rows = Array.from({ length: 50_000 }, () => row('0100007F:A1B2', '01'));
  const text = HEAD + row('00000000:1F90', '0A') + rows.join('');
  const table = new TcpTable();
  const chunks = Array.from({ length: Math.ceil(text.length / 65_536) }, (_, i) =>
    text.slice(i * 65_536, (i + 1) * 65_536),
  );
  const times = chunks.map((chunk) => {
    const began = performance.now();
    table.read(chunk);
    return performance.now() - began;
  });
  expect(table.end()).toEqual([{ address: '0.0.0.0', port: 8080 }]);
  // The middle one of all chunks: a busy machine may hold up some of them. 3 ms on a slow machine.
  expect(times.sort((a, b) => a - b)[times.length >> 1]).toBeLessThan(50);
});
