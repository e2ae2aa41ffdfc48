import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** How the image runs the gateway: the `ENTRYPOINT` of the Dockerfile, the one place that defines it. */
export function imageEntrypoint(root: string): readonly string[] {
  const dockerfile = readFileSync(join(root, 'Dockerfile'), 'utf8').replaceAll('\\\n', '');
  const entrypoint = /^ENTRYPOINT (\[.*\])$/m.exec(dockerfile)?.[1];
  if (entrypoint === undefined) throw new Error('the Dockerfile has no ENTRYPOINT in exec form');
  return JSON.parse(entrypoint) as string[];
}

/** The folders of the image, with their replacements. */
export type Folders = Readonly<Record<string, string>>;

/**
 * The same command for a bundle outside the image, with the same Node flags.
 *
 * @param folders other places for folders of the image, such as `{ '/opt/mlflow-gateway': '/checkout/dist' }`
 * @example
 * const [command, ...args] = commandOutsideImage(root, { '/opt/mlflow-gateway': join(root, 'dist') });
 */
export function commandOutsideImage(root: string, folders: Folders): readonly string[] {
  const [, ...args] = imageEntrypoint(root);
  return [process.execPath, ...args.map((arg) => moved(arg, folders))];
}

function moved(arg: string, folders: Folders): string {
  for (const [from, to] of Object.entries(folders)) {
    const at = arg.indexOf(from);
    if (at >= 0) return `${arg.slice(0, at)}${to}${arg.slice(at + from.length)}`;
  }
  return arg;
}
