import { afterEach, describe, expect, it, vi } from 'vitest';
import { operation } from '../http/testing.ts';
import { OPERATIONS } from './generated/catalog.ts';
import { CatalogIndex, isMatch } from './match.ts';

const CATALOG = new CatalogIndex(OPERATIONS);
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
  op('skill', 'GET', '/skills/{name}'),
  op('skillVersions', 'GET', '/skills/{name}/versions'),
  op('skillAlias', 'POST', '/skills/{name}/aliases'),
  op('organizationSkill', 'GET', '/skills/@{organization}/{name}'),
  op('organizationSkillVersions', 'GET', '/skills/@{organization}/{name}/versions'),
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
    ['GET', '/skills/a', 'skill {"name":"a"}'],
    ['GET', '/skills/a@b', 'skill {"name":"a@b"}'],
    ['GET', '/skills/a/versions', 'skillVersions {"name":"a"}'],
    ['GET', '/skills/@o/a', 'organizationSkill {"organization":"o","name":"a"}'],
    ['GET', '/skills/@o/versions', 'organizationSkill {"organization":"o","name":"versions"}'],
    ['GET', '/skills/@o/a/versions', 'organizationSkillVersions {"organization":"o","name":"a"}'],
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
    ['GET', '/skills/@o', 'none '],
    ['GET', '/skills/@/a', 'none '],
    ['GET', '/skills/%40o', 'none '],
    ['GET', '/skills/%40o/versions', 'none '],
    ['POST', '/skills/@o/aliases', 'none GET'],
  ])('%s %s is %s', (method, path, expected) => {
    expect(find(method, path)).toBe(expected);
  });

  it('refuses two operations with the same method and path', () => {
    expect(() => new CatalogIndex([op('a', 'GET', '/x'), op('b', 'GET', '/x')])).toThrow(
      'two operations serve GET /x',
    );
    expect(() => new CatalogIndex([op('a', 'GET', '/{x}'), op('b', 'GET', '/{y}')])).toThrow(
      'two operations serve GET /{y}',
    );
  });
});

describe('the work of a lookup', () => {
  afterEach(() => void vi.restoreAllMocks());

  /** Counts lookups in maps and sets, and copied segments. */
  function workOf(method: string, path: string): number {
    let work = 0;
    const counted = <T extends object>(
      of: T,
      name: keyof T & string,
      cost: (self: unknown) => number,
    ): void => {
      const original = of[name] as (...args: unknown[]) => unknown;
      vi.spyOn(of as Record<string, () => unknown>, name).mockImplementation(function (
        this: unknown,
        ...args
      ) {
        work += cost(this);
        return original.apply(this, args);
      });
    };
    counted(Map.prototype, 'get', () => 1);
    counted(Set.prototype, 'has', () => 1);
    counted(Array.prototype, 'slice', (self) => (self as unknown[]).length);
    counted(Array.prototype, 'join', (self) => (self as unknown[]).length);
    CATALOG.find(method, path);
    vi.restoreAllMocks();
    return work;
  }

  const templates = OPERATIONS.filter(({ path }) => path.some(({ rest }) => rest)).flatMap(
    ({ method, paths }) => paths.map((template) => [method, template] as const),
  );

  it.each(templates)('grows with the path, not with its square: %s %s', (method, template) => {
    for (const filler of ['/a', '/a:b', '/versions', '/a/versions', '/tags/aliases']) {
      const grown = (times: number): string =>
        `${template.replace(/\{\w+\}/g, `x${filler.repeat(times)}`)}${filler.repeat(times)}`;
      const [small, large] = [workOf(method, grown(400)), workOf(method, grown(1_600))];
      // The path is four times as long; quadratic work would be sixteen times as much.
      expect(large).toBeLessThanOrEqual(4.5 * small);
      expect(large).toBeLessThan(40 * grown(1_600).split('/').length);
    }
  });
});
