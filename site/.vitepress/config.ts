/** The site of docs/: https://vitepress.dev/reference/site-config. `npm run docs:build` and `npm run docs:dev` run it. */
import { execFileSync } from 'node:child_process';
import { cpSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type DefaultTheme, defineConfig } from 'vitepress';
import { outsideLinks } from '../outside-links.ts';
import { sidebar } from '../sidebar.ts';
import { slugOf } from '../slug.ts';

const ROOT = join(import.meta.dirname, '../..');
const REFERENCE = join(ROOT, 'docs/reference');
const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };
/** The path below which the site is served, such as `/mlflow-gateway/`. */
const base = process.env.DOCS_BASE || '/';
/** The address of the whole site, with the versions below it; publish.sh sets it. */
const site = process.env.DOCS_SITE || undefined;
const repository = {
  url: process.env.DOCS_REPOSITORY || 'https://github.com/mlflow-gateway/mlflow-gateway',
  ref: process.env.DOCS_REF || 'main',
};

// One file without dependencies, loaded by pages with a diagram alone.
cpSync(
  join(import.meta.dirname, '../node_modules/@mermaid-js/tiny/dist/mermaid.tiny.js'),
  join(import.meta.dirname, '../.cache/public/mermaid.js'),
);

// The JSON Schemas, which editors may load from the site.
for (const name of readdirSync(REFERENCE))
  if (name.endsWith('.schema.json'))
    cpSync(join(REFERENCE, name), join(import.meta.dirname, '../.cache/public/reference', name));

export default defineConfig({
  title: 'mlflow-gateway',
  description:
    'Lets many teams share one unmodified MLflow server: identity, tenants, roles and audit in front of it.',
  base,
  srcDir: '../docs',
  outDir: './dist',
  cacheDir: './.cache/vitepress',
  rewrites: {
    'README.md': 'index.md',
    ':folder/README.md': ':folder/index.md',
  },
  cleanUrls: false,
  // A dead link to a page ends the build. site/check.ts also looks at anchors and images.
  ignoreDeadLinks: false,
  vite: {
    publicDir: join(import.meta.dirname, '../.cache/public'),
    plugins: [
      {
        // The pages are outside this folder: from there Vite does not find the packages that Node finds when it renders them.
        name: 'packages-of-the-site',
        enforce: 'pre',
        resolveId: (id, _importer, { ssr }) => {
          return ssr && (id === 'vue' || id === 'vue/server-renderer') ? { id, external: true } : null;
        },
      },
    ],
    // The index of the search is large, and loaded with the first search alone.
    build: { chunkSizeWarningLimit: 5_000 },
  },
  markdown: {
    anchor: { slugify: slugOf },
    config: (markdown) => {
      outsideLinks(markdown, repository);
      const fence = markdown.renderer.rules.fence!;
      markdown.renderer.rules.fence = (tokens, index, ...rest) => {
        const { info, content } = tokens[index]!;
        // The highlighter lacks it.
        if (info.trim() === 'promql') tokens[index]!.info = 'txt';
        if (info.trim() !== 'mermaid') return fence(tokens, index, ...rest);
        return `<pre class="diagram" v-pre>${markdown.utils.escapeHtml(content)}</pre>`;
      };
    },
  },
  themeConfig: {
    search: { provider: 'local' },
    outline: [2, 3],
    sidebar: sidebar() as DefaultTheme.SidebarItem[],
    nav: [
      { text: 'Start', link: '/quickstart' },
      { text: 'Which set-up?', link: '/decide' },
      { text: 'Compare', link: '/compare' },
      { text: 'FAQ', link: '/faq' },
      { text: version, items: versions() },
    ],
    socialLinks: [{ icon: 'github', link: repository.url }],
    editLink: { pattern: `${repository.url}/edit/main/docs/:path`, text: 'Edit this page' },
  },
});

/** The notes of upgrades, the changelog, and the pages of main and of each released version: on the site that publish.sh builds, else in the repository. */
function versions(): DefaultTheme.NavItemWithLink[] {
  return [
    { text: 'Upgrading', link: '/upgrading' },
    { text: 'Changelog', link: `${repository.url}/blob/${repository.ref}/CHANGELOG.md` },
    ...(site === undefined ? [] : [{ text: 'main', link: `${site}/`, target: '_self' }]),
    ...tags().map((tag) =>
      site === undefined
        ? { text: tag, link: `${repository.url}/tree/${tag}/docs` }
        : { text: tag, link: `${site}/${tag}/`, target: '_self' },
    ),
  ];
}

function tags(): readonly string[] {
  try {
    const list = execFileSync('git', ['tag', '--list', 'v*', '--sort=-version:refname'], {
      cwd: ROOT,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    // Without pre-releases, as in publish.sh.
    return list.split('\n').filter((tag) => /^v\d+\.\d+\.\d+$/.test(tag));
  } catch {
    // Without git, or outside a clone, there are no tags to list.
    return [];
  }
}
