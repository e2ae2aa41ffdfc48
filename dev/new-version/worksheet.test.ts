import { describe, expect, it } from 'vitest';
import type { Unlisted } from './dump.ts';
import type { ProposedOperation } from './propose.ts';
import { countsOf, isDecided, type Worksheet, writeWorksheet } from './worksheet.ts';

const read = (handler: string, name: string): Unlisted => ({
  handler: `mlflow.server.handlers.${handler}`,
  kind: 'read',
  at: 'query',
  name,
  place: 'server/handlers.py:12',
  suggestion: `Field("${name}", "query", since="3.18"),`,
});

function operation(id: string, value: string, permission = 'skills:read'): ProposedOperation {
  const field = { place: 'name', at: 'query' as const, type: 'string' as const };
  return {
    operation: { id, method: 'GET', path: `/${id}`, group: 'skills', places: [field] },
    permission: { value: permission, reason: 'by its verb', risk: 'viewers' },
    rules: {},
    notCopied: ['tagsAfter'],
    fields: [{ ...field, value, reason: 'as | there', risk: 'leak', others: ['opaque in 1: getRun'] }],
  };
}

const EMPTY: Worksheet = {
  version: '3.18.0',
  others: ['3.17.2'],
  dump: {
    mlflow: '3.18.0',
    operations: {},
    decisions: [],
    sources: { functions: [], operations: {} },
    tagKeys: [],
  },
  operations: [],
  fields: [],
  groups: new Map(),
  kinds: [],
  changed: [],
  mounts: [],
  graphql: [],
  tags: new Map(),
  notes: [],
  problems: [],
  otherwise: [],
};

const FULL: Worksheet = {
  ...EMPTY,
  dump: {
    ...EMPTY.dump,
    decisions: [read('a', 'presigned'), read('b', 'presigned'), read('a', 'host')],
    operations: {
      getSkill: {
        operationId: 'getSkill',
        mounts: [],
        where: {
          handler: ['server/api.py:7'],
          stores: ['store/s.py:9 Store.get'],
          fields: { name: 'server/api.py:8' },
        },
      },
    },
  },
  operations: [
    operation('getSkill', 'reference:skill'),
    operation('readSkill', 'reference:skill'),
    operation('oddSkill', '?', '?'),
  ],
  groups: new Map([
    ['skills', { template: 'mcp-servers', defaults: '{ workspaces: pin, tags: references }' }],
  ]),
  kinds: ['skill'],
  changed: [
    {
      place: 'server/handlers.py:40',
      name: '_get_run',
      isNew: false,
      operations: ['getRun'],
      handles: ['getRun'],
    },
    { place: 'store/s.py:9', name: 'Store.get_run', isNew: true, operations: ['getRun', 'x'], handles: [] },
  ],
};

describe('countsOf', () => {
  it('counts marks, and the different ones among them', () => {
    expect(countsOf(FULL)).toEqual({
      unlisted: 2,
      proposals: 5,
      differentProposals: 3,
      undecided: 3,
      differentUndecided: 3,
      problems: 0,
      functions: 2,
    });
  });

  it('takes a version for decided if only changed functions are left to read', () => {
    expect(isDecided(countsOf({ ...EMPTY, changed: FULL.changed }))).toBe(true);
    expect(isDecided(countsOf({ ...EMPTY, problems: ['x: operation not classified'] }))).toBe(false);
    expect(isDecided(countsOf({ ...EMPTY, dump: FULL.dump }))).toBe(false);
  });
});

describe('writeWorksheet', () => {
  const page = writeWorksheet(FULL);

  it('shows each proposal with its place, its reason, its risk and the other fields of the name', () => {
    expect(page).toContain('Handler `server/api.py:7`; store `store/s.py:9 Store.get`.');
    expect(page).toContain(
      '| `name` | `reference:skill` | as \\| there | leak | query, `server/api.py:8` | opaque in 1: getRun |',
    );
    expect(page).toContain('The operation that it resembles has further rules: `tagsAfter`.');
    expect(page).toContain('| permission | **to be found** |');
  });

  it('lists a read of several handlers once', () => {
    expect(page).toContain(
      '| `handlers.a`, `handlers.b` | reads query `presigned` | `server/handlers.py:12` |',
    );
  });

  it('lists changed functions with the operations that reach them', () => {
    expect(page).toContain('| `server/handlers.py:40` | `_get_run` | changed | 1 | getRun |');
    expect(page).toContain('| getRun | `_get_run` | `Store.get_run` |');
  });

  it('omits empty sections', () => {
    expect(writeWorksheet(EMPTY)).not.toContain('## ');
  });
});
