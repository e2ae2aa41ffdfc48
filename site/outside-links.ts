import { statSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import type { MarkdownRenderer } from 'vitepress';

const ROOT = join(import.meta.dirname, '..');
const DOCS = join(ROOT, 'docs');

/** Where the files of the repository are on the web, and of which branch or tag. */
export interface Repository {
  readonly url: string;
  readonly ref: string;
}

/**
 * Points links from pages to files outside docs/, and to files that are no pages (but for JSON Schemas), at the repository. On GitHub they work as they are.
 *
 * @throws {Error} from the rendering, for a link to a file that does not exist
 */
export function outsideLinks(markdown: MarkdownRenderer, { url, ref }: Repository): void {
  markdown.core.ruler.push('outside-links', ({ tokens, env }) => {
    const page = (env as { realPath?: string; path: string }).realPath ?? (env as { path: string }).path;
    for (const { children } of tokens)
      for (const token of children ?? []) {
        const href = token.type === 'link_open' ? token.attrGet('href') : null;
        if (href === null || /^([a-z]+:|#|\/)/.test(href)) continue;
        const [file = '', anchor] = href.split('#');
        const path = join(dirname(page), decodeURIComponent(file));
        const hash = anchor === undefined ? '' : `#${anchor}`;
        if (path.startsWith(`${DOCS}/`) && path.endsWith('.md')) {
          // The page of a folder is README.md on GitHub and the index of the folder on the site.
          if (/(^|\/)README\.md$/.test(file))
            token.attrSet('href', `${file.replace(/README\.md$/, '') || './'}${hash}`);
          continue;
        }
        // The site has the JSON Schemas too, at the same place.
        if (path.startsWith(`${DOCS}/reference/`) && path.endsWith('.schema.json')) continue;
        const kind = statSync(path).isDirectory() ? 'tree' : 'blob';
        token.attrSet('href', `${url}/${kind}/${ref}/${relative(ROOT, path)}${hash}`);
      }
    return false;
  });
}
