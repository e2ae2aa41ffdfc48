import { describe, expect, test } from 'vitest';
import { fastest } from '../http/testing.ts';
import { acceptsHost, chooseHost, DEFAULT_HOSTS, splitHosts } from './allowed-hosts.ts';

/** The results of Python's fnmatch.fnmatch and of `is_allowed_host_header` in MLflow 3.18.0. */
describe('accepts the same hosts as MLflow', () => {
  test.each<[string, string, boolean]>([
    ['localhost', 'localhost', true],
    ['localhost', 'localhost:5000', false],
    ['localhost:5000', 'localhost', false],
    ['Localhost', 'localhost', false],
    ['mlflow.example.com, localhost ', 'localhost', true],
    ['a,*', 'anything:1', true],
    ['*.example.com', 'mlflow.example.com', true],
    ['*.example.com', 'mlflow.example.com:80', false],
    ['*.example.com', 'example.com', false],
    ['*.Example.com', 'a.example.com', false],
    ['192.168.*', '192.168.1.1:5000', true],
    // MLflow before 3.18 accepts these three; the gateway sends no such host to any version.
    ['192.168.*', '192.168.example.com', false],
    ['10.*.1:*', '10.example.1:80', false],
    ['fd00:*', 'fd00:example', false],
    ['10.*', '10.1.2', false],
    ['10.*', '10.1.2.03', false],
    ['10.*.1:*', '10.2.3.1:80', true],
    ['10.*.example.com', '10.a.example.com', true],
    ['db:*', 'db:5000', true],
    ['fd00:*', 'fd00::1', true],
    ['fd00:*', 'fd00::1%eth0', false],
    ['local?ost', 'localhost', false],
    ['local?os*', 'localhost', true],
    ['[kl]ocal*', 'localhost', true],
    ['[!kl]ocal*', 'localhost', false],
    ['[a-m]ocal*', 'localhost', true],
    ['[m-a]ocal*', 'localhost', false],
    ['[]l]ocal*', 'localhost', true],
    ['[[]::1]:*', '[::1]:5000', true],
    ['[::1]:*', '[::1]:5000', false],
    ['[local*', '[localhost', true],
    ['a.c*', 'abc', false],
    ['**a**', 'xay', true],
    ['*a*b', 'aab', true],
    ['*a*b', 'aaba', false],
    ['', 'localhost', false],
    ['http://localhost', 'localhost', false],
  ])('%j and %j: %j', (list, host, accepted) => {
    expect(acceptsHost(splitHosts(list), host)).toBe(accepted);
  });

  test.each([
    'localhost',
    'localhost:5000',
    '[::1]:5000',
    '127.0.0.1:80',
    '10.1.2.3',
    '172.31.0.1:1',
    'fd00::1',
  ])('by default, %s', (host) => expect(acceptsHost(DEFAULT_HOSTS, host)).toBe(true));

  test.each(['mlflow.example.com', '172.32.0.1', 'localhost.example.com', '[::2]'])(
    'not by default, %s',
    (host) => expect(acceptsHost(DEFAULT_HOSTS, host)).toBe(false),
  );

  test('matches a pattern of many wildcards quickly, and rejects a host of that length', () => {
    const list = [`${'a*'.repeat(10_000)}b`];
    const match = (): void => {
      expect(acceptsHost(list, 'a'.repeat(259))).toBe(false);
      expect(acceptsHost(['a*'], 'a'.repeat(1_000_000))).toBe(false);
    };
    expect(fastest(match)).toBeLessThan(2_000);
  });
});

describe('chooses a host that MLflow accepts', () => {
  test.each<[string, string | undefined]>([
    ['[:::]', undefined],
    ['_mlflow', '_mlflow'],
    ['localhost', 'localhost'],
    ['mlflow.example.com,localhost', 'localhost'],
    ['*', 'localhost'],
    ['local*', 'localhost'],
    ['mlflow.example.com', 'mlflow.example.com'],
    ['*.corp.example,mlflow.example.com:8443', 'mlflow.example.com:8443'],
    ['https://mlflow.example.com,mlflow.example.com', 'mlflow.example.com'],
    ['[::1]', '[::1]'],
    ['*.corp.example', 'mlflow-gateway.corp.example'],
    ['app-?-*.corp.example', 'app-a-mlflow-gateway.corp.example'],
    ['mlflow.example.com:*', 'mlflow.example.com:5000'],
    ['10.*', '10.1.1.1'],
    ['192.168.*:5000', '192.168.1.1:5000'],
    ['10.*.7', '10.1.1.7'],
    ['10.*.*:*', '10.1.1.1:5000'],
    ['10.1.2.3.*', undefined],
    ['[[]::1]:*', '[::1]:5000'],
    ['https://*', undefined],
    ['https://mlflow.example.com', undefined],
    ['', undefined],
    ['a:99999', undefined],
    ['a b', undefined],
  ])('%j: %j', (list, host) => {
    const entries = splitHosts(list);
    expect(chooseHost(['localhost'], entries)).toBe(host);
    if (host !== undefined) expect(acceptsHost(entries, host)).toBe(true);
  });
});
