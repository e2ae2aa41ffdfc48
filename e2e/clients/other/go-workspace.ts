import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { cacheDirectory } from '../../../dev/mlflow-env.ts';

/**
 * A workspace file of Go's in the cache, by which a program takes a module from a checkout instead of from a module proxy.
 * Nothing is written into the checkout.
 *
 * @param program the folder of the program
 * @param asked the module that it asks for, `path@version`
 * @param checkout the folder of that module
 * @returns the file, for `GOWORK`
 * @throws {Error} when the checkout has no go.mod
 * @example
 * const GOWORK = goWorkspace('/src/programs/go-mlflow', 'example.com/sdk@v1.2.0', '/src/sdk');
 */
export function goWorkspace(program: string, asked: string, checkout: string): string {
  const module = resolve(checkout);
  if (!existsSync(join(module, 'go.mod'))) throw new Error(`${module} is no checkout of a Go module`);
  const dir = join(cacheDirectory(), 'clients', 'go');
  mkdirSync(dir, { recursive: true });
  const file = join(dir, 'go.work');
  const [place, own] = [JSON.stringify(module), JSON.stringify(program)];
  // Without the replacement Go asks the proxy for the version that the program names, although the checkout takes its place.
  const replaced = asked.replace('@', ' ');
  writeFileSync(file, `go 1.24.3\n\nuse (\n\t${place}\n\t${own}\n)\n\nreplace ${replaced} => ${place}\n`);
  return file;
}
