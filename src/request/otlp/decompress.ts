import { createGunzip, createInflate, createInflateRaw } from 'node:zlib';
import { DenialError } from '../../denial.ts';
import { LIMITS } from '../../limits.ts';

const DECODERS = { gzip: createGunzip, deflate: createInflate } as const;

/** Content codings (RFC 9110 section 8.4.1) that exporters of OTLP use and MLflow undoes. */
export const OTLP_CODINGS: readonly string[] = ['identity', ...Object.keys(DECODERS)];

/** Made at once; what a stream has made and nobody has taken yet is bounded by it. */
const CHUNK = 64 * 1024;

/**
 * Undoes a content coding, piece by piece: a bomb is given up as soon as it has grown beyond `limit`, or beyond
 * `LIMITS.decompressionRatio` times what was sent, and all that was made of it by then is that much. The work is done in
 * Node's thread pool. Members of gzip that follow each other are joined (RFC 1952 section 2.2), and bounded as one.
 *
 * @param coding one of {@link OTLP_CODINGS}
 * @param limit bytes of the result
 * @param growing receives the bytes that came of it, as they come, and may refuse more by throwing
 * @throws DenialError `body_too_large`, `malformed_body`
 * @example
 * await decompress(gzipSync('a'), 'gzip', 1024); // 'a'
 */
export function decompress(
  bytes: Buffer,
  coding: string,
  limit: number,
  growing?: (bytes: number) => void,
): Promise<Buffer> {
  if (coding === 'identity') return Promise.resolve(bytes);
  const ratio = LIMITS.decompressionRatio.value;
  const grown = Math.max(CHUNK, bytes.length * ratio);
  return new Promise((resolve, reject) => {
    const make =
      coding === 'deflate' && !isZlib(bytes) ? createInflateRaw : DECODERS[coding as keyof typeof DECODERS];
    const decoder = make({ chunkSize: CHUNK });
    const chunks: Buffer[] = [];
    let length = 0;
    const refuse = (error: Error): void => {
      decoder.destroy();
      reject(error);
    };
    decoder.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length > limit)
        refuse(tooLarge(`is larger than ${limit} bytes once decompressed (GW_MAX_BODY_BYTES)`));
      else if (length > grown)
        refuse(tooLarge(`is more than ${ratio} times as large once decompressed; send it uncompressed`));
      else {
        chunks.push(chunk);
        try {
          growing?.(chunk.length);
        } catch (error) {
          refuse(error as Error);
        }
      }
    });
    decoder.on('error', () =>
      refuse(new DenialError('malformed_body', `The body is not well-formed ${coding}.`)),
    );
    decoder.on('end', () => resolve(Buffer.concat(chunks, length)));
    decoder.end(bytes);
  });
}

/** Some senders leave out what zlib puts around `deflate` (RFC 9110 section 8.4.1.2), and MLflow takes both: by its header (RFC 1950). */
function isZlib(bytes: Buffer): boolean {
  return bytes.length > 1 && (bytes[0]! & 0x0f) === 8 && bytes.readUInt16BE(0) % 31 === 0;
}

function tooLarge(how: string): DenialError {
  return new DenialError('body_too_large', `The body ${how}.`);
}
