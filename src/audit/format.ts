import { bound } from './bound.ts';
import type { AuditEntry } from './entry.ts';
import { serialize } from './generated/serialize.js';

/**
 * Characters that JSON may hold unescaped but that affect a reader of the log: C1 controls (0x9b starts a terminal
 * escape sequence), line separators, and characters that hide text or change its direction (CVE-2021-42574).
 */
const ACTIVE = /[\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/;
const ALL_ACTIVE = new RegExp(ACTIVE, 'g');

/**
 * Writes an entry as one line of JSON, with its line end. Control characters and the like are escaped, so a line is
 * always one line and a value is read back unchanged (within the limits of the schema).
 *
 * @param now when the request ended, in milliseconds since the epoch
 */
export function formatLine(entry: AuditEntry, now: number): string {
  const json = serialize(bound(entry, now));
  // Names of properties are plain, so these occur inside strings only, where \uXXXX means the same.
  return `${ACTIVE.test(json) ? json.replace(ALL_ACTIVE, escapeCharacter) : json}\n`;
}

function escapeCharacter(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
