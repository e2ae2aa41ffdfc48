import { expect, it } from 'vitest';
import { changedFunctions } from './changed-sources.ts';
import type { Sources } from './dump.ts';

const sources = (digests: readonly [string, string, string]): Sources => ({
  functions: [
    ['server/handlers.py', '_get_run', 10, digests[0], [1, 2]],
    ['store/s.py', 'Store.get_run', 20, digests[1], [0]],
    ['store/s.py', 'Store.new', 30, digests[2], []],
  ],
  operations: { getRun: [0], getNew: [2], createRun: [1] },
});

it('lists each function that no other version has, with the known operations that reach it through any number of calls', () => {
  const before: Sources = {
    ...sources(['a', 'b', 'c']),
    functions: sources(['a', 'b', 'c']).functions.slice(0, 2),
  };
  expect(changedFunctions(sources(['a', 'x', 'c']), [before], new Set(['getRun', 'createRun']))).toEqual([
    {
      place: 'store/s.py:20',
      name: 'Store.get_run',
      isNew: false,
      operations: ['getRun', 'createRun'],
      handles: ['createRun'],
    },
    {
      place: 'store/s.py:30',
      name: 'Store.new',
      isNew: true,
      operations: ['getRun', 'createRun'],
      handles: [],
    },
  ]);
});

it('does not list a function that some other version has, nor one that only a new operation reaches', () => {
  const others = [sources(['a', 'b', 'c']), sources(['z', 'x', 'y'])];
  expect(changedFunctions(sources(['z', 'b', 'c']), others, new Set(['getRun']))).toEqual([]);
  expect(changedFunctions(sources(['a', 'b', 'new']), others, new Set())).toEqual([]);
});
