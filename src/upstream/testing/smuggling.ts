import { rawUpstream } from './raw-upstream.ts';
import { front, raw, upstreamTo } from './servers.ts';

/** A request that a caller hides in the body of another. */
export const HIDDEN = 'GET /hidden HTTP/1.1\r\nhost: x\r\n\r\n';

/** Sends bytes to a gateway that streams bodies. Returns the bytes that MLflow received and the caller's statuses. */
export async function attackWith(bytes: string): Promise<{ received: string; statuses: string[] }> {
  const upstream = await rawUpstream();
  const gateway = await front(upstreamTo(upstream.port), (req) =>
    req.method === 'POST' ? { body: 'stream' } : {},
  );
  const answers = await raw(gateway.port, bytes);
  const statuses = [...answers.matchAll(/HTTP\/1\.1 (\d+)/g)].map((match) => match[1]!);
  return { received: upstream.all(), statuses };
}
