import { execFileSync } from 'node:child_process';
import { hash } from 'node:crypto';
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BUNDLE } from './bundle.ts';
import { imageEntrypoint } from './image-command.ts';

/** The bundle as `start.mjs` reads it. */
export const SCRIPT = 'bundle.js';

/** The name of the code cache for this Node and a bundle, as `start.mjs` looks for it. */
export function cacheName(script: Buffer): string {
  return `bundle.${process.version}-${process.arch}-${hash('sha256', script).slice(0, 16)}.cache`;
}

/**
 * Writes the folder of the image: the bundle as a script, V8's code cache for it, and the file that starts both, under the name of
 * the bundle.
 *
 * @param dist has the bundle
 * @param outDir is emptied
 * @returns the path of the cache
 * @example
 * writeImageFolder(process.cwd(), 'dist', 'dist/image');
 */
export function writeImageFolder(root: string, dist: string, outDir: string): string {
  rmSync(outDir, { recursive: true, force: true });
  mkdirSync(outDir, { recursive: true });
  copyFileSync(join(root, 'build/start.mjs'), join(outDir, BUNDLE));
  const script = Buffer.from(asScript(readFileSync(join(dist, BUNDLE), 'utf8')), 'latin1');
  writeFileSync(join(outDir, SCRIPT), script);
  const writer = join(root, 'build/write-code-cache.ts');
  execFileSync(process.execPath, [...compilerFlags(root), writer, outDir], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  return join(outDir, cacheName(script));
}

/**
 * One function expression, on the same lines. In Latin-1, as V8 keeps a text with any other character in two bytes a character.
 */
function asScript(bundle: string): string {
  const escaped = bundle.replace(
    /[^\0-\xff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  // The bundle begins with a line for the shell.
  return `(async () => {"use strict"; //${escaped}\n})`;
}

/** V8 refuses a cache that was made under other flags. Those of the permission model are none of its flags. */
function compilerFlags(root: string): readonly string[] {
  return imageEntrypoint(root).filter((arg) => /^--(?!permission|allow-|disable-)/.test(arg));
}
