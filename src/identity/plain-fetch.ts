import { request as overHttp } from 'node:http';
import { request as overHttps } from 'node:https';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import type { Fetch, ProviderBody } from './provider-fetch.ts';

/**
 * Sends a request to a provider, as `fetch` does with `redirect: 'manual'`. It asks for no content coding, and decodes gzip.
 *
 * Not the global `fetch`: its HTTP client is loaded with the first call, which costs a start a third of its time, and ten megabytes.
 *
 * @throws Error with the cause
 * @example
 * const response = await plainFetch('https://idp.example/jwks', { headers: { accept: 'application/json' }, signal });
 */
export const plainFetch: Fetch = (url, { method = 'GET', headers = {}, body, signal }) =>
  new Promise((resolve, reject) => {
    const send = url.startsWith('https:') ? overHttps : overHttp;
    const sent: Record<string, string> = { ...headers, 'accept-encoding': 'identity' };
    if (body !== undefined) sent['content-length'] = String(Buffer.byteLength(body));
    const request = send(url, { method, headers: sent, ...(signal === undefined ? {} : { signal }) });
    // The cause has a code; its message would name options of Node.
    request.on('error', (cause) => reject(new Error('failed', { cause })));
    request.on('response', (message) => {
      const coding = message.headers['content-encoding']?.toLowerCase() ?? 'identity';
      if (coding !== 'identity' && coding !== 'gzip') {
        request.destroy();
        reject(new Error('has a content coding that was not requested'));
        return;
      }
      const { statusCode: status = 0 } = message;
      resolve({
        status,
        headers: {
          get: (name) => {
            const value = message.headers[name];
            return value === undefined ? null : [value].flat().join(', ');
          },
        },
        body: bodyOf(coding === 'gzip' ? decoded(message) : message, () => request.destroy()),
      });
    });
    request.end(body);
  });

/** An error of the connection also ends the decoder, which would otherwise wait for more. */
function decoded(message: Readable): Readable {
  const decoder = createGunzip();
  message.on('error', (error) => decoder.destroy(error));
  return message.pipe(decoder);
}

/** The body of a response. @param end closes the connection of a body that is not read to its end */
export function bodyOf(stream: Readable, end: () => void): ProviderBody {
  // Read later, or never.
  stream.on('error', () => {});
  return {
    cancel: async () => end(),
    async *[Symbol.asyncIterator]() {
      try {
        for await (const chunk of stream) yield chunk as Uint8Array;
      } catch (cause) {
        throw new Error('failed', { cause });
      } finally {
        // After the whole body this does nothing.
        if (!stream.readableEnded) end();
      }
    },
  };
}
