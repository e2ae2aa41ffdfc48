import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { boolean, integer, list, oneOf, seconds, size, text } from './basic-types.ts';
import {
  artifactRoot,
  claimName,
  experimentId,
  roleName,
  sharedExperiments,
  tagKey,
  tenantMap,
} from './identity-types.ts';
import { publicJwks } from './jwks-type.ts';
import {
  addressRange,
  hostHeader,
  listenHost,
  pathPrefix,
  upstreamTarget,
  url,
  webOrigin,
} from './network-types.ts';
import { tryParse, type ValueType } from './value-type.ts';

/** The value, or the message. */
function read<T>(type: ValueType<T>, value: string): T | string {
  const parsed = tryParse(type, value);
  return 'value' in parsed ? parsed.value : `ERROR ${parsed.invalid}`;
}

const error = expect.stringMatching(/^ERROR must /);

describe('basic types', () => {
  test.each([
    ['true', true],
    ['TRUE', true],
    ['1', true],
    ['Yes', true],
    ['false', false],
    ['0', false],
    ['NO', false],
    ['on', error],
    ['constructor', error],
    ['', error],
  ])('boolean %s', (value, expected) => {
    expect(read(boolean(), value)).toEqual(expected);
  });

  test.each([
    ['1', 1],
    ['10', 10],
    ['010', 10],
    ['0', error],
    ['11', error],
    ['-1', error],
    ['1.0', error],
    ['1e1', error],
    ['0x5', error],
    ['٣', error],
    ['9'.repeat(400), error],
  ])('integer from 1 to 10: %s', (value, expected) => {
    expect(read(integer(1, 10), value)).toEqual(expected);
  });

  test.each([
    ['30', 30_000],
    ['30.0', 30_000],
    ['0.5', 500],
    ['61', error],
    ['30s', error],
    ['Infinity', error],
  ])('seconds up to 60: %s', (value, expected) => {
    expect(read(seconds(0, 60), value)).toEqual(expected);
  });

  test.each([
    ['1024', 1024],
    ['16MiB', 16 * 1024 * 1024],
    ['16 mib', 16 * 1024 * 1024],
    ['2MB', 2_000_000],
    ['1kB', error],
    ['2GiB', error],
    ['16M', error],
    ['MiB', error],
  ])('size from 1KiB to 1GiB: %s', (value, expected) => {
    expect(read(size('1KiB', '1GiB'), value)).toEqual(expected);
  });

  test('a choice accepts any letter case and its other spellings', () => {
    const level = oneOf(['warn', 'info'], { warning: 'warn' });
    expect(read(level, 'INFO')).toBe('info');
    expect(read(level, 'Warning')).toBe('warn');
    expect(read(level, 'toString')).toEqual(error);
  });

  test('lists drop blanks, empty items and repetitions, but are not empty', () => {
    expect(read(list(text()), ' a, b,,a ,')).toEqual(['a', 'b']);
    expect(read(list(text()), ' , ')).toEqual(error);
    expect(read(list(integer(1, 5)), '1,9')).toContain('"9"');
  });

  test('control characters are refused in text', () => {
    expect(read(text(), 'a\nb')).toEqual(error);
    expect(read(text('text', 3), 'abcd')).toEqual(error);
  });
});

describe('network types', () => {
  test.each([
    ['unix:/run/mlflow.sock', { kind: 'unix', path: '/run/mlflow.sock' }],
    ['unix:///run/mlflow.sock', { kind: 'unix', path: '/run/mlflow.sock' }],
    ['http://mlflow:5000', { kind: 'http', origin: 'http://mlflow:5000', host: 'mlflow', port: 5000 }],
    ['http://mlflow/', { kind: 'http', origin: 'http://mlflow', host: 'mlflow', port: 80 }],
    ['HTTPS://MLflow', { kind: 'https', origin: 'https://mlflow', host: 'mlflow', port: 443 }],
    ['http://[::1]:5000', { kind: 'http', origin: 'http://[::1]:5000', host: '::1', port: 5000 }],
    ['unix:run/mlflow.sock', error],
    ['unix:/run/', error],
    [`unix:/${'x'.repeat(107)}`, error],
    ['http://mlflow/prefix', error],
    ['http://mlflow?', error],
    ['http://mlflow#', error],
    ['http://u:p@mlflow', error],
    ['http:/mlflow', error],
    ['http:mlflow', error],
    ['ftp://mlflow', error],
    ['mlflow:5000', error],
    ['http://', error],
    ['http://a b', error],
    ['http://mlflow:99999', error],
  ])('target %s', (value, expected) => {
    expect(read(upstreamTarget(), value)).toEqual(expected);
  });

  test.each([
    ['https://idp.example/keys?x=1', 'https://idp.example/keys?x=1'],
    ['https://u@idp.example', error],
    ['https://idp.example/#x', error],
    ['file:///etc/passwd', error],
  ])('url %s', (value, expected) => {
    expect(read(url(), value)).toEqual(expected);
  });

  test.each([
    ['https://Example.com', 'https://example.com'],
    ['https://example.com:443', 'https://example.com'],
    ['http://localhost:3000', 'http://localhost:3000'],
    ['https://example.com/', error],
    ['https://*.example.com', error],
    ['https://u@example.com', error],
    ['*', error],
    ['null', error],
    ['chrome-extension://abc', error],
  ])('origin %s', (value, expected) => {
    expect(read(webOrigin(), value)).toEqual(expected);
  });

  test.each([
    ['10.0.0.1', '10.0.0.1'],
    ['10.0.0.0/8', '10.0.0.0/8'],
    ['10.0.0.0/08', '10.0.0.0/8'],
    ['fd00::/64', 'fd00::/64'],
    ['10.0.0.0/33', error],
    ['fd00::/129', error],
    ['10.0.0/8', error],
    ['10.0.0.0/', error],
    ['10.0.0.0/8/8', error],
    ['fe80::1%eth0', error],
    ['proxy.example', error],
  ])('address range %s', (value, expected) => {
    expect(read(addressRange(), value)).toEqual(expected);
  });

  test.each([
    ['::', '::'],
    ['[::1]', '::1'],
    ['localhost', 'localhost'],
    ['0.0.0.0:80', error],
    ['-x', error],
  ])('listen host %s', (value, expected) => {
    expect(read(listenHost(), value)).toEqual(expected);
  });
});

describe('identity types', () => {
  test('claims: names, paths and pointers', () => {
    for (const name of ['roles', 'realm_access.roles', '/https:~1~1acme.example~1roles']) {
      expect(read(claimName(), name)).toBe(name);
    }
    expect(read(claimName(), '/a~b')).toEqual(error);
  });

  test('roles, tag keys and experiments', () => {
    expect(read(roleName(), 'data-steward')).toBe('data-steward');
    expect(read(roleName(), 'Admin')).toEqual(error);
    expect(read(tagKey(), 'tenant')).toBe('tenant');
    expect(read(tagKey(), 'mlflow.user')).toEqual(error);
    // For each of these, one of MLflow's searches reads something other than a tag.
    for (const key of ['name', 'created', 'run_id', 'Timestamp', 'from', 'case'])
      expect(read(tagKey(), key), key).toEqual(error);
    expect(read(sharedExperiments(list(experimentId())), '0, 12')).toEqual(['0', '12']);
    expect(read(sharedExperiments(list(experimentId())), 'None')).toEqual([]);
    // MLflow reads all of these as 3.
    for (const spelling of ['03', '+3', '0_3', '٣']) expect(read(experimentId(), spelling)).toEqual(error);
  });

  test.each([
    's3://bucket/{tenant}',
    's3://bucket/tenants/{tenant}/mlflow',
    'mlflow-artifacts:/tenants/{tenant}',
    'file:///data/{tenant}',
  ])('artifact root %s', (value) => {
    expect(read(artifactRoot(), value)).toBe(value);
  });

  test.each([
    's3://bucket/tenants',
    's3://bucket/x-{tenant}',
    's3://bucket/{tenant}/{tenant}',
    's3://bucket/../{tenant}',
    's3://bucket/%7e/{tenant}',
    'mlflow-artifacts:/{tenant}',
    'mlflow-artifacts:/3/{tenant}',
    '/data/{tenant}',
  ])('artifact root %s is refused', (value) => {
    expect(read(artifactRoot(), value)).toEqual(error);
  });

  test.each([
    [
      'Team_A=team-a, b=bb',
      [
        ['Team_A', 'team-a'],
        ['b', 'bb'],
      ],
    ],
    ['{"Team_A":"team-a"}', [['Team_A', 'team-a']]],
    ['{"__proto__":"team-a"}', error],
    ['a=team-a,b=team-a', error],
    ['a=team-a,a=team-b', error],
    ['a=Team', error],
    ['a=x', error],
    ['a', error],
    ['a=b=c', error],
    ['a b=cc', error],
    ['{"a":1}', error],
    ['{', error],
    [',', error],
  ])('tenant map %s', (value, expected) => {
    const map = read(tenantMap(), value);
    expect(map instanceof Map ? [...map] : map).toEqual(expected);
  });
});

describe('inline keys', () => {
  const jwk = (key: ReturnType<typeof rsa>, part: 'publicKey' | 'privateKey') =>
    key[part].export({ format: 'jwk' });
  const rsa = (bits: number) => generateKeyPairSync('rsa', { modulusLength: bits });
  const good = rsa(2048);
  const set = (...keys: unknown[]) => JSON.stringify({ keys });

  test('public keys of every type are accepted', () => {
    const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'jwk' });
    const okp = generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' });
    const key = { ...jwk(good, 'publicKey'), kid: '1', alg: 'RS256' };
    expect(read(publicJwks(), set(key, ec, okp))).toEqual({ keys: [key, ec, okp] });
  });

  test('public keys for encryption are dropped', () => {
    const key = jwk(good, 'publicKey');
    const encryption = { ...jwk(good, 'publicKey'), use: 'enc', alg: 'RSA-OAEP' };
    expect(read(publicJwks(), set(encryption, key))).toEqual({ keys: [key] });
  });

  test.each([
    ['a set with keys for encryption only', set({ ...jwk(good, 'publicKey'), use: 'enc' })],
    ['a private key for encryption', set(jwk(good, 'publicKey'), { ...jwk(good, 'privateKey'), use: 'enc' })],
    ['a private key', set(jwk(good, 'privateKey'))],
    ['a symmetric key', set({ kty: 'oct', k: 'AAAA' })],
    ['a short RSA key', set(jwk(rsa(1024), 'publicKey'))],
    ['a symmetric algorithm', set({ ...jwk(good, 'publicKey'), alg: 'HS256' })],
    ['a broken key', set({ kty: 'RSA', n: '', e: 'AQAB' })],
    ['an unknown kind', set({ kty: 'XYZ' })],
    ['one bad key beside a good one', set(jwk(good, 'publicKey'), null)],
    ['no key', set()],
    ['no set', JSON.stringify(jwk(good, 'publicKey'))],
    ['no JSON', 'keys'],
    ['a list', '[]'],
  ])('%s is refused', (_, value) => {
    expect(read(publicJwks(), value)).toEqual(error);
  });
});

describe('a Host', () => {
  test.each([
    'localhost',
    'mlflow.example.com',
    'MLflow.Example.com:5000',
    'my_mlflow.team.svc:80',
    '127.0.0.1:5000',
    '[::1]',
    '[fd00::1]:5000',
  ])('%s', (value) => {
    expect(read(hostHeader(), value)).toBe(value);
  });

  test.each([
    ['*.example.com', 'wildcard'],
    ['mlflow?.example.com', 'wildcard'],
    ['a.example,b.example', 'not a list'],
    ['https://mlflow.example.com', 'without scheme'],
    ['mlflow.example.com/ml', 'without scheme'],
    ['user@mlflow', 'without scheme'],
    ['ml flow', 'host:port'],
    ['mlflow\r\nx: y', 'host:port'],
    ['mlflow:0', 'host:port'],
    ['mlflow:65536', 'host:port'],
    ['mlflow:', 'host:port'],
    [':5000', 'host:port'],
    ['::1', 'host:port'],
    ['[::1', 'host:port'],
    ['[mlflow]', 'host:port'],
    ['[fe80::1%eth0]', 'host:port'],
    ['mlflow.', 'host:port'],
    ['a'.repeat(254), 'host:port'],
  ])('not %j', (value, why) => {
    expect(read(hostHeader(), value)).toMatch(/^ERROR must /);
    expect(read(hostHeader(), value)).toContain(why);
  });
});

describe('a path prefix', () => {
  test.each([['/mlflow'], ['/a/b'], ['/ML.flow_~-1'], ['/...'], [`/${'a'.repeat(255)}`]])('%s', (value) => {
    expect(read(pathPrefix(), value)).toBe(value);
  });

  test.each([
    ['mlflow', 'start with a slash'],
    ['https://ml.example.com/mlflow', 'start with a slash'],
    ['/', 'unset'],
    ['/mlflow/', 'end with a slash'],
    ['//', 'end with a slash'],
    ['//mlflow', 'empty segment'],
    ['/a//b', 'empty segment'],
    ['/./a', '. or ..'],
    ['/a/..', '. or ..'],
    ['/%6dlflow', 'nothing encoded'],
    ['/a b', 'nothing encoded'],
    ['/a?b', 'nothing encoded'],
    ['/a;b', 'nothing encoded'],
    ['/a\\b', 'nothing encoded'],
    ['/{a}', 'nothing encoded'],
    ['/ä', 'nothing encoded'],
    [`/${'a'.repeat(256)}`, '256'],
  ])('not %j', (value, why) => {
    expect(read(pathPrefix(), value)).toMatch(/^ERROR must /);
    expect(read(pathPrefix(), value)).toContain(why);
  });
});
