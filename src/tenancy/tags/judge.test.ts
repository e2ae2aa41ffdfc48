import { expect, it } from 'vitest';
import { callsGateway } from './judge.ts';

it.each([
  ['gateway:/gpt'],
  ['{"model":"gateway:/gpt"}'],
  ['{"a":[{"model":"GATEWAY:/gpt"}]}'],
  ['{"model":"gateway\\u003a/gpt"}'],
  ['{"model":"gate\\nway:/gpt"}'],
  ['{"inner":"{\\"model\\":\\"gateway\\\\u003a/gpt\\"}"}'],
])('finds an endpoint in %s', (text) => {
  expect(callsGateway(text)).toBe(true);
});

it.each([
  [''],
  ['{"model":"openai:/gpt-4o"}'],
  ['{"instructions":"Is the gateway right?","model":"gateways"}'],
  ['no JSON {'],
])('finds none in %s', (text) => {
  expect(callsGateway(text)).toBe(false);
});
