import type { IncomingMessage } from 'node:http';
import { DenialError } from '../denial.ts';
import type { HeaderBag } from '../http/headers.ts';
import { LIMITS } from '../limits.ts';
import { readBytes } from './body.ts';

const FORM = 'application/x-www-form-urlencoded';
const MAX_BYTES = LIMITS.pageForm.value;
const TIMEOUT_MS = LIMITS.pageFormTime.value * 1_000;

/**
 * Reads a form of one of the gateway's own pages: at most 4,096 bytes, within 10 seconds.
 *
 * @throws DenialError `unsupported_media_type`, `body_too_large`, `malformed_request`
 * @example
 * (await readPageForm(req, headers)).get('tenant');
 */
export async function readPageForm(req: IncomingMessage, headers: HeaderBag): Promise<URLSearchParams> {
  const [type = ''] = (headers.get('content-type') ?? '').split(';');
  if (type.trim().toLowerCase() !== FORM)
    throw new DenialError('unsupported_media_type', `The body must be ${FORM}.`);
  const bytes = await readBytes(req, headers, MAX_BYTES, TIMEOUT_MS);
  return new URLSearchParams(bytes.toString('utf8'));
}
