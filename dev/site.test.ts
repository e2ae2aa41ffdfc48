import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { brokenLinks } from '../site/check.ts';
import { slugOf } from '../site/slug.ts';

describe('the check of a built site', () => {
  const dir = mkdtempSync(join(tmpdir(), 'site-'));
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  const build = (pages: Readonly<Record<string, string>>): void => {
    for (const [file, html] of Object.entries(pages)) {
      mkdirSync(dirname(join(dir, file)), { recursive: true });
      writeFileSync(join(dir, file), html);
    }
  };

  test('accepts links to pages, anchors and other sites', () => {
    build({
      'index.html':
        '<a href="/docs/adr/">a</a><a href="./adr/one.html#two">b</a><a href="https://example.com/">c</a>',
      'adr/index.html': '<a href="../index.html">home</a>',
      'adr/one.html': '<h2 id="two">Two</h2>',
    });
    expect(brokenLinks(dir, '/docs/')).toEqual([]);
  });

  test.each([
    ['a page that does not exist', '<a class="x" href="./gone.html">'],
    ['an anchor that does not exist', '<a href="./other.html#gone">'],
    ['an image that does not exist', '<img alt="" src="/docs/gone.png">'],
    ['a page outside the base', '<a href="/other.html">'],
    ['a script from elsewhere', '<script src="https://example.com/x.js">'],
    ['a style sheet from elsewhere', '<link rel="stylesheet" href="https://example.com/x.css">'],
  ])('finds %s', (_, html) => {
    build({ 'index.html': html, 'other.html': '<h2 id="here">Here</h2>' });
    expect(brokenLinks(dir, '/docs/')).toHaveLength(1);
  });
});

test.each([
  ['GW_TLS: what it does', 'gw_tls-what-it-does'],
  ['`/readyz` answers 503', 'readyz-answers-503'],
  ['400, 413, 415', '400-413-415'],
])('the anchor of "%s" is the one of GitHub', (heading, slug) => expect(slugOf(heading)).toBe(slug));
