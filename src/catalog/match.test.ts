import { describe, expect, it } from 'vitest';
import { operation } from '../http/testing.ts';
import { CatalogIndex, isMatch } from './match.ts';

const opaque = { class: 'opaque' } as const;
const op = (id: string, method: 'GET' | 'POST' | 'DELETE' | 'PATCH', path: string, rest: string[] = []) =>
  operation({
    id,
    method,
    paths: [path],
    path: [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
      name: name!,
      policy: opaque,
      ...(rest.includes(name!) ? { rest: true as const } : {}),
    })),
  });

const index = new CatalogIndex([
  op('getRun', 'GET', '/runs/get'),
  op('searchTraces', 'GET', '/traces/search'),
  op('getTrace', 'GET', '/traces/{trace_id}'),
  op('deleteTrace', 'DELETE', '/traces/{trace_id}'),
  op('server', 'GET', '/servers/{name}', ['name']),
  op('version', 'GET', '/servers/{name}/versions/{version}', ['name', 'version']),
  op('versionTag', 'DELETE', '/servers/{name}/versions/{version}/tags/{key}', ['name', 'version', 'key']),
  op('tag', 'DELETE', '/servers/{name}/tags/{key}', ['name', 'key']),
  op('generate', 'POST', '/models/{model}:generate'),
]);

function find(method: string, path: string): string {
  const match = index.find(method, path);
  return isMatch(match)
    ? `${match.operation.id} ${JSON.stringify(match.rawParameters)}`
    : `none ${match.methods.join(',')}`;
}

describe('CatalogIndex', () => {
  it.each([
    ['GET', '/runs/get', 'getRun {}'],
    ['GET', '/traces/search', 'searchTraces {}'],
    ['GET', '/traces/tr-1', 'getTrace {"trace_id":"tr-1"}'],
    ['DELETE', '/traces/search', 'deleteTrace {"trace_id":"search"}'],
    ['GET', '/servers/io.x/y', 'server {"name":"io.x/y"}'],
    ['GET', '/servers/io.x/y/versions/1', 'version {"name":"io.x/y","version":"1"}'],
    ['DELETE', '/servers/io.x/y/versions/1/tags/k', 'versionTag {"name":"io.x/y","version":"1","key":"k"}'],
    ['DELETE', '/servers/io.x/y/tags/k', 'tag {"name":"io.x/y","key":"k"}'],
    ['POST', '/models/m:generate', 'generate {"model":"m"}'],
  ])('%s %s is %s', (method, path, expected) => {
    expect(find(method, path)).toBe(expected);
  });

  it.each([
    ['POST', '/runs/get', 'none GET'],
    ['get', '/runs/get', 'none GET'],
    ['GET', '/Runs/get', 'none '],
    ['GET', '/runs/get/', 'none '],
    ['GET', '/runs/%67et', 'none '],
    ['GET', '/traces/', 'none '],
    ['GET', '/servers/a/versions/versions/b', 'none '],
    ['POST', '/models/m:other', 'none '],
  ])('%s %s is %s', (method, path, expected) => {
    expect(find(method, path)).toBe(expected);
  });

  it('refuses two operations at one place', () => {
    expect(() => new CatalogIndex([op('a', 'GET', '/x'), op('b', 'GET', '/x')])).toThrow(
      'two operations serve GET /x',
    );
    expect(() => new CatalogIndex([op('a', 'GET', '/{x}'), op('b', 'GET', '/{y}')])).toThrow(
      'two operations serve GET /{y}',
    );
  });
});
