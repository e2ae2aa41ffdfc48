import { expect, it } from 'vitest';
import { withVersion } from './versions-file.ts';

it('inserts a version in order, older or newer, once', () => {
  const text = '2.22.5\n3.10.1\n3.17.2\n';
  expect(withVersion(text, '3.9.0')).toBe('2.22.5\n3.9.0\n3.10.1\n3.17.2\n');
  expect(withVersion(text, '3.18.0')).toBe('2.22.5\n3.10.1\n3.17.2\n3.18.0\n');
  expect(withVersion(text, '3.10.1')).toBe(text);
});
