import { expect, it } from 'vitest';
import { addressName } from '../upstream/address.ts';
import { parseAddress } from '../upstream/testing/address.ts';

it.each([
  ['unix:/run/mlflow.sock', { kind: 'unix', path: '/run/mlflow.sock' }, 'unix:/run/mlflow.sock'],
  ['unix:///run/mlflow.sock', { kind: 'unix', path: '/run/mlflow.sock' }, 'unix:/run/mlflow.sock'],
  [
    'http://mlflow:5000',
    { kind: 'http', origin: 'http://mlflow:5000', host: 'mlflow', port: 5000 },
    'http://mlflow:5000',
  ],
  ['HTTP://MLflow', { kind: 'http', origin: 'http://mlflow', host: 'mlflow', port: 80 }, 'http://mlflow'],
  [
    'https://mlflow/',
    { kind: 'https', origin: 'https://mlflow', host: 'mlflow', port: 443 },
    'https://mlflow',
  ],
  [
    'http://[::1]:5000',
    { kind: 'http', origin: 'http://[::1]:5000', host: '::1', port: 5000 },
    'http://[::1]:5000',
  ],
])('reads %s', (text, address, name) => {
  expect(parseAddress(text)).toEqual(address);
  expect(addressName(parseAddress(text))).toBe(name);
});

it.each([
  ['', 'is not set'],
  ['mlflow:5000', 'must start with'],
  ['ftp://mlflow', 'must start with'],
  ['http://', 'must start with'],
  ['http:///path', 'a usable host and port'],
  ['http://user:secret@mlflow', 'user name or password'],
  ['http://mlflow?x=1', 'without a path or query'],
  ['http://mlflow/p#', 'without a path or query'],
  ['http://mlflow:0', 'a usable host and port'],
  ['http://mlflow:99999', 'name a host'],
  ['http://ml flow', 'name a host'],
  ['http://mlflow\\@evil', 'without a path'],
  ['http://mlflow/a', 'without a path'],
  ['http://mlflow//', 'without a path'],
  ['unix:run/mlflow.sock', 'absolute path'],
  ['unix:', 'absolute path'],
  ['unix:/run/', 'absolute path'],
  ['unix:/run/\0', 'absolute path'],
  [`unix:/${'a'.repeat(107)}`, 'at most 107 bytes'],
])('refuses %j: %s', (text, why) => {
  expect(() => parseAddress(text)).toThrow(why);
});

it('never repeats a value that may hold a password', () => {
  expect(() => parseAddress('http://user:hunter2@mlflow')).toThrow(/^(?!.*hunter2)/);
});
