import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { releaseChangelog, sectionOf, withLinksTo } from './notes.ts';
import { VERSION, versionsIn, writeVersion } from './versions.ts';

const root = join(import.meta.dirname, '../..');

test('chart, image, npm package and Python package have one version', () => {
  const versions = versionsIn(root);
  expect(new Set(versions.map(({ version }) => version)).size, JSON.stringify(versions)).toBe(1);
  expect(versions[0]?.version).toMatch(VERSION);
});

test('a release writes its version at every place', () => {
  const copy = mkdtempSync(join(tmpdir(), 'versions-'));
  try {
    for (const { file } of versionsIn(root)) {
      mkdirSync(dirname(join(copy, file)), { recursive: true });
      cpSync(join(root, file), join(copy, file));
    }
    writeVersion(copy, '7.8.9-rc.1');
    expect(new Set(versionsIn(copy).map(({ version }) => version))).toEqual(new Set(['7.8.9-rc.1']));
    // Nothing else than the version.
    const before = readFileSync(join(root, 'package-lock.json'), 'utf8').split('\n');
    const after = readFileSync(join(copy, 'package-lock.json'), 'utf8').split('\n');
    expect(after.filter((line, i) => line !== before[i])).toHaveLength(2);
  } finally {
    rmSync(copy, { recursive: true });
  }
});

test.each(['1.2', 'v1.2.3', '1.2.3-beta', '01.2.3', '1.2.3+build', '1.2.3-rc.01'])(
  '%s is no version',
  (text) => {
    expect(text).not.toMatch(VERSION);
  },
);

const CHANGELOG =
  '# Changelog\n\n## [Unreleased]\n\nTo become 0.1.0.\n\n- one\n\n### Fixed\n\n- two\n\n## [0.0.9] - 2026-01-01\n\n- old\n';

test('a release names the unreleased changes after its version', () => {
  const text = releaseChangelog(CHANGELOG, '0.1.0', '2026-12-01');
  expect(text).toBe(
    '# Changelog\n\n## [Unreleased]\n\n## [0.1.0] - 2026-12-01\n\n- one\n\n### Fixed\n\n- two\n\n## [0.0.9] - 2026-01-01\n\n- old\n',
  );
  expect(sectionOf(text, '0.1.0')).toBe('- one\n\n### Fixed\n\n- two\n\n');
  expect(sectionOf(text, '0.0.9')).toBe('- old\n');
});

test('a release without changes, or of a version that exists, is refused', () => {
  expect(() => releaseChangelog(CHANGELOG, '0.0.9', '2026-12-01')).toThrow('has a section 0.0.9 already');
  const none = releaseChangelog(CHANGELOG, '0.1.0', '2026-12-01');
  expect(() => releaseChangelog(none, '0.2.0', '2026-12-01')).toThrow('no entry under Unreleased');
});

test('the links of release notes lead to the files of the version', () => {
  const text =
    '- one ([docs](docs/quickstart.md#in-a-browser)), [x](https://example.com/a.md) and [y](#unreleased)\n';
  expect(withLinksTo('https://example.com/r/blob/v0.1.0', text)).toBe(
    '- one ([docs](https://example.com/r/blob/v0.1.0/docs/quickstart.md#in-a-browser)), [x](https://example.com/a.md) and [y](#unreleased)\n',
  );
});

test('the release notes of this checkout have no link that is dead on a release page', () => {
  const entries = sectionOf(readFileSync(join(root, 'CHANGELOG.md'), 'utf8'), 'Unreleased');
  const links = [...withLinksTo('https://example.com', entries).matchAll(/\]\(([^)]+)\)/g)];
  expect(links.length).toBeGreaterThan(20);
  expect(links.map(([, link]) => link).filter((link) => !link!.startsWith('https://'))).toEqual([]);
});

test('the workflow publishes a file: npm reads a path with one slash and no ./ as a repository on GitHub', () => {
  const { jobs } = parse(readFileSync(join(root, '.github/workflows/release.yml'), 'utf8')) as {
    jobs: Record<string, { steps: { run?: string }[] }>;
  };
  const commands = Object.values(jobs).flatMap(({ steps }) => steps.map(({ run = '' }) => run));
  const published = commands.filter((command) => command.startsWith('npm publish '));
  expect(published).toHaveLength(1);
  expect(published[0]).toMatch(/^npm publish "\.\/release\/[^"]+\.tgz" /);
});

test('the changelog of this checkout can be released', () => {
  const text = releaseChangelog(readFileSync(join(root, 'CHANGELOG.md'), 'utf8'), '99.0.0', '2026-12-01');
  expect(sectionOf(text, '99.0.0')).toMatch(/^- /m);
});
