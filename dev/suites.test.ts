import { globSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { STEPS } from '../.ci/steps.ts';
import config from '../vitest.config.ts';
import { BROWSER_SUITES, SUITES, type Suite, scriptOf } from './suites.ts';

const read = (file: string): string => readFileSync(join(import.meta.dirname, '..', file), 'utf8');
const { scripts } = JSON.parse(read('package.json')) as { scripts: Readonly<Record<string, string>> };

/** The first column of the first table below a heading. */
function firstTable(page: string, heading: string): string[] {
  const below = page.slice(page.indexOf(`\n## ${heading}\n`));
  const [table = ''] = /(?:^\|.*\n)+/m.exec(below) ?? [];
  return [...table.matchAll(/^\| `(.+?)` \|/gm)].map(([, command]) => command!);
}

test('CONTRIBUTING.md has each script of package.json in its table, and no other', () => {
  const commands = firstTable(read('CONTRIBUTING.md'), 'Commands');
  const short = new Set(['start', 'test']);
  const expected = Object.keys(scripts).map((name) => (short.has(name) ? `npm ${name}` : `npm run ${name}`));
  expect(commands.toSorted()).toEqual(expected.toSorted());
});

test('no other page has a table of the scripts', () => {
  for (const page of ['AGENTS.md', 'README.md'])
    expect(read(page).match(/^\| `npm run /gm) ?? [], page).toEqual([]);
});

test('no unit test limits the wait for a condition to a second, which a busy machine exceeds', () => {
  const unit = globSync(SUITES.find(({ name }) => name === 'unit')!.files, {
    cwd: join(import.meta.dirname, '..'),
  });
  expect(unit.length).toBeGreaterThan(300);
  // `expect.poll` has a longer limit (vitest.config.ts); these have their own.
  const wait = new RegExp(['vi', 'wait(For|Until)\\('].join('\\.'));
  expect(unit.filter((file) => wait.test(read(file)))).toEqual([]);
});

describe('a suite', () => {
  test.each(SUITES)('$name has a script of its own', (suite) => {
    const { name, command = `vitest run --project ${name}` }: Suite = suite;
    expect(scripts[scriptOf(suite.name)]).toBe(command);
  });

  test.each(BROWSER_SUITES)('%s runs on Playwright', (name) => {
    expect(scripts[`test:${name}`]).toMatch(/^playwright test --project='?[a-z-]+\*?'?$/);
  });

  test('is a project of vitest', () => {
    const projects = config.test!.projects as readonly { readonly test: { readonly name: string } }[];
    expect(projects.map((project) => project.test.name)).toEqual(SUITES.map(({ name }) => name));
  });

  test('is a step of CI, except for three on clusters', () => {
    const steps = new Set(STEPS.map(({ name }) => name));
    expect(BROWSER_SUITES.filter((name) => !steps.has(`test:${name}`))).toEqual([]);
    expect(SUITES.filter(({ name }) => !steps.has(scriptOf(name))).map(({ name }) => name)).toEqual([
      'cluster-charts',
      'cluster-upgrade',
      'kind-example',
    ]);
  });
});

test('every script that a page or a step of CI names exists', () => {
  const docs = readdirSync(join(import.meta.dirname, '../docs')).filter((file) => file.endsWith('.md'));
  const pages = [
    'README.md',
    'CONTRIBUTING.md',
    'AGENTS.md',
    '.ci/steps.ts',
    ...docs.map((file) => `docs/${file}`),
  ];
  const named = pages.flatMap((page) =>
    [...read(page).matchAll(/npm run (?:--silent )?([a-z][a-z0-9-]*(?::[a-z0-9-]+)*)/g)].map(
      ([, name]) => name!,
    ),
  );
  expect(named.length).toBeGreaterThan(50);
  expect(named.filter((name) => scripts[name] === undefined)).toEqual([]);
});
