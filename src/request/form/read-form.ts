import type { FormParts } from '../../catalog/types.ts';
import { DenialError } from '../../denial.ts';
import { LIMITS } from '../../limits.ts';

/** The two parts of a form. Both are parts of the given bytes, not copies. */
export interface FormContent {
  /** JSON, not parsed yet. */
  readonly fields: Buffer;
  readonly file: Buffer;
}

const HEAD_END = Buffer.from('\r\n\r\n');
const DISPOSITION = /^form-data; ?name="([^"\\]*)"(?:; ?filename="([^"\\]*)")?$/i;
/** The permitted header fields of a part. MLflow ignores others; other readers do not. */
const FIELDS: ReadonlySet<string> = new Set(['content-disposition', 'content-type']);

/**
 * Reads a form that has exactly two parts: the fields of the request as JSON, and a file. Servers differ in how they read a part
 * of a name that is repeated, text before the first part or after the last, and line ends without a carriage return: all of
 * these are refused. MLflow gets a new form (write-form.ts).
 *
 * @throws DenialError `malformed_body`, `unknown_field`, `body_too_large`
 * @example
 * readForm(bytes, 'x7', { fields: 'metadata', file: 'content' }).fields.toString(); // '{"name":"code-review"}'
 */
export function readForm(bytes: Buffer, boundary: string, parts: FormParts): FormContent {
  const delimiter = Buffer.from(`\r\n--${boundary}`);
  // The first delimiter has no line before it.
  if (!bytes.subarray(0, delimiter.length - 2).equals(delimiter.subarray(2)))
    throw malformed('it must begin with its boundary');
  const found = new Map<string, Buffer>();
  let at = delimiter.length - 2;
  while (!isLast(bytes, at)) {
    const head = readHead(bytes, at + 2);
    const end = bytes.indexOf(delimiter, head.end);
    if (end === -1) throw malformed('the last boundary is missing');
    const { name, isFile } = head;
    if (name !== parts.fields && name !== parts.file)
      throw new DenialError(
        'unknown_field',
        `Unknown part of the form. It has the parts ${parts.fields} and ${parts.file}.`,
      );
    if (found.has(name)) throw malformed(`it has the part ${name} twice`);
    if (name === parts.file && !isFile) throw malformed(`${name} must have a filename`);
    found.set(name, bytes.subarray(head.end, end));
    at = end + delimiter.length;
  }
  const fields = found.get(parts.fields);
  const file = found.get(parts.file);
  if (fields === undefined || file === undefined)
    throw malformed(`it must have the parts ${parts.fields} and ${parts.file}`);
  if (fields.length > LIMITS.formFields.value)
    throw new DenialError(
      'body_too_large',
      `${parts.fields} is larger than ${LIMITS.formFields.value} bytes.`,
    );
  return { fields, file };
}

/** Whether the delimiter that ends here is the last one. */
function isLast(bytes: Buffer, at: number): boolean {
  const next = bytes.toString('latin1', at, at + 2);
  if (next === '\r\n') return false;
  if (next !== '--') throw malformed('a boundary is not at the end of its line');
  const rest = bytes.toString('latin1', at + 2, at + 5);
  if (rest !== '' && rest !== '\r\n') throw malformed('it goes on after its last boundary');
  return true;
}

interface PartHead {
  readonly name: string;
  readonly isFile: boolean;
  /** Where the content begins. */
  readonly end: number;
}

function readHead(bytes: Buffer, from: number): PartHead {
  const limit = LIMITS.formPartHead.value;
  const end = bytes.subarray(from, from + limit).indexOf(HEAD_END);
  if (end === -1) throw malformed(`the head of a part has no end within ${limit} bytes`);
  const given = new Map<string, string>();
  for (const line of bytes.toString('utf8', from, from + end).split('\r\n')) {
    const [, name, value] = /^([A-Za-z-]+):[ \t]*([^\r\n]*)$/.exec(line) ?? [];
    const key = name?.toLowerCase() ?? '';
    if (value === undefined || !FIELDS.has(key) || given.has(key))
      throw malformed('a part may have Content-Disposition and Content-Type, each once');
    given.set(key, value.trimEnd());
  }
  const [, name, filename] = DISPOSITION.exec(given.get('content-disposition') ?? '') ?? [];
  if (name === undefined)
    throw malformed('a part needs a Content-Disposition with a name in quotes, and for a file a filename');
  return { name, isFile: filename !== undefined, end: from + end + HEAD_END.length };
}

function malformed(why: string): DenialError {
  return new DenialError('malformed_body', `The form cannot be read: ${why} (RFC 7578).`);
}
