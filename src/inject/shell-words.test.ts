import { expect, test } from 'vitest';
import { shellWords } from './shell-words.ts';

test.each<[string, readonly string[]]>([
  ['a  b\tc', ['a', 'b', 'c']],
  [`a 'b c' "d e"`, ['a', 'b c', 'd e']],
  [`--x='a, b'c`, ['--x=a, bc']],
  [`"a\\"b" '\\'`, ['a"b', '\\']],
  ['a\\ b', ['a b']],
  ['a\\\nb c', ['ab', 'c']],
  ['a && b; c\nd', ['a', ';', ';', 'b', ';', 'c', ';', 'd']],
  ["'' $X", ['', '$X']],
  ["'open", ['open']],
  ['', []],
])('%j', (text, words) => expect(shellWords(text)).toEqual(words));
