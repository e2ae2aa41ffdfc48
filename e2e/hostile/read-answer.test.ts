import { expect, test } from 'vitest';
import { readAnswer } from './read-answer.ts';

const read = (text: string, method = 'GET') => readAnswer(Buffer.from(text, 'latin1'), method);

test.each([
  ['a whole answer with a length', 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nab', { keeps: true }],
  [
    'an answer that closes',
    'HTTP/1.1 400 Bad\r\nConnection: close\r\nContent-Length: 0\r\n\r\n',
    { keeps: false },
  ],
  ['a body that is not whole', 'HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab', { atLeast: 41 }],
  ['a head that is not whole', 'HTTP/1.1 200 OK\r\nContent-', { atLeast: 26 }],
  ['an interim answer alone', 'HTTP/1.1 100 Continue\r\n\r\n', { atLeast: 26 }],
  [
    'an answer behind an interim one',
    'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No\r\n\r\n',
    { keeps: true },
  ],
  [
    'whole chunks',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n',
    { keeps: true },
  ],
  [
    'chunks without the last',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n',
    { atLeast: 55 },
  ],
])('%s', (_, text, expected) => {
  expect(read(text)).toEqual(expected);
});

test('reads no body after a response to HEAD', () => {
  expect(read('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n', 'HEAD')).toEqual({ keeps: true });
});
