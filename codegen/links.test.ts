import { expect, it } from 'vitest';
import { KINDS, OPERATIONS, TAG_ITEM } from '../src/catalog/generated/catalog.ts';
import { brokenLinks } from './links.ts';

it('finds no broken link in the catalog', () => {
  expect(brokenLinks(OPERATIONS, KINDS, TAG_ITEM)).toEqual([]);
});

it('reports an operation that the gateway calls and the catalog lacks', () => {
  const operations = OPERATIONS.filter(({ id }) => id !== 'setMcpServerTag' && id !== 'getRun');
  expect(brokenLinks(operations, KINDS, TAG_ITEM)).toEqual([
    'createMcpServer: tagsAfter: there is no operation setMcpServerTag',
    'createMcpServerVersion: tagsAfter: there is no operation setMcpServerTag',
    'kind run: lookup: there is no operation getRun',
  ]);
});

it('reports a field that a called operation lacks', () => {
  const kinds = [{ kind: 'run', lookup: { operation: 'getRun', field: 'run' } }];
  expect(brokenLinks(OPERATIONS, kinds, TAG_ITEM)).toContain('kind run: lookup: getRun has no field run');
});

it('reports a reference that needs a lookup, of a kind without one', () => {
  const kinds = KINDS.map(({ kind, lookup, ...rest }) => ({
    kind,
    ...(lookup && kind !== 'experiment' ? { lookup } : {}),
    ...rest,
  }));
  const problems = brokenLinks(OPERATIONS, kinds, TAG_ITEM);
  expect(problems.length).toBeGreaterThan(0);
  for (const problem of problems) expect(problem).toMatch(/: the kind experiment has no lookup$/);
});
