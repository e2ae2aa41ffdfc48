import { DenialError } from '../../denial.ts';
import { parseJson } from './parse.ts';

/**
 * Reads a file of the configuration by the rules for request bodies: keys that are repeated and numbers that JavaScript would change
 * are refused.
 *
 * @param name of the file, for the problem
 * @param fail makes the error that is thrown
 * @throws the error of `fail`
 * @example
 * readJsonFile(text, 'roles file', (problem) => new RolesError([problem]));
 */
export function readJsonFile(text: string, name: string, fail: (problem: string) => Error): unknown {
  try {
    return parseJson(Buffer.from(text));
  } catch (error) {
    if (!(error instanceof DenialError)) throw error;
    throw fail(`${name}: ${error.message.replace(/^The body/, 'it')}`);
  }
}

/**
 * The path of a member of such a file.
 *
 * @param name of the file, for the file as a whole
 * @example
 * memberPath(['denied', 0, 'issuer'], 'deny list'); // 'denied[0].issuer'
 */
export function memberPath(parts: readonly PropertyKey[], name: string): string {
  if (parts.length === 0) return name;
  return parts
    .map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`))
    .join('')
    .slice(1);
}
