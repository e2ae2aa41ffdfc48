import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { settings } from './settings.ts';

/** Writes a measurement or an observation into `report.md`. */
export function note(line: string): void {
  appendFileSync(path('report.md'), `- ${line}\n`);
}

/** Begins a part of it. */
export function heading(title: string): void {
  appendFileSync(path('report.md'), `\n## ${title}\n\n`);
}

/** Keeps a text beside it, such as audit lines. */
export function keep(name: string, text: string): void {
  writeFileSync(path(name), text);
}

/** Where a file of the report goes; the folder is made. */
export function path(name: string): string {
  const file = join(settings().report, name);
  mkdirSync(dirname(file), { recursive: true });
  return file;
}
