import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CatalogIndex, isMatch } from '../catalog/match.ts';
import { decodeParameters, writePath } from './path-parameters.ts';
import { parseTarget } from './target.ts';
import { denialOf, operation } from './testing.ts';

const artifact = operation({
  id: 'download',
  method: 'GET',
  paths: ['/artifacts/{path}'],
  path: [{ name: 'path', rest: true, policy: { class: 'artifact-path', root: 'server' } }],
});
const model = operation({
  id: 'model',
  method: 'GET',
  paths: ['/models/{name}'],
  path: [{ name: 'name', policy: { class: 'opaque' } }],
});
const index = new CatalogIndex([artifact, model]);

function decode(path: string): Record<string, string> {
  const match = index.find('GET', parseTarget(path).path);
  if (!isMatch(match)) throw new Error('no match');
  return decodeParameters(match);
}

describe('decodeParameters', () => {
  it('decodes once and writes the same again', () => {
    expect(decode('/artifacts/1/a%20b/c+d')).toEqual({ path: '1/a b/c+d' });
    expect(writePath('/artifacts/{path}', { path: '1/a b/50%' })).toBe('/artifacts/1/a%20b/50%25');
  });

  it('round-trips every name it accepts', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), (name) => {
        const path = `/models/${encodeURIComponent(name)}`;
        let value: string;
        try {
          value = decode(path).name!;
        } catch {
          return;
        }
        expect(value).toBe(name);
        expect(decode(writePath('/models/{name}', { name: value })).name).toBe(name);
      }),
    );
  });

  it.each([
    '/artifacts/%2533/x',
    '/artifacts/%252533/x',
    '/artifacts/3%252F..%252F1',
    '/artifacts/3%2F..%2F1',
    '/artifacts/3%5Cx',
    '/artifacts/a%00b',
    '/artifacts/a%0ab',
    '/artifacts/%ff',
    '/models/a%2Fb',
    '/models/%09',
  ])('refuses %s', (path) => {
    expect(denialOf(() => decode(path)).reason).toBe('malformed_path');
  });
});
