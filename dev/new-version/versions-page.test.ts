import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { missingBy, resultsOf } from './prove.ts';
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

  it('gets the results of a version in the matrix, which replace older ones suite by suite', () => {
    const first = withMatrixRow(page, '3.14.0', new Map([['conformance, tags', '1 passed']]));
    expect(first).toContain('| 3.14.0 | 1 passed | not run | not run |\n| 3.17.2 |');
    const results = new Map([
      ['attacks on tags', '2 passed'],
      ['conformance, tags', '3 passed'],
    ]);
    const second = withMatrixRow(first, '3.14.0', results);
    expect(second).toContain('| 3.14.0 | 3 passed | not run | 2 passed |\n| 3.17.2 |');
    expect(second.split('\n')).toHaveLength(page.split('\n').length + 1);
  });
});

describe('resultsOf', () => {
  it('reads the results of the version from the last table', () => {
    const output =
      '| MLflow | old |\n| 3.14.0 | old |\nnoise\n| MLflow | a | b |\n| --- | --- | --- |\n| 3.14.0 | 1 passed, 0 failed | NOT RUN |\n';
    expect([...resultsOf(output, '3.14.0')]).toEqual([
      ['a', '1 passed, 0 failed'],
      ['b', 'NOT RUN'],
    ]);
    expect([...resultsOf(output, '3.17.2')]).toEqual([]);
  });
});
