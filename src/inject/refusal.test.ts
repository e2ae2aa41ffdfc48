import { expect, test } from 'vitest';
import { quoted, Refusal } from './refusal.ts';

test('a single problem becomes the message', () => {
  expect(new Refusal(['Remove it.'])).toMatchObject({ message: 'Remove it.', problems: ['Remove it.'] });
});

test('numbers several problems in one message', () => {
  expect(new Refusal(['Remove a.', 'Remove b.']).message).toBe(
    'The pod cannot be given a gateway, for 2 reasons. 1. Remove a. 2. Remove b.',
  );
});

test('limits a message to 2,000 characters and counts the omitted problems', () => {
  const problems = Array.from(
    { length: 40 },
    (_, i) => `Remove ${String(i).padStart(3, '0')} ${'a'.repeat(100)}.`,
  );
  const { message } = new Refusal(problems);
  expect(message.length).toBeLessThanOrEqual(2_000);
  expect(message).toMatch(/^The pod cannot be given a gateway, for 40 reasons\. 1\. Remove 000 /);
  expect(message).toMatch(/ And 24 more, shown when these are corrected\.$/);
  expect(new Refusal(['a'.repeat(9_000)]).message).toHaveLength(2_000);
  expect(new Refusal(['a'.repeat(9_000), 'b']).message).toHaveLength(2_000);
});

test('quotes a text of the pod on one line, shortened', () => {
  expect(quoted('a\n\u001b[31mb')).toBe('a [31mb');
  expect(quoted('a'.repeat(1_000))).toHaveLength(80);
});
