import { expect, it } from 'vitest';
import { KINDS } from '../catalog/generated/catalog.ts';
import { Kinds } from './kinds.ts';

const kinds = new Kinds(KINDS);

// A database finds `iss-login` by each of them: an `\u00df` is one `s` or two.
it.each([
  'iss-login',
  'ISS-Login',
  'i\u00df-login',
  'is\u00df-login',
  '\u0131ss-login ',
  `iss-${'0'.repeat(32)}`,
])('%j looks like the id of an issue', (text) => expect(kinds.looksLike('issue', text)).toBe(true));

it.each(['is-correct', 'iss', 'iss-', 'issue-1', 'miss-1', 'good', ''])('%j does not', (text) =>
  expect(kinds.looksLike('issue', text)).toBe(false),
);
