import { expect, it } from 'vitest';
import { denialOf } from '../http/testing.ts';
import { forWholeAnswer, rewriteAnswer } from './transform.ts';

const json = { 'content-type': 'application/json' };
const shout = (answer: { body: Buffer }): Buffer => Buffer.from(answer.body.toString().toUpperCase());

it('asks for the whole plain document', () => {
  const headers = { accept: '*/*', 'accept-encoding': 'gzip', range: 'bytes=0-1', 'if-none-match': '"1"' };
  expect(forWholeAnswer({ method: 'GET', path: '/', headers, body: undefined }).headers).toEqual({
    accept: '*/*',
  });
});

it('rewrites a 200 and everything that described the body', () => {
  const headers = { ...json, 'content-length': '5', etag: '"1"', 'x-kept': 'yes', 'set-cookie': ['a=1'] };
  const out = rewriteAnswer(
    { status: 200, headers, body: Buffer.from('"ab"') },
    { 'x-request-id': 'r' },
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

it('passes errors on as they are', () => {
  const answer = {
    status: 404,
    headers: { ...json, vary: ['a', 'b'] as string[] },
    body: Buffer.from('"no"'),
  };
  const out = rewriteAnswer(answer, {}, shout);
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
])('refuses %s', (_, answer) => {
  expect(denialOf(() => rewriteAnswer({ ...answer, body: Buffer.from('{}') }, {}, shout)).reason).toBe(
    'upstream_invalid',
  );
});
