import { expect, it } from 'vitest';
import { denialOf } from '../http/testing.ts';
import { LIMITS } from '../limits.ts';
import { parseAnswer } from './answer-json.ts';

it('parses a JSON response', () => {
  expect(parseAnswer(Buffer.from('{"runs":[{"a":"\u00e9"}]}'))).toEqual({ runs: [{ a: '\u00e9' }] });
});

it.each([
  ['no JSON', '<html>'],
  ['more values than the limit', `[${'{},'.repeat(LIMITS.answerTokens.value)}{}]`],
  ['unclosed nesting', '['.repeat(5_000)],
])('%s is upstream_invalid', (_, text) => {
  expect(denialOf(() => parseAnswer(Buffer.from(text))).reason).toBe('upstream_invalid');
});
