import { compareVersions } from '../../src/catalog/compare-versions.ts';

const VERSION_TABLE = /^\| MLflow \| characteristics \|/;
const MATRIX = /^\| MLflow \| conformance, tags \|/;

/**
 * docs/versions.md with a row for the version in the first table, in order, and with the counts of missing operations of all rows.
 *
 * @param counts - the operations of the catalog, and by version those that it does not have
 */
export function withVersionRow(
  page: string,
  version: string,
  counts: { readonly all: number; readonly missing: (version: string) => number },
): string {
  const workspaces = compareVersions(version, '3.10.0') < 0 ? 'no' : 'yes';
  const rows = withRow(page, VERSION_TABLE, version, [version, '', workspaces, ''], true).split('\n');
  const start = rows.findIndex((line) => VERSION_TABLE.test(line));
  return rows
    .map((line, index) => {
      if (index === start) return line.replace(/of \d+ \|$/, `of ${counts.all} |`);
      const known =
        index > start && index < endOf(rows, start) ? /^\| (\d[\d.]*) \|/.exec(line)?.[1] : undefined;
      return known === undefined ? line : line.replace(/[^|]*\|$/, ` ${counts.missing(known)} |`);
    })
    .join('\n');
}

/**
 * docs/versions.md with results of the version in the matrix, in order. Older results of other suites stay.
 *
 * @param results - suite, as the head of the matrix names it → result
 */
export function withMatrixRow(page: string, version: string, results: ReadonlyMap<string, string>): string {
  const lines = page.split('\n');
  const start = lines.findIndex((line) => MATRIX.test(line));
  const known = lines
    .slice(Math.max(start, 0), endOf(lines, start))
    .find((line) => line.startsWith(`| ${version} |`));
  const old = cellsOf(known);
  const cells = cellsOf(lines[start]).map((suite, index) => results.get(suite) ?? old[index] ?? 'not run');
  return withRow(page, MATRIX, version, [version, ...cells], false);
}

/** The cells of a row of a table in Markdown, without the first. */
export function cellsOf(line: string | undefined): string[] {
  return (line ?? '')
    .split('|')
    .slice(2, -1)
    .map((cell) => cell.trim());
}

function withRow(
  page: string,
  head: RegExp,
  version: string,
  cells: readonly string[],
  keep: boolean,
): string {
  const lines = page.split('\n');
  const start = lines.findIndex((line) => head.test(line));
  if (start === -1) throw new Error(`docs/versions.md has no table with the head ${head.source}`);
  const end = endOf(lines, start);
  const rows = lines.slice(start + 2, end);
  const versionOf = (line: string): string => line.split('|')[1]?.trim() ?? '';
  const known = rows.some((line) => versionOf(line) === version);
  if (known && keep) return page;
  const others = rows.filter((line) => versionOf(line) !== version);
  const all = [...others, `| ${cells.join(' | ')} |`].sort((a, b) =>
    compareVersions(versionOf(a), versionOf(b)),
  );
  return [...lines.slice(0, start + 2), ...all, ...lines.slice(end)].join('\n');
}

function endOf(lines: readonly string[], start: number): number {
  const end = lines.findIndex((line, index) => index > start && !line.startsWith('|'));
  return end === -1 ? lines.length : end;
}
