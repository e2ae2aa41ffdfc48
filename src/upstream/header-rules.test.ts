import { expect, it } from 'vitest';
import { foldHeaderName } from '../http/header-name.ts';
import { isHopByHop, rawResponseHeaders } from './header-rules.ts';

it.each([
  ['X-Forwarded-User', 'x-forwarded-user'],
  ['X_Forwarded_User', 'x-forwarded-user'],
  ['x.forwarded_user', 'x-forwarded-user'],
  ['accept', 'accept'],
])('folds %s to %s', (name, folded) => {
  expect(foldHeaderName(name)).toBe(folded);
});

it('recognizes hop-by-hop fields', () => {
  for (const name of [
    'connection',
    'keep-alive',
    'te',
    'trailer',
    'transfer-encoding',
    'upgrade',
    'expect',
  ]) {
    expect(isHopByHop(name)).toBe(true);
  }
  expect(isHopByHop('content-type')).toBe(false);
});

const fields = (
  raw: string[],
  own = {},
  connection?: string,
  without?: Set<string>,
): Record<string, string | undefined> => {
  const out = rawResponseHeaders(raw, connection, own, (location) => location, without);
  return Object.fromEntries(out.flatMap((name, i) => (i % 2 === 0 ? [[name, out[i + 1]]] : [])));
};

it('keeps fields that describe the response, and drops fields of the connection, the server and other origins', () => {
  const raw = [
    ...[
      'Content-Type',
      'text/plain',
      'ETag',
      '"1"',
      'Server',
      'uvicorn',
      'Date',
      'then',
      'Set-Cookie',
      'a=1',
    ],
    ...['Transfer-Encoding', 'chunked', 'Keep-Alive', 'timeout=5', 'Alt-Svc', 'h3=":443"', 'Upgrade', 'h2c'],
    ...['Access-Control-Allow-Origin', '*', 'ACCESS-CONTROL-ALLOW-CREDENTIALS', 'true', 'Trailer', 'x'],
  ];
  expect(fields(raw)).toEqual({ 'content-type': 'text/plain', etag: '"1"' });
});

it("drops the fields that the response's Connection lists, but never the length of the body", () => {
  const raw = ['X-Hop', '1', 'X-Stay', '2', 'Content-Length', '3'];
  expect(fields(raw, {}, 'close, X-Hop, Content-Length')).toEqual({ 'x-stay': '2', 'content-length': '3' });
});

it("puts the gateway's own fields in place of MLflow's, and joins Vary", () => {
  const raw = ['X-Request-ID', 'theirs', 'Vary', 'Accept-Encoding', 'Vary', 'Cookie'];
  expect(fields(raw, { 'x-request-id': 'ours', vary: 'Origin' })).toEqual({
    'x-request-id': 'ours',
    vary: 'Cookie, Accept-Encoding, Origin',
  });
  expect(
    rawResponseHeaders(raw, undefined, {}, (location) => location).filter((_, i) => i % 2 === 0),
  ).toEqual(['x-request-id', 'vary', 'vary']);
});

it('sends one Cache-Control, the gateway’s if it has one, and no field that caches prefer to it', () => {
  const raw = [
    'Cache-Control',
    'public, max-age=9',
    'CDN-Cache-Control',
    'max-age=9',
    'Surrogate-Control',
    'x',
  ];
  expect(fields(raw, { 'cache-control': 'private, no-store' })).toEqual({
    'cache-control': 'private, no-store',
  });
  expect(fields(raw)).toEqual({ 'cache-control': 'public, max-age=9' });
});

it('sends one Content-Length', () => {
  expect(
    rawResponseHeaders(['content-length', '3', 'Content-Length', '3'], undefined, {}, (location) => location),
  ).toEqual(['content-length', '3']);
});

it('also drops the fields in `without`', () => {
  expect(fields(['ETag', '"1"', 'x', '1'], {}, undefined, new Set(['etag']))).toEqual({ x: '1' });
});
