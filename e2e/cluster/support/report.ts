import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { settings } from './settings.ts';

/** Writes a measurement or an observation into `report.md`. */
export function note(line: string): void {
  appendFileSync(path('report.md'), `- ${line}\n`);
}

/** Begins a section of the report. */
export function heading(title: string): void {
  appendFileSync(path('report.md'), `\n## ${title}\n\n`);
}

/** Saves a text beside the report, such as audit lines. */
export function keep(name: string, text: string): void {
  writeFileSync(path(name), text);
}

/** The path of a file of the report; creates the folder. */
export function path(name: string): string {
  const file = join(settings().report, name);
  mkdirSync(dirname(file), { recursive: true });
  return file;
}
