import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { missingBy, resultOf } from './prove.ts';
import { withMatrixRow, withVersionRow } from './versions-page.ts';

const root = join(import.meta.dirname, '../..');
const page = readFileSync(join(root, 'docs/versions.md'), 'utf8');
const counts = { all: 300, missing: (version: string) => (version === '3.14.0' ? 29 : 7) };

describe('docs/versions.md', () => {
  it('gets a row for a new version, in order, and new counts of missing operations', () => {
    const rows = withVersionRow(page, '3.14.0', counts).split('\n');
    const at = rows.indexOf('| 3.14.0 |  | yes | 29 |');
    expect(rows[at - 1]).toMatch(/^\| 3\.10\.1 .* 7 \|$/);
    expect(rows[at + 1]).toMatch(/^\| 3\.17\.2 .* 7 \|$/);
    expect(rows.find((line) => line.startsWith('| MLflow | characteristics'))).toMatch(/of 300 \|$/);
    expect(withVersionRow(page, '2.9.0', counts)).toContain('| 2.9.0 |  | no | 7 |\n| 2.22.5 |');
  });

  it('keeps the characteristics of a known version', () => {
    expect(withVersionRow(page, '3.10.1', counts).split('\n')).toHaveLength(page.split('\n').length);
  });

  it('has the counts of the description as it is', () => {
    expect(withVersionRow(page, '3.10.1', missingBy(root))).toBe(page);
  });

  it('gets the result of a version in the matrix, which replaces an older one', () => {
    const first = withMatrixRow(page, '3.14.0', ['1 passed', 'no workspaces', '2 passed']);
    expect(first).toContain('| 3.14.0 | 1 passed | no workspaces | 2 passed |\n| 3.17.2 |');
    const second = withMatrixRow(first, '3.14.0', ['3 passed', 'x', 'y']);
    expect(second).not.toContain('1 passed | no workspaces |');
    expect(second.split('\n')).toHaveLength(page.split('\n').length + 1);
  });
});

describe('resultOf', () => {
  it('reads the cells of the version from the last table', () => {
    const output =
      '| 3.14.0 | old |\nnoise\n| MLflow | a | b |\n| --- | --- | --- |\n| 3.14.0 | 1 passed, 0 failed | NOT RUN |\n';
    expect(resultOf(output, '3.14.0')).toEqual(['1 passed, 0 failed', 'NOT RUN']);
    expect(resultOf(output, '3.17.2')).toBeUndefined();
  });
});
