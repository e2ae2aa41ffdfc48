import { expect, test } from 'vitest';
import { signedUrlWarnings } from './signed-url-warnings.ts';

const warningsOf = (
  facts: { readonly presignedOnly?: boolean; readonly multipartUploads?: boolean },
  maxSeconds: number,
): string =>
  signedUrlWarnings(
    { workspacesEnabled: true, presignedOnly: false, multipartUploads: false, ...facts },
    maxSeconds,
  ).join('\n');

test('a server without signed URLs has no warning', () => {
  expect(warningsOf({}, 900)).toBe('');
});

test.each([
  [
    'refuses multipart uploads below their lifetime',
    { presignedOnly: true },
    900,
    /refuses multipart uploads: .* is 900, .* 3600 seconds/,
  ],
  [
    'leaves no way to an artifact with 0',
    { presignedOnly: true },
    0,
    /these artifacts cannot be read or written/,
  ],
  ['goes around the gateway at the lifetime', { presignedOnly: true }, 3600, /so clients use signed URLs/],
] as const)('a server with signed URLs only %s', (_, facts, maxSeconds, warning) => {
  expect(warningsOf(facts, maxSeconds)).toMatch(warning);
});

test.each([
  ['are refused below their lifetime', 900, /Clients upload through the gateway instead/],
  ['go around the gateway at their lifetime', 3600, /go by signed URLs: anyone with/],
] as const)('multipart uploads %s', (_, maxSeconds, warning) => {
  expect(warningsOf({ multipartUploads: true }, maxSeconds)).toMatch(warning);
});
