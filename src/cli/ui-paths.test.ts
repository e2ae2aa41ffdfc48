import { expect, it } from 'vitest';
import { OPERATIONS } from '../catalog/generated/catalog.ts';
import type { OutgoingRequest, UpstreamResponse } from '../upstream/types.ts';
import { readUiPaths } from './ui-paths.ts';

const MAIN = '/static-files/static/js/main.js';

/** A server of static files; it notes what it was asked, and how much of it at once. */
const server = (files: Readonly<Record<string, string>>) => {
  const asked: string[] = [];
  const limits: number[] = [];
  const ask = async (
    { method, path }: OutgoingRequest,
    options: { readonly limit?: number } = {},
  ): Promise<UpstreamResponse> => {
    asked.push(`${method} ${path}`);
    limits.push(options.limit ?? Number.POSITIVE_INFINITY);
    const text = files[path];
    if (text !== undefined && text.length > options.limit!) throw new Error('too long');
    return { status: text === undefined ? 404 : 200, headers: {}, body: Buffer.from(text ?? '') };
  };
  return { ask, asked, limits };
};
const page = (...scripts: string[]) =>
  scripts.map((src) => `<script defer="defer" src="${src}"></script>`).join('');
const read = async (script: string) => {
  const { ask } = server({ '/': page('static-files/static/js/main.js'), [MAIN]: script });
  return (await readUiPaths({ ask }, OPERATIONS))!;
};

it('reads paths from strings and template literals, with {} for each expression', async () => {
  const { templates, pages, complete } = await read(
    [
      'a="ajax-api/3.0/mlflow/skills?max_results=1000"',
      'b=`ajax-api/3.0/mlflow/traces/§{((e)=>`§{e}`)({a:{}})}/tags/§{k}`',
      "c='/ajax-api/9.0/mlflow/looms/'+id",
      'd=`ajax-api/2.0/mlflow/runs/search§{q}`',
      'e=`ajax-api/3.0/mlflow/skills/@§{org}/x`',
      'f="xajax-api/3.0/mlflow/no",g="https://docs.example/api"',
      'h={path:"/skills/:skillName/*"}',
    ]
      .join(';')
      .replaceAll('§', '$'),
  );
  expect(templates).toEqual([
    '/ajax-api/2.0/mlflow/runs/search',
    '/ajax-api/3.0/mlflow/skills',
    '/ajax-api/3.0/mlflow/skills/{}/x',
    '/ajax-api/3.0/mlflow/traces/{}/tags/{}',
    '/ajax-api/9.0/mlflow/looms/{}',
  ]);
  expect(pages).toEqual(['/skills/:skillName']);
  expect(complete).toBe(true);
});

it('follows scripts of its own folder only, at the same origin, each once', async () => {
  const { ask, asked } = server({
    '/': page(
      'static-files/static/js/main.js',
      'https://other.example/a.js',
      '//other.example/b.js',
      '../../c.php',
    ),
    [MAIN]: '"static/js/1.chunk.js","static/js/1.chunk.js","static/js/../x.js","/etc/x.js","other/js/2.js"',
    '/static-files/static/js/1.chunk.js': '"static/js/main.js";"ajax-api/2.0/mlflow/looms"',
  });
  const found = await readUiPaths({ ask }, OPERATIONS);
  expect(asked).toEqual(['GET /', `GET ${MAIN}`, 'GET /static-files/static/js/1.chunk.js']);
  expect(found).toMatchObject({ templates: ['/ajax-api/2.0/mlflow/looms'], files: 2, complete: true });
});

it('is limited in number and size, and marked as incomplete', async () => {
  const names = Array.from({ length: 2_000 }, (_, at) => `static/js/${at}.js`);
  const files = Object.fromEntries(names.map((name) => [`/static-files/${name}`, 'x'.repeat(1_000)]));
  const many = server({
    ...files,
    '/': page('static-files/static/js/main.js'),
    [MAIN]: names.map((name) => `"${name}"`).join(),
  });
  expect(await readUiPaths(many, OPERATIONS)).toMatchObject({ complete: false });
  expect(many.asked.length).toBeLessThanOrEqual(601);
  expect(Math.max(...many.limits)).toBeLessThanOrEqual(8 * 1024 * 1024);

  const large = 'x'.repeat(7 * 1024 * 1024);
  const heavy = server({
    '/': page('static-files/static/js/main.js'),
    [MAIN]: names
      .slice(0, 40)
      .map((name) => `"${name}"`)
      .join(),
    ...Object.fromEntries(names.slice(0, 40).map((name) => [`/static-files/${name}`, large])),
  });
  const found = (await readUiPaths(heavy, OPERATIONS))!;
  expect(found.complete).toBe(false);
  expect(found.bytes).toBeLessThanOrEqual(64 * 1024 * 1024);
});

it('finds nothing at a server without pages', async () => {
  expect(await readUiPaths(server({}), OPERATIONS)).toBeUndefined();
  expect(await readUiPaths(server({ '/': '<p>' }), OPERATIONS)).toBeUndefined();
});

it('reads a script of unfinished expressions to its end', async () => {
  const { templates } = await read(
    '`ajax-api/1.0/§{'.replace('§', '$').repeat(200_000) + '"/a'.repeat(200_000),
  );
  expect(templates).toEqual([]);
});
