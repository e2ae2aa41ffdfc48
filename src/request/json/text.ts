import type { JsonTextClass } from '../../catalog/field-classes.ts';
import { SCORERS } from '../../catalog/generated/catalog.ts';
import { DenialError } from '../../denial.ts';
import { LIMITS } from '../../limits.ts';
import type { FieldUse } from '../types.ts';
import { parseJson } from './parse.ts';

/**
 * Reads JSON in a text field and returns the text that is sent instead. It is written from the parsed value, so that MLflow's parser
 * and the gateway's cannot disagree. Python's `json.loads` accepts `NaN`, `Infinity` and unpaired surrogates, and keeps the last of
 * two equal keys; all of these are refused, as in a body (parse.ts).
 *
 * Empty text stays empty: MLflow treats it as an absent field.
 *
 * @param uses receives the text, the keys of tags, and the ids that a scorer names
 * @throws DenialError `invalid_field`
 * @example
 * readJsonText('{"a": 1}', { class: 'scorer-json' }, 'serialized_scorer', uses); // '{"a":1}'
 * @see docs/text-in-text.md
 */
export function readJsonText(text: string, policy: JsonTextClass, at: string, uses: FieldUse[]): string {
  if (text === '') {
    uses.push({ policy, at, value: text });
    return text;
  }
  if (policy.class === 'scorer-json' && text.length > LIMITS.scorerText.value)
    throw new DenialError(
      'invalid_field',
      `Invalid value for parameter '${at}' supplied: expected at most ${LIMITS.scorerText.value} characters.`,
    );
  const value = parse(text, at);
  if (
    typeof value !== 'object' ||
    value === null ||
    Array.isArray(value) ||
    Object.hasOwn(value, '__proto__')
  )
    throw new DenialError(
      'invalid_field',
      `Invalid value for parameter '${at}' supplied: expected one JSON object, as text.`,
    );
  const written = JSON.stringify(value);
  uses.push({ policy, at, value: written });
  if (policy.class === 'scorer-json') noteNames(value, at, uses);
  else {
    for (const key of Object.keys(value))
      uses.push({ policy: { class: 'tag-key', kind: policy.kind }, at, value: key });
  }
  return written;
}

function parse(text: string, at: string): unknown {
  try {
    return parseJson(Buffer.from(text));
  } catch (error) {
    if (!(error instanceof DenialError)) throw error;
    throw new DenialError(
      'invalid_field',
      `Invalid value for parameter '${at}' supplied: expected JSON (RFC 8259), each key once, without NaN or Infinity.`,
    );
  }
}

const NAMES = new Map(Object.entries(SCORERS.names));

/** Records the ids in the lists that a scorer reads when it runs, at any depth: a scorer may contain scorers. */
function noteNames(value: unknown, at: string, uses: FieldUse[]): void {
  if (typeof value !== 'object' || value === null) return;
  if (Array.isArray(value)) {
    for (const item of value) noteNames(item, at, uses);
    return;
  }
  for (const [key, inner] of Object.entries(value as Record<string, unknown>)) {
    const kind = NAMES.get(key);
    if (kind === undefined || inner === null) {
      noteNames(inner, at, uses);
      continue;
    }
    if (!Array.isArray(inner) || inner.some((id) => typeof id !== 'string' || id === ''))
      throw new DenialError(
        'invalid_field',
        `Invalid value for parameter '${at}' supplied: expected ${key} to be a list of ids.`,
      );
    for (const id of inner as string[])
      uses.push({ policy: { class: 'reference', kind, workspaces: 'lookup' }, at, value: id });
  }
}
