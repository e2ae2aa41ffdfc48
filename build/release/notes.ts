const UNRELEASED = '## [Unreleased]\n';

/**
 * The changelog with the section Unreleased named after the version, and an empty one above it.
 *
 * @throws Error if nothing is unreleased, or the version is there already
 * @example
 * releaseChangelog(text, '0.2.0', '2026-12-01');
 */
export function releaseChangelog(text: string, version: string, date: string): string {
  if (text.includes(`\n## [${version}]`)) throw new Error(`CHANGELOG.md has a section ${version} already`);
  const entries = sectionOf(text, 'Unreleased').replace(/^To become .*\n+/, '');
  if (!/^- /m.test(entries)) throw new Error('CHANGELOG.md has no entry under Unreleased');
  const at = text.indexOf(UNRELEASED);
  const end = at + UNRELEASED.length + 1 + sectionOf(text, 'Unreleased').length;
  return `${text.slice(0, at)}${UNRELEASED}\n## [${version}] - ${date}\n\n${entries}${text.slice(end)}`;
}

/**
 * The text with its relative links below a base: on a release page they would be dead.
 *
 * @example
 * withLinksTo('https://github.com/mlflow-gateway/mlflow-gateway/blob/v0.2.0', '[start](docs/quickstart.md)');
 */
export function withLinksTo(base: string, text: string): string {
  return text.replace(/\]\((?!#|[a-z]+:)([^)\s]+)\)/g, (_, link: string) => `](${base}/${link})`);
}

/**
 * The entries of a version.
 *
 * @throws Error if the changelog has no section of that name
 * @example
 * sectionOf(readFileSync('CHANGELOG.md', 'utf8'), '0.2.0');
 */
export function sectionOf(text: string, version: string): string {
  const heading = new RegExp(`^## \\[${RegExp.escape(version)}\\].*\\n\\n?`, 'm').exec(text);
  if (heading === null) throw new Error(`CHANGELOG.md has no section ${version}`);
  const rest = text.slice(heading.index + heading[0].length);
  const next = /^## /m.exec(rest);
  return next === null ? rest : rest.slice(0, next.index);
}
