import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalStorageUri } from '../request/storage/storage-uri.ts';
import { isWithin, liesIn, proxiedLocation, readStorageUri } from './storage-target.ts';

describe('readStorageUri', () => {
  it.each([
    ['runs:/abc/model', { target: 'resource', kind: 'run', id: 'abc' }],
    ['models:/m-0123/sub', { target: 'resource', kind: 'registered-model', id: 'm-0123' }],
    ['models:/m-0123', { target: 'resource', kind: 'logged-model', id: 'm-0123' }],
    ['models:/fraud/3', { target: 'resource', kind: 'registered-model', id: 'fraud' }],
    ['models:/fraud@champion', { target: 'resource', kind: 'registered-model', id: 'fraud' }],
    ['runs:/abc/my model', { target: 'resource', kind: 'run', id: 'abc' }],
    ['runs:/abc/50%', { target: 'resource', kind: 'run', id: 'abc' }],
    ['runs:/abc/dog%17.png', { target: 'resource', kind: 'run', id: 'abc' }],
    ['models:/my model/3', { target: 'resource', kind: 'registered-model', id: 'my model' }],
    ['prompt-template', { target: 'none' }],
    ['s3://bucket/1/run/artifacts', { target: 'location' }],
    ['mlflow-artifacts:/1/run/artifacts/model', { target: 'location' }],
    ['file:///etc/passwd', { target: 'location' }],
    ['/etc/passwd', { target: 'location' }],
    ['http://169.254.169.254/latest', { target: 'location' }],
    ['etc/passwd', { target: 'location' }],
  ])('%s', (uri, expected) => {
    expect(readStorageUri(uri)).toEqual(expected);
  });

  it.each([
    'models:/fraud/../other/1',
    'runs:/a/../b',
    's3://bucket/a/../b',
    's3://bucket/a%2e%2e/b',
    's3://bucket/a?x',
    's3://bucket/a#/../b',
    'file:\\\\host\\share',
    's3://bucket/a%252e%252e/b',
    'runs:/a/..%2f..%2fb',
    'runs:/a/x%00',
    'runs:/a/x%2500',
    'runs:/%61/x',
    'runs:/a%17/x',
    'models:/m%2fx/1',
    '%66ile:/etc/passwd',
    'file:/a/%2e%2e/etc',
    ' runs:/a/x',
    'runs:/a/x ',
    'runs:/',
    'runs:/a//b',
    'models:/\tx/1',
    '..',
    // MLflow takes for the place what stands between two of the second root.
    'http://host/ajax-api/2.0/mlflow-artifacts/artifacts/tenants/a/api/2.0/mlflow-artifacts/artifacts/1/theirs',
    'http://host/api/2.0/mlflow-artifacts/artifacts/1/mine/api/2.0/mlflow-artifacts/artifacts',
  ])('%s has no single reading', (uri) => {
    expect(readStorageUri(uri)).toEqual({ target: 'malformed' });
  });
});

describe('canonicalStorageUri', () => {
  it.each([
    ['runs:/abc//model', 'runs:/abc/model'],
    ['runs:/abc/model/', 'runs:/abc/model'],
    ['runs:/abc/a//b//', 'runs:/abc/a/b'],
    ['runs:/abc/', 'runs:/abc'],
    ['runs:/abc/5%accuracy', 'runs:/abc/5\ufffdcuracy'],
    ['mlflow-artifacts:/1/abc/artifacts//model/', 'mlflow-artifacts:/1/abc/artifacts/model'],
    ['mlflow-artifacts://host:5000/1//abc/', 'mlflow-artifacts://host:5000/1/abc'],
    ['mlflow-artifacts:/', 'mlflow-artifacts:/'],
    [
      'http://host/api/2.0/mlflow-artifacts/artifacts/1//abc/',
      'http://host/api/2.0/mlflow-artifacts/artifacts/1/abc',
    ],
  ])('%s is written %s', (given, written) => {
    expect(canonicalStorageUri(given)).toBe(written);
    expect(canonicalStorageUri(written)).toBe(written);
  });

  it.each([
    's3://bucket/a//b/',
    'runs://abc/model',
    'file:///a//b',
    'models:/m/1/',
    'runs:/abc/..%2fx',
    'runs:/abc/../x',
    'http://host/elsewhere//x',
  ])('%s stays as it is', (uri) => {
    expect(canonicalStorageUri(uri)).toBe(uri);
  });
});

describe('proxiedLocation', () => {
  it.each([
    'mlflow-artifacts:/1/abc',
    'mlflow-artifacts:///1/abc',
    'mlflow-artifacts://host:5000/1/abc',
    'http://host:5000/api/2.0/mlflow-artifacts/artifacts/1/abc',
    'https://host/prefix/api/2.0/mlflow-artifacts/artifacts/1/abc',
  ])('%s is one place', (location) => {
    expect(proxiedLocation(location)).toBe('mlflow-artifacts:/1/abc');
  });

  it.each([
    's3://bucket/api/2.0/mlflow-artifacts/artifacts/1',
    'http://host/api/2.0/mlflow-artifacts/artifacts2/1',
    'http://host/api/2x0/mlflow-artifacts/artifacts/1',
    'http://host/1/abc',
  ])('%s is not served by the proxy', (location) => {
    expect(proxiedLocation(location)).toBe(location);
  });
});

describe('liesIn', () => {
  const PLACE = 'http://host/api/2.0/mlflow-artifacts/artifacts';
  it.each([
    ['mlflow-artifacts:/1/x', 'mlflow-artifacts:/1', true],
    ['mlflow-artifacts:/1/x', 'mlflow-artifacts:///1', true],
    ['mlflow-artifacts:/1/x', `${PLACE}/1`, true],
    [`${PLACE}/1/x`, `${PLACE}/1`, true],
    ['http://store/a/x', 'http://store/a', true],
    [`${PLACE}/1/x`, 'mlflow-artifacts:/1', false],
    [`${PLACE.replace('host', 'elsewhere')}/1/x`, `${PLACE}/1`, false],
    // MLflow reads this one as /2 of its own store, whatever stands before its root.
    ['http://store/a/api/2.0/mlflow-artifacts/artifacts/2', 'http://store/a', false],
  ])('%s in %s: %s', (uri, location, expected) => {
    expect(liesIn(uri, location)).toBe(expected);
  });
});

describe('isWithin', () => {
  it('holds for URIs below, and not for those beside', () => {
    expect(isWithin('s3://b/run/artifacts/x', 's3://b/run/artifacts')).toBe(true);
    expect(isWithin('s3://b/run/artifacts', 's3://b/run/artifacts')).toBe(true);
    expect(isWithin('s3://b/run/artifacts2', 's3://b/run/artifacts')).toBe(false);
    expect(isWithin('s3://b/run', 's3://b/run/artifacts')).toBe(false);
  });

  it('agrees with comparing segment by segment', () => {
    const uri = fc.array(fc.constantFrom('a', 'b', 'ab'), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(uri, uri, (one, root) => {
        const inside = root.every((segment, i) => one[i] === segment);
        expect(isWithin(`s3://${one.join('/')}`, `s3://${root.join('/')}`)).toBe(inside);
      }),
    );
  });
});
