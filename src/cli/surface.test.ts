import { expect, it } from 'vitest';
import { OPERATIONS } from '../catalog/generated/catalog.ts';
import type { OutgoingRequest, UpstreamResponse } from '../upstream/types.ts';
import { neighboursOf, surveySurface } from './surface.ts';

/** A stand-in for MLflow: no real one so far publishes a description or serves an operation that the catalog lacks. */
const server = (answers: Readonly<Record<string, Partial<UpstreamResponse>>>) => {
  const asked: string[] = [];
  const ask = async ({ method, path }: OutgoingRequest): Promise<UpstreamResponse> => {
    asked.push(`${method} ${path}`);
    const none = {
      status: 404,
      headers: { 'content-type': 'text/html; charset=utf-8' },
      body: Buffer.alloc(0),
    };
    return { ...none, ...answers[`${method} ${path}`] };
  };
  return { ask, asked };
};

const version = OPERATIONS[0]!.versions.at(-1)!;

it('finds a method, and a mount, that the catalog lacks', async () => {
  const beside = neighboursOf(OPERATIONS).find(
    (path) => path.startsWith('/api/3.0/') && !path.includes('{'),
  )!;
  const known = OPERATIONS.find(({ paths }) => !paths[0].includes('{'))!.paths[0];
  const { ask } = server({
    [`OPTIONS ${beside}`]: { status: 200, headers: { allow: 'POST, OPTIONS' } },
    [`OPTIONS ${known}`]: { status: 200, headers: { allow: 'OPTIONS, PATCH' } },
  });
  const { unknown } = await surveySurface({ ask }, OPERATIONS, version);
  expect(unknown).toEqual([`PATCH ${known}`, `POST ${beside}`].sort());
});

it('compares a description that FastAPI publishes', async () => {
  const paths = { '/new/{name:path}/x': { post: {}, parameters: [] } };
  const description = { status: 200, body: Buffer.from(JSON.stringify({ openapi: '3.1.0', paths })) };
  const { ask } = server({ 'GET /openapi.json': description });
  const report = await surveySurface({ ask }, OPERATIONS, version);
  expect(report).toMatchObject({ unknown: ['POST /new/{name}/x'], described: 1 });
});

it('sends no request with side effects', async () => {
  const { ask, asked } = server({});
  const report = await surveySurface({ ask }, OPERATIONS, version);
  expect(new Set(asked.map((line) => line.split(' ')[0]))).toEqual(new Set(['OPTIONS', 'GET']));
  expect(report).toMatchObject({ confirmed: [], unknown: [], described: undefined });
  expect(report.absent.every((pair) => pair.startsWith('GET '))).toBe(true);
  expect(report.unaskable.length).toBeGreaterThan(100);
});
