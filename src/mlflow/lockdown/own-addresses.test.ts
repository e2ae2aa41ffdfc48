import { networkInterfaces } from 'node:os';
import { expect, test } from 'vitest';
import { isOwn, ownAddresses } from './own-addresses.ts';

test('returns every address of every interface, including loopback', () => {
  const addresses = ownAddresses();
  expect(addresses).toContain('127.0.0.1');
  const all = Object.values(networkInterfaces()).flatMap((of) => of ?? []);
  expect(addresses).toHaveLength(all.length);
  for (const { address, scopeid } of all) {
    expect(addresses.some((name) => name === address || (scopeid && name.startsWith(`${address}%`)))).toBe(
      true,
    );
  }
});

test.each([
  ['0.0.0.0', '10.0.0.5', true],
  ['0.0.0.0', '127.0.0.1', true],
  // An MLflow with --host :: can listen there beside a gateway on 0.0.0.0.
  ['0.0.0.0', '::1', false],
  ['0.0.0.0', 'fe80::1%eth0', false],
  ['::', '::1', true],
  ['::', '10.0.0.5', true],
  ['localhost', '127.0.0.1', true],
  ['localhost', '::1', true],
  ['localhost', '10.0.0.5', false],
  ['10.0.0.5', '10.0.0.5', true],
  ['10.0.0.5', '127.0.0.1', false],
])('a listener on %s accepts connections to %s: %s', (host, address, own) => {
  expect(isOwn({ host, port: 5000 }, address, 5000)).toBe(own);
  expect(isOwn({ host, port: 5000 }, address, 5001)).toBe(false);
});
