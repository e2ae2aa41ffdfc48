import { expect, test } from 'vitest';
import { createLogger } from './log.ts';
import { factsOf, unexpectedErrors } from './unexpected.ts';

test('logs an error with its stack and without its message', () => {
  let text = '';
  const stream = {
    write(line: string) {
      text += line;
    },
  };
  const log = createLogger({ level: 'info', stream });
  const counted: string[] = [];
  const note = unexpectedErrors(log, (kind) => counted.push(kind));
  try {
    JSON.parse('{"name": secret-of-a-caller}');
  } catch (error) {
    note('rejection', error, 'req-1');
  }
  const line = JSON.parse(text);
  expect(line).toMatchObject({
    level: 'fatal',
    kind: 'rejection',
    error: 'SyntaxError',
    request_id: 'req-1',
  });
  expect(line.stack.length).toBeGreaterThan(0);
  expect(text).toContain('unexpected.test.ts');
  expect(text).not.toContain('secret');
  expect(counted).toEqual(['rejection']);
});

test.each([undefined, null, 'text', 5, { message: 'secret' }])('describes a thrown %j', (thrown) => {
  expect(factsOf(thrown)).toEqual({ error: typeof thrown, stack: [] });
});

test('a failing log does not stop the counter, nor a failing counter the log', () => {
  const called: string[] = [];
  const fails = (name: string) => (): never => {
    called.push(name);
    throw new Error('no');
  };
  const note = unexpectedErrors({ fatal: fails('log') }, fails('count'));
  expect(() => note('exception', new Error('x'))).not.toThrow();
  expect(called.sort()).toEqual(['count', 'log']);
});
