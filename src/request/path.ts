import { type CatalogIndex, isMatch, type Match } from '../catalog/match.ts';
import { DenialError } from '../denial.ts';
import { requireLength } from './bounds.ts';
import { ENCODED, ENCODED_BYTES } from './percent.ts';
import { canonicalArtifactPath, decodeUtf8 } from './storage/artifact-path.ts';

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is refused
const CONTROL = /[\u0000-\u001f\u007f-\u009f\\]/;
/** Classes of parameters that are a name, of which all that matters is which one it is. */
const NAMES: ReadonlySet<string> = new Set(['reference', 'new-name', 'tag-key']);
const SLASH = /\/|%2F/i;

/**
 * Decodes path parameters exactly once and refuses what is left with a second reading: MLflow decodes artifact
 * paths again and again (`%2533` reaches `3`), Flask and Starlette decode `%2F` before they route.
 *
 * A name that may hold slashes may have them encoded, as MLflow's client writes those of MCP servers
 * (`io.example%2Fsearch`, mlflow/store/tracking/mcp_server_registry/rest_mixin.py); a path of files may not.
 *
 * @throws DenialError `malformed_path`; `invalid_field` for one that is longer than its bound
 */
export function decodeParameters(match: Match): Record<string, string> {
  const out: Record<string, string> = Object.create(null);
  for (const parameter of match.operation.path) {
    const raw = match.rawParameters[parameter.name];
    if (raw === undefined) throw new DenialError('malformed_path', `The path lacks ${parameter.name}.`);
    if (parameter.policy.class === 'artifact-path') {
      out[parameter.name] = decodePath(raw, parameter.name);
      requireLength(out[parameter.name]!, parameter.maxLength ?? Infinity, parameter.name);
      continue;
    }
    const encodedSlashes = parameter.rest && NAMES.has(parameter.policy.class);
    const value = raw
      .split(encodedSlashes ? SLASH : '/')
      .map((segment) => decodeSegment(segment, parameter.name))
      .join('/');
    requireLength(value, parameter.maxLength ?? Infinity, parameter.name);
    out[parameter.name] = value;
  }
  return out;
}

/**
 * Decodes the path of an artifact once, and writes it as MLflow does: bytes that are no UTF-8 become `\ufffd`, which is
 * what every server below MLflow makes of them. Python's clients send `5%accuracy.txt` as it is.
 */
function decodePath(raw: string, name: string): string {
  const value = raw.includes('%')
    ? raw
        .split('/')
        .map((segment) => {
          const text = segment.replace(ENCODED_BYTES, (bytes) =>
            decodeUtf8(Buffer.from(bytes.replaceAll('%', ''), 'hex')),
          );
          if (/[/\\\0]/.test(text))
            throw new DenialError('malformed_path', `${name} holds an encoded "/", "\\" or NUL.`);
          return text;
        })
        .join('/')
    : raw;
  try {
    const path = canonicalArtifactPath(value, name);
    // In a URL, what stands between may resolve such segments before MLflow is asked.
    if (path !== '' && path.split('/').length === value.split('/').length) return path;
  } catch (error) {
    // Encoded once, these are plain text that no artifact's name may hold.
    if (!(error instanceof DenialError) || /[?#]|:\/\//.test(value)) throw error;
    throw new DenialError('malformed_path', error.message);
  }
  throw new DenialError('malformed_path', `${name} holds an empty or "." segment.`);
}

/**
 * Decodes one path segment (RFC 3986 section 2.1, UTF-8), strictly.
 *
 * @throws DenialError `malformed_path`
 * @example
 * decodeSegment('my%20model', 'name'); // 'my model'
 */
export function decodeSegment(raw: string, name: string): string {
  let value: string;
  try {
    value = raw.includes('%') ? decodeURIComponent(raw) : raw;
  } catch {
    throw new DenialError('malformed_path', `${name} is not valid percent-encoded UTF-8.`);
  }
  if (value.includes('/') || CONTROL.test(value)) {
    throw new DenialError('malformed_path', `${name} holds an encoded "/", "\\" or control character.`);
  }
  if (ENCODED.test(value)) {
    throw new DenialError('malformed_path', `${name} is percent-encoded more than once.`);
  }
  if (value === '.' || value === '..' || value === '') {
    throw new DenialError('malformed_path', `${name} holds an empty, "." or ".." segment.`);
  }
  return value;
}

/**
 * Writes the path that is sent upstream: the template of the mount the caller used, with every parameter encoded
 * by the gateway.
 *
 * @example
 * writePath('/traces/{trace_id}', { trace_id: 'tr-1' }); // '/traces/tr-1'
 */
export function writePath(template: string, parameters: Readonly<Record<string, string>>): string {
  if (!template.includes('{')) return template;
  return template.replace(/\{(\w+)\}/g, (_, name: string) =>
    parameters[name]!.split('/').map(encodeURIComponent).join('/'),
  );
}

/**
 * Refuses a request whose path, written anew, would be read as another operation, by the gateway and so by MLflow:
 * `.../mcp-servers/a/%76ersions` has a name where `.../mcp-servers/a/versions` is a list.
 *
 * Only a path with something encoded can be meant: any other is written as it came.
 *
 * @throws DenialError `malformed_path`
 * @example
 * if (path.includes('%')) requireSameReading(index, 'GET', match, decodeParameters(match));
 */
export function requireSameReading(
  index: CatalogIndex,
  method: string,
  match: Match,
  parameters: Readonly<Record<string, string>>,
): void {
  const again = index.find(method, writePath(match.template, parameters));
  const same =
    isMatch(again) &&
    again.operation === match.operation &&
    again.template === match.template &&
    Object.entries(decodeParameters(again)).every(([name, value]) => parameters[name] === value);
  if (!same)
    throw new DenialError(
      'malformed_path',
      'Decoded, this path is another one: a fixed word of a path must not be percent-encoded.',
    );
}
