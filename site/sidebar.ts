import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const DOCS = join(import.meta.dirname, '../docs');

export interface SidebarItem {
  readonly text: string;
  readonly link: string;
}

export interface SidebarGroup {
  readonly text: string;
  readonly collapsed: boolean;
  readonly items: readonly SidebarItem[];
}

/**
 * The sidebar: the groups and the links of docs/README.md, which is the list of pages on GitHub too.
 *
 * @example
 * sidebar(); // [{ text: 'Start', collapsed: false, items: [{ text: 'Quick start', link: '/quickstart' }, ...] }, ...]
 */
export function sidebar(): readonly SidebarGroup[] {
  const [, ...sections] = readFileSync(join(DOCS, 'README.md'), 'utf8').split(/^## /m);
  return sections.map((section, index) => ({
    text: section.slice(0, section.indexOf('\n')).trim(),
    collapsed: index > 2,
    items: [...section.matchAll(/^- \[([^\]]+)\]\(([^)#:]+\.md)\)/gm)]
      .filter(([, , file]) => !file!.startsWith('../'))
      .map(([, text, file]) => ({ text: text!, link: linkOf(file!) })),
  }));
}

/** `adr/README.md` is the page `/adr/`. */
function linkOf(file: string): string {
  return `/${file.replace(/(^|\/)README\.md$/, '$1').replace(/\.md$/, '')}`;
}
