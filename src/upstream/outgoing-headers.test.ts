import type { IncomingMessage } from 'node:http';
import { expect, it } from 'vitest';
import { denialOf } from '../http/testing.ts';
import { outgoingHeaders } from './outgoing-headers.ts';

const caller = (headers: Record<string, string>): IncomingMessage =>
  ({ headers }) as unknown as IncomingMessage;

it.each(['GET', 'HEAD', 'DELETE', 'OPTIONS'])('sends no framing for a %s without a body', (method) => {
  expect(
    outgoingHeaders({ method, path: '/', headers: { accept: '*/*' }, body: undefined }, 'h', undefined),
  ).toEqual({
    host: 'h',
    accept: '*/*',
  });
});

it.each(['POST', 'PUT', 'PATCH'])('sends Content-Length 0 for a %s without a body', (method) => {
  expect(outgoingHeaders({ method, path: '/', headers: {}, body: undefined }, 'h', undefined)).toEqual({
    host: 'h',
    'content-length': '0',
  });
});

it('sends the length of a body in bytes', () => {
  const body = Buffer.from('é');
  expect(
    outgoingHeaders({ method: 'POST', path: '/', headers: {}, body }, 'h', undefined)['content-length'],
  ).toBe('2');
});

it('frames a streamed body as the caller does, and copies no other field of the caller', () => {
  const put = { method: 'PUT', path: '/', headers: {}, body: 'stream' } as const;
  expect(outgoingHeaders(put, 'h', caller({ 'content-length': '7', cookie: 'a' }))).toEqual({
    host: 'h',
    'content-length': '7',
  });
  expect(outgoingHeaders(put, 'h', caller({ 'transfer-encoding': 'Chunked' }))).toEqual({ host: 'h' });
  expect(outgoingHeaders(put, 'h', caller({}))).toEqual({ host: 'h', 'content-length': '0' });
  for (const coding of ['gzip, chunked', 'chunked, chunked', 'chunked,', 'identity']) {
    expect(denialOf(() => outgoingHeaders(put, 'h', caller({ 'transfer-encoding': coding }))).reason).toBe(
      'malformed_request',
    );
  }
});

it('drops every hop-by-hop field', () => {
  const headers = {
    connection: 'x',
    'transfer-encoding': 'chunked',
    expect: '100-continue',
    'content-length': '9',
    host: 'evil',
  };
  expect(outgoingHeaders({ method: 'GET', path: '/', headers, body: undefined }, 'h', undefined)).toEqual({
    host: 'h',
  });
});
