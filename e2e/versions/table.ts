/** The result of one suite on one version; `undefined` if the suite does not apply to the version. */
export interface Cell {
  readonly version: string;
  readonly suite: string;
  readonly counts: { readonly passed: number; readonly failed: number; readonly leftOut: number } | undefined;
}

/**
 * The matrix as a Markdown table, a version a row: passed, failed, and the operations that the version does not have.
 *
 * @example
 * writeTable([{ version: '3.17.2', suite: 'tags', counts: { passed: 8, failed: 0, leftOut: 0 } }]);
 */
export function writeTable(cells: readonly Cell[]): string {
  const suites = [...new Set(cells.map(({ suite }) => suite))];
  const versions = [...new Set(cells.map(({ version }) => version))];
  const row = (words: readonly string[]): string => `| ${words.join(' | ')} |`;
  const rows = versions.map((version) =>
    row([
      version,
      ...suites.map((suite) => say(cells.find((c) => c.version === version && c.suite === suite))),
    ]),
  );
  return [row(['MLflow', ...suites]), row(['---', ...suites.map(() => '---')]), ...rows].join('\n');
}

function say(cell: Cell | undefined): string {
  if (cell?.counts === undefined) return 'no workspaces';
  const { passed, failed, leftOut } = cell.counts;
  if (passed + failed === 0) return 'NOT RUN';
  return `${passed} passed, ${failed} failed${leftOut === 0 ? '' : `, ${leftOut} operations left out`}`;
}
