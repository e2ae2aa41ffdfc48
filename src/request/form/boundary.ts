import { DenialError } from '../../denial.ts';
import type { HeaderBag } from '../../http/headers.ts';

const FORM = 'multipart/form-data';
/** RFC 2046 section 5.1.1, without the characters that only fit between quotes and the blank. */
const BOUNDARY = /^;[ \t]*boundary=("?)([A-Za-z0-9'()+_,./:=?-]{1,70})\1[ \t]*;?$/i;

/** Whether a request has the media type of a form with files (RFC 7578). */
export function isForm(headers: HeaderBag): boolean {
  const [essence = ''] = headers.get('content-type')?.split(';', 1) ?? [];
  return essence.trim().toLowerCase() === FORM;
}

/**
 * The boundary between the parts of a form. Any other parameter is refused: `charset` would change how MLflow reads the text in it.
 *
 * @throws DenialError `unsupported_media_type`
 * @example
 * readBoundary(headers); // 'x7' of `multipart/form-data; boundary=x7`
 */
export function readBoundary(headers: HeaderBag): string {
  const coding = headers.get('content-encoding');
  if (coding !== undefined && coding.toLowerCase() !== 'identity')
    throw new DenialError('unsupported_media_type', 'Compressed forms are not accepted.');
  const type = headers.get('content-type')!.trim();
  const boundary = BOUNDARY.exec(type.slice(FORM.length).trim())?.[2];
  if (boundary !== undefined) return boundary;
  throw new DenialError(
    'unsupported_media_type',
    'The Content-Type of a form must be multipart/form-data with a boundary and no other parameter.',
  );
}
