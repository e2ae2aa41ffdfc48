import { createGunzip, createInflate, createInflateRaw } from 'node:zlib';
import { DenialError } from '../../denial.ts';
import { LIMITS } from '../../limits.ts';

const DECODERS = { gzip: createGunzip, deflate: createInflate } as const;

/** The content codings (RFC 9110 section 8.4.1) that OTLP exporters use and MLflow decodes. */
export const OTLP_CODINGS: readonly string[] = ['identity', ...Object.keys(DECODERS)];

/** Bytes decoded at a time; bounds the decoded bytes that wait to be read. */
const CHUNK = 64 * 1024;

/**
 * Decodes a content coding chunk by chunk. Decoding stops as soon as the result is larger than `limit`, or than
 * `LIMITS.decompressionRatio` times the body. The work is done in Node's thread pool. Consecutive gzip members are joined (RFC 1952
 * section 2.2) and bounded together.
 *
 * @param coding one of {@link OTLP_CODINGS}
 * @param limit the maximum length of the result, in bytes
 * @param growing receives the number of decoded bytes as they arrive, and may refuse more by throwing
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

/** Some senders omit the zlib wrapper of `deflate` (RFC 9110 section 8.4.1.2), and MLflow accepts both; the header tells (RFC 1950). */
function isZlib(bytes: Buffer): boolean {
  return bytes.length > 1 && (bytes[0]! & 0x0f) === 8 && bytes.readUInt16BE(0) % 31 === 0;
}

function tooLarge(how: string): DenialError {
  return new DenialError('body_too_large', `The body ${how}.`);
}
