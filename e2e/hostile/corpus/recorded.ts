import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Requests of the unit tests, one a line, each as JSON text with a character for each byte (see record.ts). */
export const RECORDED = fileURLToPath(new URL('recorded.jsonl', import.meta.url));

/** The recorded requests of the unit tests for advisories and denials. */
export function readRecorded(): readonly string[] {
  return readFileSync(RECORDED, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as string);
}
