import { expect, it } from 'vitest';
import { promptIn } from './prompt-uri.ts';

it.each([
  ['prompts:/qa/3', 'qa'],
  ['prompts:/qa@latest', 'qa'],
  ['prompts:/my prompt/1', undefined],
  ['prompts:/a-b_c.d/12', 'a-b_c.d'],
])('reads %s', (uri, name) => {
  expect(promptIn(uri)).toBe(name);
});

it.each([
  [''],
  ['qa'],
  ['prompts:/qa'],
  ['prompts:/qa/0'],
  ['prompts:/qa/1/2'],
  ['prompts:/other/../qa/1'],
  ['prompts:/qa%2f1/1'],
  ['prompts:/qa@a@b'],
  ['prompts://qa/1'],
  ['PROMPTS:/qa/1'],
  ['models:/qa/1'],
  ['prompts:/qa/1?x'],
])('reads nothing in %j', (uri) => {
  expect(promptIn(uri)).toBeUndefined();
});
