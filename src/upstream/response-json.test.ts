import { expect, it } from 'vitest';
import { denialOf } from '../http/testing.ts';
import { LIMITS } from '../limits.ts';
import { parseResponse } from './response-json.ts';

it('parses a JSON response', () => {
  expect(parseResponse(Buffer.from('{"runs":[{"a":"\u00e9"}]}'))).toEqual({ runs: [{ a: '\u00e9' }] });
});

it.each([
  ['no JSON', '<html>'],
  ['more values than the limit', `[${'{},'.repeat(LIMITS.responseTokens.value)}{}]`],
  ['unclosed nesting', '['.repeat(5_000)],
])('%s is upstream_invalid', (_, text) => {
  expect(denialOf(() => parseResponse(Buffer.from(text))).reason).toBe('upstream_invalid');
});
