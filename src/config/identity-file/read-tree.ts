import { DenialError } from '../../denial.ts';
import { LIMITS } from '../../limits.ts';
import { parseJson } from '../../request/json/parse.ts';
import type { Problems } from './problems.ts';
import { readYaml } from './read-yaml.ts';
import type { Tree } from './tree.ts';

/**
 * Reads a file in YAML or JSON. A file that begins with `{` is JSON. JSON is read about a hundred times faster, which matters for a
 * large table.
 *
 * @param maxBytes the most bytes of JSON; YAML has at most `LIMITS.identityFile`
 * @returns `undefined` if the text as a whole cannot be read, with the reason in `problems`
 * @example
 * readTree('issuers: []', 1_048_576, problems); // Map { 'issuers' => [] }
 */
export function readTree(text: string, maxBytes: number, problems: Problems): Tree | undefined {
  const isJson = /^\s*\{/.test(text);
  const most = isJson ? maxBytes : Math.min(maxBytes, LIMITS.identityFile.value);
  if (Buffer.byteLength(text) > most) {
    problems.add('', `is larger than ${most} bytes${isJson ? '' : ' of YAML'}`);
    return undefined;
  }
  return isJson ? readJson(text, problems) : readYaml(text, problems);
}

function readJson(text: string, problems: Problems): Tree | undefined {
  try {
    const bytes = Buffer.from(text);
    return treeOf(parseJson(bytes, undefined, LIMITS.identityJsonValues.value));
  } catch (error) {
    if (!(error instanceof DenialError)) throw error;
    problems.add(
      '',
      error.message.replace(/^The body /, '').replace(/\.( Send it in several requests\.)?$/, ''),
    );
    return undefined;
  }
}

/** Recurses: `parseJson` has bounded the depth. */
function treeOf(value: unknown): Tree {
  if (Array.isArray(value)) return value.map(treeOf);
  // Integers beyond 2^53 are objects, of which no field has any use.
  if (typeof value === 'object' && value !== null)
    return new Map(Object.entries(value).map(([key, item]) => [key, treeOf(item)]));
  return value as string | number | boolean | null;
}
