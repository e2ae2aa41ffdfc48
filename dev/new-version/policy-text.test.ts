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

getRun: { permission: runs:read, run_id: reference:run }

logBatch:
  permission: runs:write
  # MLflow ignores it.
  run_id: reference:run
  opaque: [step,
    state]

deleteRun, restoreRun:
  permission: runs:delete
  run_id: reference:run

last: { permission: runs:read }
`;

describe('withProposals', () => {
  it('adds marked fields to an entry in flow style', () => {
    const text = withProposals(
      RUNS,
      'runs',
      [proposal('getRun', [field('a[]', 'reference:run'), field('b', 'opaque')])],
      DEFAULTS,
    );
    expect(text).toContain(
      'getRun: { permission: runs:read, run_id: reference:run, "a[]": proposed:reference:run, opaque: [proposed:b] }\n',
    );
  });

  it('adds marked fields to an entry in block style, without touching a comment', () => {
    const fields = [field('a[].b', '?'), field('*', 'opaque'), field('c[]', 'opaque')];
    const text = withProposals(RUNS, 'runs', [proposal('logBatch', fields)], DEFAULTS);
    expect(text).toContain(`logBatch:
  permission: runs:write
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
    expect(parse(text)).toMatchObject({
      restoreRun: { permission: 'runs:delete', run_id: 'reference:run' },
      deleteRun: { permission: 'runs:delete', run_id: 'reference:run', a: 'proposed:filter:runs' },
      last: { permission: 'runs:read' },
    });
    expect(parse(text).restoreRun).not.toHaveProperty('a');
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

createSkill:
  permission: proposed:runs:write
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
    expect(parse(text).createSkill.opaque).toHaveLength(30);
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
