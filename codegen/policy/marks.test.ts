import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { LineCounter, parse, parseDocument } from 'yaml';
import { isMarkProblem, takeMarks, withoutEchoes } from './marks.ts';
import { parsePolicy, policyFiles } from './read.ts';
import { policySchemas } from './schemas.ts';

const files = policyFiles(join(import.meta.dirname, '../..'));

const MARKED = `defaults: { workspaces: proposed:pin, tags: references }

runs:read:
  proposed:getRun:
    rules: { tags: proposed:search }
    run_id: "proposed:reference:run"
    opaque: [view, "proposed:fields[]"]
    state: proposed:?
`;

describe('takeMarks', () => {
  it('finds marked keys and values in block and flow style, quoted or not, and leaves them without the mark', () => {
    const lines = new LineCounter();
    const document = parseDocument(MARKED, { lineCounter: lines });
    expect(takeMarks(document, lines)).toEqual([
      { line: 1, value: 'pin' },
      { line: 4, value: 'getRun' },
      { line: 5, value: 'search' },
      { line: 6, value: 'reference:run' },
      { line: 7, value: 'fields[]' },
      { line: 8, value: '?' },
    ]);
    expect(document.toJS()).toMatchObject({
      defaults: { workspaces: 'pin' },
      'runs:read': { getRun: { run_id: 'reference:run', opaque: ['view', 'fields[]'] } },
    });
  });
});

describe('withoutEchoes', () => {
  it('drops the problems of an undecided value, and keeps a "?" without a mark', () => {
    const echo = 'f.yaml: getRun: field state: "?" is not a field class; expected opaque';
    const mark = 'f.yaml:8: undecided: write the value in place of "proposed:?"';
    expect(withoutEchoes([mark, echo, 'other'])).toEqual([mark, 'other']);
    expect(withoutEchoes([echo, 'other'])).toEqual([echo, 'other']);
    expect([mark, echo, 'other'].map(isMarkProblem)).toEqual([true, false, false]);
  });
});

describe('marked policy', () => {
  const path = 'openapi/policy/runs.yaml';

  it('is refused, and every marked line is listed', () => {
    const { problems } = parsePolicy(new Map([...files, [path, MARKED]]));
    expect(problems).toEqual([
      `${path}:1: proposed, not confirmed: "pin". Remove "proposed:" once it is right`,
      `${path}:4: proposed, not confirmed: "getRun". Remove "proposed:" once it is right`,
      `${path}:5: proposed, not confirmed: "search". Remove "proposed:" once it is right`,
      `${path}:6: proposed, not confirmed: "reference:run". Remove "proposed:" once it is right`,
      `${path}:7: proposed, not confirmed: "fields[]". Remove "proposed:" once it is right`,
      `${path}:8: undecided: write the value in place of "proposed:?"`,
    ]);
  });

  it('is refused in the files beside the groups, too', () => {
    const kinds = files.get('openapi/kinds.yaml')!.replace('missing: ', 'missing: proposed:');
    const { problems } = parsePolicy(new Map([...files, ['openapi/kinds.yaml', kinds]]));
    expect(problems).toEqual([
      expect.stringMatching(/^openapi\/kinds\.yaml:\d+: proposed, not confirmed: "No Exp/),
    ]);
  });

  it('has no mark in this repository', () => {
    expect([...files.values()].join('\n')).not.toMatch(/proposed:/);
  });

  it('satisfies the JSON Schema, so that editors accept it until a person has decided', () => {
    const schema = policySchemas(['run'])['openapi/policy/policy.schema.json'];
    const valid = new Ajv2020({ strict: false }).compile(schema);
    expect(valid(parse(MARKED))).toBe(true);
    expect(valid(parse(MARKED.replace('proposed:reference:run', 'propsed:reference:run')))).toBe(false);
    expect(valid(parse(MARKED.replace('proposed:getRun', 'propsed:getRun')))).toBe(false);
    expect(valid(parse(MARKED.replace('proposed:search', 'propsed:search')))).toBe(false);
  });
});
