import { expect, it } from 'vitest';
import { denialOf } from '../http/testing.ts';
import { checkArtifactPath } from './artifact-path.ts';

it.each(['', 'model', 'model/MLmodel', 'model/', 'a b/c+d.txt', '50%.txt', 'ünï'])('accepts %j', (path) => {
  expect(checkArtifactPath(path, 'path')).toBeUndefined();
});

it.each([
  '/etc/passwd',
  '../x',
  'a/../b',
  'a/./b',
  'a//b',
  '.',
  '..',
  'a%2fb',
  '%2e%2e/x',
  'a\\b',
  'a\tb',
  'a\u0000',
  'a?b',
  'a#b',
  'file:///etc',
  's3://b/x',
])('refuses %j', (path) => {
  expect(denialOf(() => checkArtifactPath(path, 'path')).reason).toBe('invalid_field');
});
