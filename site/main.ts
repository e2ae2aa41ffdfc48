/**
 * The site of docs/.
 *
 *     npm run docs:build     builds it into site/dist, and fails for a dead link
 *     npm run docs:dev       serves it on loopback, and shows changes at once
 *
 * The tools are installed into site/node_modules at the first run. `DOCS_BASE` sets the path below which the site is served (default `/`),
 * `DOCS_REPOSITORY` and `DOCS_REF` the repository and the branch or tag for links to files outside docs/. publish.sh builds the site with all
 * released versions.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { brokenLinks } from './check.ts';

const HERE = import.meta.dirname;
/** Folders whose pages are listed on a page of their own. */
const LISTED_ELSEWHERE = /^(adr|new-versions)\//;

const [command = 'build', ...rest] = process.argv.slice(2);
if (command !== 'build' && command !== 'dev') throw new Error(`build or dev, not ${command}`);
install();
run(process.execPath, [join(HERE, 'node_modules/vitepress/bin/vitepress.js'), command, HERE, ...rest]);
if (command === 'build') check();

/** The tools, as the lock file lists them. */
function install(): void {
  const installed = join(HERE, 'node_modules/.lock');
  const wanted = readFileSync(join(HERE, 'package-lock.json'), 'utf8');
  if (existsSync(installed) && readFileSync(installed, 'utf8') === wanted) return;
  run('npm', ['ci', '--no-audit', '--no-fund', '--prefix', HERE]);
  run('cp', [join(HERE, 'package-lock.json'), installed]);
}

function check(): void {
  const broken = brokenLinks(join(HERE, 'dist'), process.env.DOCS_BASE || '/');
  const unlisted = unlistedPages();
  for (const link of broken) console.error(`dead link: ${link}`);
  for (const page of unlisted) console.error(`docs/README.md does not list ${page}`);
  if (broken.length + unlisted.length > 0) process.exitCode = 1;
  else console.error('no dead link, and every page is listed');
}

function unlistedPages(): readonly string[] {
  const docs = join(HERE, '../docs');
  const list = readFileSync(join(docs, 'README.md'), 'utf8');
  return readdirSync(docs, { recursive: true, encoding: 'utf8' }).filter(
    (page) =>
      page.endsWith('.md') &&
      page !== 'README.md' &&
      (page.endsWith('/README.md') || !LISTED_ELSEWHERE.test(page)) &&
      !list.includes(`](${page})`),
  );
}

function run(program: string, args: readonly string[]): void {
  const { status } = spawnSync(program, args, { stdio: 'inherit', cwd: HERE });
  if (status !== 0) process.exit(status ?? 1);
}
