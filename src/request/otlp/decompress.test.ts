import { deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { LIMITS } from '../../limits.ts';
import { decompress } from './decompress.ts';

const MIB = 1024 * 1024;

it('decodes compressed bytes, and consecutive gzip members as one', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 3_000 }), fc.uint8Array({ maxLength: 300 }), async (a, b) => {
      const both = Buffer.concat([a, b]);
      expect(await decompress(Buffer.concat([gzipSync(a), gzipSync(b)]), 'gzip', MIB)).toEqual(both);
      expect(await decompress(deflateSync(both), 'deflate', MIB)).toEqual(both);
      expect(await decompress(deflateRawSync(both), 'deflate', MIB)).toEqual(both);
      expect(await decompress(both, 'identity', 0)).toEqual(both);
    }),
    { numRuns: 50 },
  );
});

it.each([
  ['gzip', gzipSync(Buffer.alloc(4 * MIB))],
  ['deflate', deflateSync(Buffer.alloc(4 * MIB))],
  ['deflate', deflateRawSync(Buffer.alloc(4 * MIB))],
  ['gzip', Buffer.concat(Array(64).fill(gzipSync(Buffer.alloc(64 * 1024))))],
])('refuses 4 KB of %s that become 4 MiB for their ratio', async (coding, bomb) => {
  expect(bomb.length).toBeLessThan(8 * 1024);
  await expect(decompress(bomb, coding, 16 * MIB)).rejects.toMatchObject({
    reason: 'body_too_large',
    message: 'The body is more than 100 times as large once decompressed; send it uncompressed.',
  });
});

it('stops decoding a bomb early', async () => {
  const bomb = gzipSync(Buffer.alloc(256 * MIB));
  const before = process.memoryUsage().arrayBuffers;
  await expect(decompress(bomb, 'gzip', 4 * MIB)).rejects.toMatchObject({ reason: 'body_too_large' });
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(8 * MIB);
});

it('accepts a small body of any ratio', async () => {
  const zeros = Buffer.alloc(64 * 1024);
  expect(zeros.length / gzipSync(zeros).length).toBeGreaterThan(LIMITS.decompressionRatio.value);
  expect(await decompress(gzipSync(zeros), 'gzip', MIB)).toEqual(zeros);
});

it('refuses a truncated body', async () => {
  const half = gzipSync(Buffer.from('half of it')).subarray(0, 20);
  await expect(decompress(half, 'gzip', MIB)).rejects.toMatchObject({ reason: 'malformed_body' });
});
