import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { withKinds, withProposals } from './policy-text.ts';
import type { ProposedField, ProposedOperation } from './propose.ts';

const DEFAULTS = { workspaces: 'pin', tags: 'references' };

function field(place: string, value: string): ProposedField {
  return { place, value, at: 'body', type: 'string', reason: '', risk: '', others: [] };
}

function proposal(id: string, fields: readonly ProposedField[], permission?: string): ProposedOperation {
  return {
    operation: { id, method: 'POST', path: `/${id}`, group: 'runs', places: fields },
    ...(permission ? { permission: { value: permission, reason: '', risk: '' } } : {}),
    rules: permission === 'runs:write' ? { tags: 'create' } : {},
    notCopied: [],
    fields,
  };
}

const RUNS = `# Runs
defaults: { workspaces: pin, tags: references }

# The readers.
runs:read:
  getRun: { run_id: reference:run }
  getUi: {}

# The writers.
runs:write:
  logBatch:
    # MLflow ignores it.
    run_id: reference:run
    opaque: [step,
      state]

runs:delete:
  deleteRun, restoreRun:
    run_id: reference:run

  last: {}
`;

describe('withProposals', () => {
  it('adds marked fields to an entry in flow style', () => {
    const text = withProposals(
      RUNS,
      'runs',
      [
        proposal('getRun', [field('a[]', 'reference:run'), field('b', 'opaque')]),
        proposal('getUi', [field('c', '?')]),
      ],
      DEFAULTS,
    );
    expect(text).toContain(
      '  getRun: { run_id: reference:run, "a[]": proposed:reference:run, opaque: [proposed:b] }\n  getUi: { c: proposed:? }\n',
    );
  });

  it('adds marked fields to an entry in block style, without touching a comment', () => {
    const fields = [field('a[].b', '?'), field('*', 'opaque'), field('c[]', 'opaque')];
    const text = withProposals(RUNS, 'runs', [proposal('logBatch', fields)], DEFAULTS);
    expect(text).toContain(`  logBatch:
    a[].b: proposed:?
    # MLflow ignores it.
    run_id: reference:run
    opaque: [step,
      state, proposed:*, "proposed:c[]"]
`);
    expect(() => parse(text)).not.toThrow();
  });

  it('gives an operation of a shared entry one of its own', () => {
    const text = withProposals(RUNS, 'runs', [proposal('deleteRun', [field('a', 'filter:runs')])], DEFAULTS);
    expect(parse(text)['runs:delete']).toEqual({
      restoreRun: { run_id: 'reference:run' },
      deleteRun: { run_id: 'reference:run', a: 'proposed:filter:runs' },
      last: {},
    });
  });

  it('adds a marked operation at the end of the section of its permission, or below a new one', () => {
    const added = [
      proposal('createRun', [field('a', 'opaque')], 'runs:write'),
      proposal('getMore', [], 'runs:read'),
      proposal('odd', [field('b', 'opaque')], '?'),
      proposal('odder', [], '?'),
    ];
    const text = withProposals(RUNS, 'runs', added, DEFAULTS);
    expect(text).toBe(
      `${RUNS.replace('getUi: {}\n', 'getUi: {}\n\n  proposed:getMore: {}\n').replace(
        'state]\n',
        'state]\n\n  proposed:createRun:\n    rules: { tags: proposed:create }\n    opaque: [proposed:a]\n',
      )}\nproposed:?:\n  odd:\n    opaque: [proposed:b]\n\n  odder: {}\n`,
    );
    expect(withProposals(text, 'runs', added, DEFAULTS)).toBe(text);
  });

  it('leaves a file that has the fields already, marked or not', () => {
    const once = withProposals(
      RUNS,
      'runs',
      [proposal('getRun', [field('a', '?'), field('b', 'opaque')])],
      DEFAULTS,
    );
    expect(
      withProposals(once, 'runs', [proposal('getRun', [field('a', 'opaque'), field('b', '?')])], DEFAULTS),
    ).toBe(once);
  });

  it('writes a new group with marked defaults, and adds nothing twice', () => {
    const one = proposal(
      'createSkill',
      [field('name', 'new-name:skill'), field('icons[].src', 'opaque')],
      'runs:write',
    );
    const text = withProposals(undefined, 'mcp-skills', [one], DEFAULTS);
    expect(text).toBe(`# yaml-language-server: $schema=policy.schema.json
# Mcp skills

defaults: { workspaces: proposed:pin, tags: proposed:references }

runs:write:
  proposed:createSkill:
    rules: { tags: proposed:create }
    name: proposed:new-name:skill
    opaque: ["proposed:icons[].src"]
`);
    expect(withProposals(text, 'mcp-skills', [one], DEFAULTS)).toBe(text);
  });

  it('wraps a long list of opaque fields', () => {
    const fields = Array.from({ length: 30 }, (_, index) => field(`field_number_${index}`, 'opaque'));
    const text = withProposals(undefined, 'runs', [proposal('createSkill', fields, 'runs:read')], DEFAULTS);
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(110);
    expect(parse(text)['runs:read']['proposed:createSkill'].opaque).toHaveLength(30);
  });
});

describe('withKinds', () => {
  it('adds a marked kind with its lookup, once', () => {
    const lookups = new Map([['skill', { operation: 'getSkill', field: 'name' }]]);
    const text = withKinds('run: { missing: x }\n', ['run', 'skill'], lookups);
    expect(parse(text)).toEqual({
      run: { missing: 'x' },
      skill: { missing: 'proposed:?', lookup: { operation: 'proposed:getSkill', field: 'name' } },
    });
    expect(withKinds(text, ['skill'], lookups)).toBe(text);
  });
});
