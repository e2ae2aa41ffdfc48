import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { describe, expect, test } from 'vitest';
import { REASONS } from '../src/denial.ts';

const root = join(import.meta.dirname, '..');
const SKIPPED = new Set(['node_modules', '.git', '.cache', 'dist', 'test-results']);

function* filesUnder(directory: string): Generator<string> {
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    if (SKIPPED.has(entry.name)) continue;
    const path = join(directory, entry.name);
    if (entry.isDirectory()) yield* filesUnder(path);
    else if (entry.isFile()) yield path;
  }
}

const all = [...filesUnder(root)];
const pages = all.filter((path) => path.endsWith('.md'));
const text = (path: string): string => readFileSync(path, 'utf8');

/** The page without code, in which brackets and parentheses have another meaning. */
const prose = (path: string): string =>
  text(path)
    .replace(/^```[\s\S]*?^```/gm, '')
    .replace(/`[^`\n]*`/g, 'code');

/** The anchors that GitHub gives to headings. */
function anchorsOf(path: string): Set<string> {
  const seen = new Map<string, number>();
  const anchors = new Set<string>();
  for (const [, heading] of text(path)
    .replace(/^```[\s\S]*?^```/gm, '')
    .matchAll(/^#{1,6} +(.+?) *$/gm)) {
    const base = heading!
      .toLowerCase()
      .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .replace(/[^\p{L}\p{N}\p{M}_ -]/gu, '')
      .replaceAll(' ', '-');
    const times = seen.get(base) ?? 0;
    seen.set(base, times + 1);
    anchors.add(times === 0 ? base : `${base}-${times}`);
  }
  return anchors;
}

describe('links between pages', () => {
  test('finds the pages', () => expect(pages.length).toBeGreaterThan(20));

  test.each(pages.map((path) => [relative(root, path), path] as const))('%s', (_, path) => {
    const broken: string[] = [];
    for (const [, link] of prose(path).matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^[a-z]+:/.test(link!)) continue;
      const [file = '', anchor] = link!.split('#');
      const to = file === '' ? path : join(dirname(path), decodeURIComponent(file));
      if (!existsSync(to)) broken.push(link!);
      else if (anchor !== undefined && !(statSync(to).isFile() && anchorsOf(to).has(anchor)))
        broken.push(link!);
    }
    expect(broken).toEqual([]);
  });
});

test('docs/troubleshooting.md has the cause of every reason', () => {
  const page = text(join(root, 'docs/troubleshooting.md'));
  expect(Object.keys(REASONS).filter((reason) => !page.includes(`\`${reason}\``))).toEqual([]);
});

describe('decisions', () => {
  const folder = join(root, 'docs/adr');
  const decisions = readdirSync(folder).filter((name) => /^\d{4}-.+\.md$/.test(name));

  test('have numbers without a gap or a duplicate', () => {
    expect(decisions.map((name) => Number(name.slice(0, 4)))).toEqual(decisions.map((_, index) => index + 1));
  });

  test('each stand in the index once, in order', () => {
    const index = text(join(folder, 'README.md'));
    expect([...index.matchAll(/\]\((\d{4}-[^)]+\.md)\)/g)].map(([, name]) => name)).toEqual(decisions);
  });

  test.each(decisions.map((name) => [name]))(
    '%s has a number, a date, a status, its context, decision and rejected alternatives',
    (name) => {
      const page = text(join(folder, name));
      expect(page).toMatch(
        new RegExp(`^# ${Number(name.slice(0, 4))}\\. .+\n\n.*Date: \\d{4}-\\d{2}-\\d{2}\\b.*Status: \\w+`),
      );
      expect([...page.matchAll(/^## (.+)$/gm)].map(([, heading]) => heading)).toEqual(
        expect.arrayContaining(['Context', 'Decision', 'Rejected']),
      );
    },
  );
});

describe('published attacks', () => {
  const tests = all.filter((path) => basename(dirname(path)) === 'advisories');
  const security = text(join(root, 'SECURITY.md'));

  test('SECURITY.md lists every advisory with a test', () => {
    expect(tests.length).toBeGreaterThan(50);
    expect(
      tests.filter((path) => !security.includes(`(${relative(root, path)})`)).map((p) => relative(root, p)),
    ).toEqual([]);
  });

  test.each(tests.map((path) => [relative(root, path), path] as const))(
    '%s begins with an explanation of the attack',
    (_, path) => {
      const id = basename(path, '.test.ts').replace(/^(mlflow|mlflow-oidc-auth|tinyproxy)-(\d+)$/, '$1 ?#$2');
      const lines = /^(?:\/\*\*\n((?: \*.*\n)+?) \*\/|((?:\/\/.*\n)+))/.exec(text(path));
      const comment = (lines?.[1] ?? lines?.[2] ?? '').replace(/^( \*|\/\/) ?/gm, '');
      expect(comment.length).toBeGreaterThan(80);
      if (/^(CVE|GHSA|mlflow|tinyproxy)/.test(id)) expect(comment).toMatch(new RegExp(id));
    },
  );
});
