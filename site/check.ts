import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';

/**
 * The broken links of a built site: to pages, files and anchors that it does not have, and anything that a page loads from elsewhere.
 *
 * @param dist the folder of the built site
 * @param base the path below which it is served
 * @example
 * brokenLinks('site/dist', '/'); // ['index.html: /gone.html']
 */
export function brokenLinks(dist: string, base: string): readonly string[] {
  const files = new Set(filesUnder(dist));
  const pages = new Map<string, string>();
  for (const file of files)
    if (file.endsWith('.html')) pages.set(file, readFileSync(join(dist, file), 'utf8'));
  const ids = new Map([...pages].map(([file, html]) => [file, idsIn(html)] as const));
  const broken: string[] = [];
  for (const [file, html] of pages) {
    for (const link of linksIn(html)) {
      const url = new URL(link, `site://host${base}${file}`);
      if (url.protocol !== 'site:') continue;
      const path = decodeURIComponent(url.pathname);
      const to = path.startsWith(base) ? path.slice(base.length) : undefined;
      const target = to === '' || to?.endsWith('/') ? `${to}index.html` : to;
      const anchor = decodeURIComponent(url.hash.slice(1));
      if (target === undefined || !files.has(target)) broken.push(`${file}: ${link}`);
      else if (anchor !== '' && ids.get(target)?.has(anchor) === false) broken.push(`${file}: ${link}`);
    }
    for (const [, source] of html.matchAll(/<(?:script|img|iframe|source)\b[^>]*\bsrc="(https?:[^"]*)"/g))
      broken.push(`${file}: loads ${source}`);
    for (const [, sheet] of html.matchAll(
      /<link\b[^>]*\brel="(?:stylesheet|preload)"[^>]*\bhref="(https?:[^"]*)"/g,
    ))
      broken.push(`${file}: loads ${sheet}`);
  }
  return [...new Set(broken)];
}

function filesUnder(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)));
}

const idsIn = (html: string): ReadonlySet<string> =>
  new Set([...html.matchAll(/\sid="([^"]+)"/g)].map(([, id]) => unescaped(id!)));

const linksIn = (html: string): readonly string[] =>
  [...html.matchAll(/<(?:a|img|link)\b[^>]*?\s(?:href|src)="([^"]*)"/g)].map(([, link]) => unescaped(link!));

function unescaped(text: string): string {
  return text
    .replaceAll('&quot;', '"')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&');
}
