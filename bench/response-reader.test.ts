import { describe, expect, it } from 'vitest';
import { ResponseReader } from './response-reader.ts';

const ANSWER = 'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nContent-Length: 7\r\n\r\n{"a":1}';

describe('ResponseReader', () => {
  it('reads a response that arrives in one piece', () => {
    const answer = new ResponseReader().push(Buffer.from(ANSWER));
    expect(answer?.status).toBe(200);
    expect(answer?.head).toBe('HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nContent-Length: 7');
    expect(answer?.body.toString()).toBe('{"a":1}');
  });

  it('reads consecutive responses cut into two pieces at any point', () => {
    const reader = new ResponseReader();
    for (let cut = 1; cut < ANSWER.length; cut++) {
      expect(reader.push(Buffer.from(ANSWER.slice(0, cut)))).toBeUndefined();
      expect(reader.push(Buffer.from(ANSWER.slice(cut)))?.body.toString()).toBe('{"a":1}');
    }
  });

  it('reads a response byte by byte', () => {
    const reader = new ResponseReader();
    const bytes = [...Buffer.from(ANSWER)].map((byte) => reader.push(Buffer.from([byte])));
    expect(bytes.slice(0, -1).every((answer) => answer === undefined)).toBe(true);
    expect(bytes.at(-1)?.status).toBe(200);
  });

  it('reads an empty body and another status', () => {
    const answer = new ResponseReader().push(
      Buffer.from('HTTP/1.1 403 Forbidden\r\ncontent-length:0\r\n\r\n'),
    );
    expect(answer?.status).toBe(403);
    expect(answer?.body.length).toBe(0);
  });

  it.each([
    ['a body without a length', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n'],
    ['bytes that are not HTTP', 'SSH-2.0-OpenSSH_9.2\r\n\r\n'],
    ['more than one response', `${ANSWER}HTTP/1.1 200 OK\r\n`],
  ])('refuses %s', (_what, bytes) => {
    expect(() => new ResponseReader().push(Buffer.from(bytes))).toThrow();
  });
});
