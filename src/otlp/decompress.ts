import { promisify } from 'node:util';
import { gunzip, inflate } from 'node:zlib';
import { DenialError } from '../http/denial.ts';

const DECODERS = { gzip: promisify(gunzip), deflate: promisify(inflate) } as const;

/** Content codings (RFC 9110 section 8.4.1) that exporters of OTLP use and MLflow undoes. */
export const OTLP_CODINGS: readonly string[] = ['identity', ...Object.keys(DECODERS)];

/**
 * Undoes a content coding.
 *
 * @param coding one of {@link OTLP_CODINGS}
 * @param limit bytes of the result: a bomb is given up as soon as it has grown beyond
 * @throws DenialError `body_too_large`, `malformed_body`
 */
export async function decompress(bytes: Buffer, coding: string, limit: number): Promise<Buffer> {
  if (coding === 'identity') return bytes;
  try {
    return await DECODERS[coding as keyof typeof DECODERS](bytes, { maxOutputLength: limit });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') {
      throw new DenialError(
        'body_too_large',
        `The body is larger than ${limit} bytes once decompressed (GW_MAX_BODY_BYTES).`,
      );
    }
    throw new DenialError('malformed_body', `The body is not well-formed ${coding}.`);
  }
}
