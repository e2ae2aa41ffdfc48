import { expect, test } from 'vitest';
import { createLogger } from './log.ts';

function capture(): { lines: () => Record<string, unknown>[]; stream: { write(line: string): void } } {
  const raw: string[] = [];
  return {
    lines: () => raw.map((line) => JSON.parse(line)),
    stream: { write: (line) => void raw.push(line) },
  };
}

test('lines have level, time and request id, and no host name or process id', () => {
  const { lines, stream } = capture();
  createLogger({ level: 'info', stream }).child({ request_id: 'abc' }).warn({ tenant: 'team-a' }, 'slow');
  expect(lines()).toEqual([
    {
      level: 'warn',
      time: expect.stringMatching(/^\d{4}-.*Z$/),
      request_id: 'abc',
      tenant: 'team-a',
      msg: 'slow',
    },
  ]);
});

test('lines below the level are dropped', () => {
  const { lines, stream } = capture();
  const log = createLogger({ level: 'error', stream });
  log.warn('no');
  log.error('yes');
  expect(lines().map((line) => line.msg)).toEqual(['yes']);
});

test('credentials are redacted in the properties that usually hold them', () => {
  const { lines, stream } = capture();
  const headers = {
    authorization: 'Bearer s3cret',
    cookie: 's3cret',
    'proxy-authorization': 's3cret',
    accept: '*/*',
  };
  createLogger({ level: 'info', stream }).info(
    { ...headers, headers, req: { headers }, token: 's3cret' },
    'x',
  );
  expect(JSON.stringify(lines())).not.toContain('s3cret');
  expect(lines()[0]).toMatchObject({ headers: { authorization: '[redacted]', accept: '*/*' } });
});
