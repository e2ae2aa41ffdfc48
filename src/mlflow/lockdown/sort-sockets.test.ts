import { expect, test } from 'vitest';
import { addressToProbe, socketName, sortSockets } from './sort-sockets.ts';

const at = (address: string, port: number) => ({ address, port });
const sort = (listening: ReturnType<typeof at>[], allowed: number[] = [], host = '0.0.0.0') =>
  sortSockets(listening, [{ host, port: 5000 }], allowed);

test('the gateway’s own listener is not looked at; the same port of another address or family is', () => {
  expect(sort([at('0.0.0.0', 5000)])).toEqual({ foreign: [], allowed: [], loopback: [] });
  expect(sort([at('::', 5000), at('10.0.0.5', 5000)]).foreign).toHaveLength(2);
  expect(sort([at('::', 5000)], [], '::').foreign).toEqual([]);
  expect(sort([at('0.0.0.0', 5000)], [], '10.0.0.5').foreign).toHaveLength(1);
});

test('a listener that has a name is any one address, never all of them', () => {
  expect(sort([at('10.0.0.5', 5000)], [], 'mlflow.internal').foreign).toEqual([]);
  expect(sort([at('0.0.0.0', 5000)], [], 'mlflow.internal').foreign).toHaveLength(1);
});

test('what listens on loopback is the pod’s own business', () => {
  const inside = [at('127.0.0.1', 5001), at('127.8.0.1', 1), at('::1', 8080)];
  expect(sort(inside)).toEqual({ foreign: [], allowed: [], loopback: inside });
});

test('all else must be allowed, by its port', () => {
  const exporter = at('0.0.0.0', 9090);
  const mlflow = at('10.0.0.5', 8080);
  expect(sort([exporter, mlflow], [9090])).toEqual({ foreign: [mlflow], allowed: [exporter], loopback: [] });
});

test('a place is asked where it answers, and named as in an address of the web', () => {
  expect([at('0.0.0.0', 1), at('::', 1), at('10.0.0.5', 1)].map(addressToProbe)).toEqual([
    '127.0.0.1',
    '::1',
    '10.0.0.5',
  ]);
  expect([at('::1', 1), at('10.0.0.5', 1)].map(socketName)).toEqual(['[::1]:1', '10.0.0.5:1']);
});
