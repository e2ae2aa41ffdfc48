import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OPERATIONS } from '../catalog/generated/catalog.ts';
import { CatalogIndex, isMatch } from '../catalog/match.ts';
import { parseTarget } from '../http/target.ts';
import { denialOf, operation } from '../http/testing.ts';
import { decodeParameters, requireSameReading, writePath } from './path.ts';

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
  it('decodes once and writes the same path', () => {
    expect(decode('/artifacts/1/a%20b/c+d')).toEqual({ path: '1/a b/c+d' });
    expect(writePath('/artifacts/{path}', { path: '1/a b/50%' })).toBe('/artifacts/1/a%20b/50%25');
  });

  it.each([
    ['/artifacts/1/top%205%25accuracy.txt', '1/top 5\ufffdcuracy.txt'],
    ['/artifacts/1/top%205%accuracy.txt', '1/top 5\ufffdcuracy.txt'],
    ['/artifacts/1/dog%25step%250%2517.png', '1/dog%step%0%17.png'],
    ['/artifacts/1/dog%17.png', '1/dog%17.png'],
  ])('%s is the artifact that MLflow stores as %j', (path, stored) => {
    expect(decode(path)).toEqual({ path: stored });
    expect(decode(writePath('/artifacts/{path}', { path: stored }))).toEqual({ path: stored });
  });

  it('round-trips every accepted name', () => {
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
    '/artifacts/3%2F',
    '/artifacts/3/%2F',
    '/artifacts/3%5Cx',
    '/artifacts/a%00b',
    '/artifacts/a%0ab',
    '/artifacts/a%2500b',
    '/artifacts/%252e%252e/x',
    '/artifacts/3/..%252fx',
    '/artifacts/%17x',
    '/artifacts/3%c0%af..%2f1',
    '/models/%ff',
    '/models/a%2Fb',
    '/models/%09',
  ])('refuses %s', (path) => {
    expect(denialOf(() => decode(path)).reason).toBe('malformed_path');
  });
});

describe('an encoded fixed segment', () => {
  const catalog = new CatalogIndex(OPERATIONS);
  const encoded = (word: string): string => `%${word.charCodeAt(0).toString(16)}${word.slice(1)}`;
  const read = (method: string, path: string): { id: string; parameters: Record<string, string> } => {
    const match = catalog.find(method, parseTarget(path).path);
    if (!isMatch(match)) throw new Error(`no match for ${method} ${path}`);
    const parameters = decodeParameters(match);
    requireSameReading(catalog, method, match, parameters);
    return { id: match.operation.id, parameters };
  };

  // Every fixed word, at the end of a name or in place of one, in every path with parameters.
  const words = new Set(
    OPERATIONS.flatMap(({ paths }) => paths.flatMap((path) => path.split('/'))).filter((word) =>
      /^[a-z]/.test(word),
    ),
  );
  const templated = OPERATIONS.flatMap(({ method, path, paths }) =>
    path.map(({ name, rest }) => ({ method, template: paths[0], name, rest })),
  );

  it('is never read as one path and sent as another', () => {
    let confused = 0;
    for (const { method, template, name, rest } of templated) {
      for (const word of words) {
        const last = encoded(word);
        for (const value of rest ? [last, `a%2F${last}`, `a/${last}/b`] : [last]) {
          const path = template.replace(`{${name}}`, value).replaceAll(/\{\w+\}/g, '1');
          const match = catalog.find(method, path);
          // No match: a fixed word at the same position or another template matches first, or an artifact path has an encoded slash.
          if (!isMatch(match)) continue;
          let parameters: Record<string, string>;
          try {
            parameters = decodeParameters(match);
          } catch {
            continue;
          }
          const sent = catalog.find(method, writePath(match.template, parameters));
          const same = isMatch(sent) && sent.operation === match.operation;
          if (same) continue;
          confused++;
          expect(denialOf(() => read(method, path)).reason, `${method} ${path}`).toBe('malformed_path');
        }
      }
    }
    // The control: some paths would be read differently.
    expect(confused).toBeGreaterThan(100);
  });

  it.each([
    ['GET', '/api/3.0/mlflow/mcp-servers/io.example/%76ersions'],
    ['GET', '/api/3.0/mlflow/mcp-servers/io.example%2Fversions'],
    ['GET', '/api/3.0/mlflow/mcp-servers/io.example%2Fsearch/versions/1%2F0'],
    ['GET', '/static-files/static%2Fjs/main.js'],
    ['DELETE', '/api/3.0/mlflow/mcp-servers/io.example/search/%61liases/live'],
    ['DELETE', '/api/3.0/mlflow/mcp-servers/io.example%2Fsearch%2Faliases%2Flive'],
  ])('refuses %s %s', (method, path) => {
    expect(denialOf(() => read(method, path)).reason).toBe('malformed_path');
  });

  it("accepts the names that MLflow's client encodes", () => {
    expect(read('GET', '/api/3.0/mlflow/mcp-servers/io.example%2Fsearch/versions/1%2E0')).toEqual({
      id: 'getMcpServerVersion',
      parameters: { name: 'io.example/search', version: '1.0' },
    });
  });
});
