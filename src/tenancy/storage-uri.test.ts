import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isWithin, readStorageUri } from './storage-uri.ts';

describe('readStorageUri', () => {
  it.each([
    ['runs:/abc/model', { claim: 'resource', kind: 'run', id: 'abc' }],
    ['models:/m-0123/sub', { claim: 'resource', kind: 'registered-model', id: 'm-0123' }],
    ['models:/m-0123', { claim: 'resource', kind: 'logged-model', id: 'm-0123' }],
    ['models:/fraud/3', { claim: 'resource', kind: 'registered-model', id: 'fraud' }],
    ['models:/fraud@champion', { claim: 'resource', kind: 'registered-model', id: 'fraud' }],
    ['prompt-template', { claim: 'none' }],
    ['s3://bucket/1/run/artifacts', { claim: 'location' }],
    ['mlflow-artifacts:/1/run/artifacts/model', { claim: 'location' }],
    ['file:///etc/passwd', { claim: 'location' }],
    ['/etc/passwd', { claim: 'location' }],
    ['http://169.254.169.254/latest', { claim: 'location' }],
    ['etc/passwd', { claim: 'location' }],
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
    'runs:/',
    'runs:/a//b',
    'models:/\tx/1',
    '..',
  ])('%s has no single reading', (uri) => {
    expect(readStorageUri(uri)).toEqual({ claim: 'malformed' });
  });
});

describe('isWithin', () => {
  it('holds for what lies below, and for nothing beside', () => {
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
