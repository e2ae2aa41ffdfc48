/**
 * Generates the catalog, the types, the schemas and the reference pages from the description and the policy.
 *
 *     node codegen/main.ts            writes
 *     node codegen/main.ts --check    writes nothing, fails if a file is stale
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { generateAll } from './generate.ts';

const root = join(import.meta.dirname, '..');
const check = process.argv.includes('--check');
const { files, problems } = await generateAll(root);

if (problems.length > 0) {
  console.error(`codegen: ${problems.length} problem(s); nothing was written.\n`);
  for (const problem of problems) console.error(`  ${problem}`);
  console.error('\ndocs/adding-an-mlflow-version.md explains how to classify operations and fields.');
  process.exit(1);
}

const stale: string[] = [];
for (const [path, content] of files) {
  const current = existsSync(path) ? readFileSync(path, 'utf8') : undefined;
  if (current === content) continue;
  stale.push(relative(root, path));
  if (check) continue;
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
}
if (check && stale.length > 0) {
  console.error(`codegen: stale, run "npm run codegen": ${stale.join(', ')}`);
  process.exit(1);
}
console.error(
  `codegen: ${files.size} files, ${stale.length === 0 ? 'all up to date' : `${stale.length} written`}`,
);
