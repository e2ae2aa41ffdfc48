import { expect, it } from 'vitest';
import { denialOf } from '../../http/testing.ts';
import { canonicalArtifactPath, checkFileName } from './artifact-path.ts';

it.each([
  '',
  'model',
  'model/MLmodel',
  'model/',
  'a b/c+d.txt',
  '50%.txt',
  'ünï',
  'images/dog%step%0%timestamp%17.png',
  'a;b/c',
  'c:x',
])('%j is already canonical', (path) => {
  expect(canonicalArtifactPath(path, 'path')).toBe(path);
});

// The paths under which MLflow 3.17.2 stores each.
it.each([
  ['.', ''],
  ['./', ''],
  ['./dir', 'dir'],
  ['dir//sub', 'dir/sub'],
  ['dir/./sub', 'dir/sub'],
  ['dir//', 'dir/'],
  ['dir/.', 'dir/'],
  ['top 5%accuracy.txt', 'top 5\ufffdcuracy.txt'],
  ['a%C3%A9b', 'aéb'],
  ['a%c0%afb', 'a\ufffd\ufffdb'],
  ['a%1F%7Fb', 'a%1f%7fb'],
  ['a\u0017b', 'a%17b'],
])('%j becomes %j', (given, written) => {
  expect(canonicalArtifactPath(given, 'path')).toBe(written);
  expect(canonicalArtifactPath(written, 'path')).toBe(written);
});

it.each([
  '/etc/passwd',
  '//etc/passwd',
  '../x',
  'a/../b',
  './..',
  '..',
  'a%2fb',
  'a%2Fb',
  'a%5cb',
  'a%252fb',
  'a%25252fb',
  '%2e%2e/x',
  '%252e%252e/x',
  '.%2e/x',
  'a/..%2f..%2fb',
  'a%00',
  'a%2500',
  'a%0ab',
  'a%09b',
  '..%0a/b',
  '%17/etc',
  ' /etc',
  '%20/etc',
  'a%3fb',
  'a%23b',
  'a%C2%85b',
  '%33/x',
  'a\\b',
  'a\tb',
  'a\nb',
  'a\u0000',
  'a?b',
  'a#b',
  'a;',
  '..;',
  'a\ud800',
  'file:///etc',
  'file:etc',
  'FILE:etc',
  '%66ile:etc',
  'File:/etc',
  's3://b/x',
])('refuses %j', (path) => {
  expect(denialOf(() => canonicalArtifactPath(path, 'path')).reason).toBe('invalid_field');
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
])('a path that ends like %j has no file name', (path) =>
  expect(denialOf(() => checkFileName(path, 'path')).reason).toBe('invalid_field'),
);
