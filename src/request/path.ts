import { type CatalogIndex, isMatch, type Match } from '../catalog/match.ts';
import { DenialError } from '../denial.ts';
import { requireLength } from './bounds.ts';
import { ENCODED, ENCODED_BYTES } from './percent.ts';
import { canonicalArtifactPath, decodeUtf8 } from './storage/artifact-path.ts';

// biome-ignore lint/suspicious/noControlCharactersInRegex: these characters are refused
const CONTROL = /[\u0000-\u001f\u007f-\u009f\\]/;
/** The field classes of parameters that are names. */
const NAMES: ReadonlySet<string> = new Set(['reference', 'new-name', 'tag-key']);
const SLASH = /\/|%2F/i;

/**
 * Decodes path parameters exactly once and refuses those that still have a second reading: MLflow decodes artifact paths repeatedly
 * (`%2533` becomes `3`), and Flask and Starlette decode `%2F` before they route.
 *
 * A name that may hold slashes may have them encoded, as MLflow's client encodes those of MCP servers (`io.example%2Fsearch`,
 * mlflow/store/tracking/mcp_server_registry/rest_mixin.py); an artifact path may not.
 *
 * @throws DenialError `malformed_path`; `invalid_field` for a parameter longer than its bound
 */
export function decodeParameters(match: Match): Record<string, string> {
  const out: Record<string, string> = Object.create(null);
  for (const parameter of match.operation.path) {
    const raw = match.rawParameters[parameter.name];
    if (raw === undefined) throw new DenialError('malformed_path', `The path lacks ${parameter.name}.`);
    if (parameter.policy.class === 'artifact-path') {
      const path = decodePath(raw, parameter.name);
      requireLength(path, parameter.maxLength ?? Infinity, parameter.name);
      out[parameter.name] = path;
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
 * Decodes an artifact path once and writes it as MLflow does: bytes that are not UTF-8 become `\ufffd`, as in every server below MLflow.
 * Python's clients send `5%accuracy.txt` unencoded.
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
    // A proxy in between may resolve such segments of a URL.
    if (path !== '' && path.split('/').length === value.split('/').length) return path;
  } catch (error) {
    // Encoded once, these are characters that no artifact name may hold.
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
function decodeSegment(raw: string, name: string): string {
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
 * Writes the path of the request to MLflow: the template of the mount that the caller used, with every parameter encoded by the
 * gateway.
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
 * Refuses a request if its written path would be read as another operation: `.../mcp-servers/a/%76ersions` has a name where
 * `.../mcp-servers/a/versions` is a list.
 *
 * Only needed for a path with percent-encoding; any other is written as it was received.
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
      'Once decoded, this is a different path: the fixed segments of a path must not be percent-encoded.',
    );
}
