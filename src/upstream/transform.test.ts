import { expect, it } from 'vitest';
import type { LocationReader } from './location.ts';
import { forWholeResponse, rewriteResponse } from './transform.ts';

const json = { 'content-type': 'application/json' };
const LEFT: LocationReader = (location) => location;
const shout = (answer: { body: Buffer }): Buffer => Buffer.from(answer.body.toString().toUpperCase());

it('requests the whole document without a content coding', () => {
  const headers = { accept: '*/*', 'accept-encoding': 'gzip', range: 'bytes=0-1', 'if-none-match': '"1"' };
  expect(forWholeResponse({ method: 'GET', path: '/', headers, body: undefined }).headers).toEqual({
    accept: '*/*',
  });
});

it('rewrites a 200 and the fields that describe its body', async () => {
  const headers = { ...json, 'content-length': '5', etag: '"1"', 'x-kept': 'yes', 'set-cookie': ['a=1'] };
  const out = await rewriteResponse(
    { status: 200, headers, body: Buffer.from('"ab"') },
    { 'x-request-id': 'r' },
    LEFT,
    shout,
  );
  expect(out.body.toString()).toBe('"AB"');
  expect(out.headers).toEqual([
    'content-type',
    'application/json',
    'x-kept',
    'yes',
    'x-request-id',
    'r',
    'content-length',
    '4',
  ]);
});

it('passes errors on unchanged', async () => {
  const answer = {
    status: 404,
    headers: { ...json, vary: ['a', 'b'] as string[] },
    body: Buffer.from('"no"'),
  };
  const out = await rewriteResponse(answer, {}, LEFT, shout);
  expect(out.body.toString()).toBe('"no"');
  expect(out.headers).toEqual([
    'content-type',
    'application/json',
    'vary',
    'a',
    'vary',
    'b',
    'content-length',
    '4',
  ]);
});

it.each([
  ['a part', { status: 206, headers: json }],
  ['another type', { status: 200, headers: { 'content-type': 'text/html' } }],
  ['a type that begins the same', { status: 200, headers: { 'content-type': 'application/jsonp' } }],
  ['no type', { status: 200, headers: {} }],
  ['a compressed body', { status: 200, headers: { ...json, 'content-encoding': 'gzip' } }],
  ['a compressed error', { status: 500, headers: { ...json, 'content-encoding': 'gzip' } }],
])('refuses %s', async (_, answer) => {
  const refused = rewriteResponse({ ...answer, body: Buffer.from('{}') }, {}, LEFT, shout);
  await expect(refused).rejects.toMatchObject({ reason: 'upstream_invalid' });
});

it('passes any response on without a rewriter', async () => {
  const headers = { 'content-type': 'application/x-protobuf', etag: '"1"', 'content-length': '9' };
  const out = await rewriteResponse({ status: 200, headers, body: Buffer.from([1, 2]) }, {}, LEFT, undefined);
  expect([...out.body]).toEqual([1, 2]);
  const kept = ['content-type', 'application/x-protobuf', 'etag', '"1"', 'content-length', '2'];
  expect(out.headers).toEqual(kept);
});
