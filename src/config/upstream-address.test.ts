import { expect, it } from 'vitest';
import { addressName, parseAddress } from '../upstream/address.ts';

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
  ['', 'must start with'],
  ['mlflow:5000', 'must start with'],
  ['ftp://mlflow', 'must start with'],
  ['http://', 'scheme, host and port'],
  ['http:///path', 'scheme, host and port'],
  ['http://user:secret@mlflow', 'user name or password'],
  ['http://mlflow?x=1', 'query or a fragment'],
  ['http://mlflow/p#', 'query or a fragment'],
  ['http://mlflow:0', 'no usable host and port'],
  ['http://mlflow:99999', 'no usable host and port'],
  ['http://ml flow', 'without a path, spaces'],
  ['http://mlflow\\@evil', 'user name or password'],
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
