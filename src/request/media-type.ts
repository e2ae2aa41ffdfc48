import type { Operation } from '../catalog/types.ts';
import { DenialError } from '../denial.ts';
import type { HeaderBag } from '../http/headers.ts';
import { hasBody } from './body.ts';
import { OTLP_CODINGS } from './otlp/decompress.ts';

const UTF8 = /^"?utf-?8"?$/i;

/**
 * Whether a media type is JSON in UTF-8. Parameters other than `charset` are ignored: JSON defines none (RFC 8259 section 11),
 * MLflow reads none, and the gateway sends a type of its own. A trailing semicolon is accepted (RFC 9110 section 5.6.6).
 *
 * @example
 * isJson('application/json; charset=utf8;'); // true
 */
export function isJson(type: string): boolean {
  const [essence, ...parameters] = type.split(';');
  if (essence!.trim().toLowerCase() !== 'application/json') return false;
  for (const parameter of parameters) {
    const equals = parameter.indexOf('=');
    const name = (equals === -1 ? parameter : parameter.slice(0, equals)).trim().toLowerCase();
    if (name === 'charset' && !UTF8.test(parameter.slice(equals + 1).trim())) return false;
  }
  return true;
}

/**
 * Checks that a body, if any, is uncompressed JSON in UTF-8. MLflow checks Content-Type on POST and PUT only, and also reads
 * UTF-16 and UTF-32 (GHSA-v2v2-hph8-q5xp shows the danger of judging one media type and parsing another).
 *
 * @throws DenialError `unsupported_media_type`
 */
export function requireJson(headers: HeaderBag): void {
  const encoding = headers.get('content-encoding');
  if (encoding !== undefined && encoding.toLowerCase() !== 'identity') {
    throw new DenialError('unsupported_media_type', 'Compressed JSON bodies are not accepted.');
  }
  const type = headers.get('content-type');
  if (type === undefined ? hasBody(headers) : !isJson(type)) {
    throw new DenialError(
      'unsupported_media_type',
      `The Content-Type ${type === undefined ? 'is missing' : 'or its charset is not supported'}: send the body as application/json in UTF-8.`,
    );
  }
}

/** The content coding of the body, `identity` if none is given (RFC 9110 section 8.4). */
export function codingOf(headers: HeaderBag): string {
  return headers.get('content-encoding')?.trim().toLowerCase() ?? 'identity';
}

/** The content type of an OTLP request. @throws DenialError `unsupported_media_type` */
export function requireOtlp(operation: Operation, headers: HeaderBag): string {
  if (!OTLP_CODINGS.includes(codingOf(headers))) {
    throw new DenialError(
      'unsupported_media_type',
      `Unsupported Content-Encoding; only ${OTLP_CODINGS.join(', ')} are accepted.`,
    );
  }
  const type = readStreamType(operation, headers);
  if (type !== undefined) return type;
  throw new DenialError(
    'unsupported_media_type',
    `Send one of: ${(operation.contentTypes ?? []).join(', ')}.`,
  );
}

/** The content type of a streamed body, if the operation accepts it. @throws DenialError `unsupported_media_type` */
export function readStreamType(operation: Operation, headers: HeaderBag): string | undefined {
  const type = headers.get('content-type');
  const accepted = operation.contentTypes ?? [];
  if (type === undefined || accepted.includes('application/octet-stream') || accepted.includes('*/*'))
    return type;
  const essence = type.split(';', 1)[0]!.trim().toLowerCase();
  if (!accepted.includes(essence)) {
    throw new DenialError('unsupported_media_type', `Send one of: ${accepted.join(', ')}.`);
  }
  return essence;
}
