import { expect, it } from 'vitest';
import { denialOf } from '../http/testing.ts';
import { checkArtifactPath, checkFileName } from './artifact-path.ts';

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

it.each(['/home/me/a b.bin', 'a.bin', '../../etc/a.bin', 'C:\\Users\\me\\a.bin'])(
  'a file at %j has a name',
  (path) => {
    expect(checkFileName(path, 'path')).toBeUndefined();
  },
);

it.each([
  '',
  '/',
  'a/',
  '.',
  '..',
  'a/.',
  '/home/me/..',
  'C:\\..',
  'a/%2e%2e',
  'a/b%2fc',
  'a\u0000',
  'a/b?c',
])('a file at %j has none', (path) =>
  expect(denialOf(() => checkFileName(path, 'path')).reason).toBe('invalid_field'),
);
