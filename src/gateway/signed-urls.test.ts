import { describe, expect, it, test } from 'vitest';
import { OPERATIONS } from '../catalog/generated/catalog.ts';
import { readRequest } from '../tenancy/testing/read-request.ts';
import type { UpstreamResponse } from '../upstream/types.ts';
import { lifetimeOf, SignedUrls } from './signed-urls.ts';

const SIGN = (way: 'upload' | 'download'): string => `POST /api/2.0/mlflow/artifacts/presigned-${way}-url`;
const RUN = { run_id: 'a', path: 'x' };
const DOWNLOAD = 'GET /api/2.0/mlflow-artifacts/presigned/1/a/artifacts/x';
const PARTS = 'POST /api/2.0/mlflow-artifacts/mpu/create/1/a/artifacts';

const urlFor = (seconds: number | string): string =>
  `https://b.s3.amazonaws.com/k?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Expires=${seconds}&X-Amz-Signature=0`;
const answerWith = (body: unknown): UpstreamResponse => ({
  status: 200,
  headers: { 'content-type': 'application/json' },
  body: Buffer.from(JSON.stringify(body)),
});

describe('the lifetime in a request', () => {
  test.each([
    ['download', 900, 300],
    ['download', 60, 60],
    ['upload', 900, 900],
    ['upload', 3600, 900],
    ['upload', 60, 60],
  ] as const)('is written where it is absent: %s, at most %i', async (way, most, seconds) => {
    for (const body of [RUN, { ...RUN, expiration: null }]) {
      const request = new SignedUrls(most).withLifetime(await readRequest(SIGN(way), body));
      expect(request.body).toEqual({ ...RUN, expiration: seconds });
    }
  });

  it.each([1, 60, 900, '60', '900'])('is kept: %j', async (expiration) => {
    const request = new SignedUrls(900).withLifetime(
      await readRequest(SIGN('upload'), { ...RUN, expiration }),
    );
    expect(request.body).toEqual({ ...RUN, expiration: Number(expiration) });
  });

  it.each([0, -1, 901, 604_800, '901', '-5', '9223372036854775807'])('is refused: %j', async (expiration) => {
    for (const way of ['upload', 'download'] as const) {
      const request = await readRequest(SIGN(way), { ...RUN, expiration });
      expect(() => new SignedUrls(900).withLifetime(request)).toThrow(
        expect.objectContaining({
          reason: 'invalid_field',
          message: expect.stringMatching(
            /^expiration must be 1 to 900 seconds \(GW_PRESIGNED_MAX_SECONDS\); /,
          ),
        }),
      );
    }
  });

  it.each([1.5, '1.5', 'soon', '', true, [60], { seconds: 60 }, '9223372036854775808'])(
    'is a whole number: not %j',
    async (expiration) => {
      await expect(readRequest(SIGN('upload'), { ...RUN, expiration })).rejects.toMatchObject({
        reason: 'invalid_field',
      });
    },
  );
});

describe('a request without a lifetime', () => {
  it('is refused if MLflow signs for longer, in the words that its clients read', async () => {
    const head = await readRequest(PARTS, { path: 'x', num_parts: 1 });
    new SignedUrls(3600).requirePermitted(head);
    expect(() => new SignedUrls(3599).requirePermitted(head)).toThrow(
      expect.objectContaining({
        reason: 'signed_url_refused',
        message:
          'Multipart upload is not supported for the current artifact repository: MLflow signs URLs for 3,600 seconds here, and GW_PRESIGNED_MAX_SECONDS permits 3,599. Send the file through the gateway.',
      }),
    );
  });

  it('is refused by every operation that signs if signed URLs are off', async () => {
    const requests = await Promise.all([
      readRequest(SIGN('upload'), RUN),
      readRequest(SIGN('download'), RUN),
      readRequest(DOWNLOAD),
      readRequest(PARTS, { path: 'x', num_parts: 1 }),
    ]);
    for (const request of requests)
      expect(() => new SignedUrls(0).requirePermitted(request)).toThrow(
        expect.objectContaining({ reason: 'signed_url_refused' }),
      );
  });

  it('is not read if it asks for no signed URL', async () => {
    const request = await readRequest('GET /api/2.0/mlflow-artifacts/artifacts/1/a/artifacts/x');
    new SignedUrls(0).requirePermitted(request);
    expect(new SignedUrls(0).withLifetime(request)).toBe(request);
    expect(new SignedUrls(0).reading(request, undefined)).toBeUndefined();
  });
});

describe('the URL in a response', () => {
  const read = async (body: unknown, most = 900): Promise<Buffer> => {
    const transform = new SignedUrls(most).reading(await readRequest(DOWNLOAD), undefined)!;
    return transform(answerWith(body));
  };

  it.each([1, 300, 900])('passes with %i seconds', async (seconds) => {
    const body = { url: urlFor(seconds), headers: {}, file_size: 1 };
    expect(JSON.parse((await read(body)).toString())).toEqual(body);
  });

  it('is refused with a longer lifetime, naming the setting of MLflow', async () => {
    await expect(read({ url: urlFor(901) })).rejects.toMatchObject({
      reason: 'signed_url_refused',
      message:
        "MLflow signs URLs for 901 seconds here, and GW_PRESIGNED_MAX_SECONDS permits 900. Set MLFLOW_PRESIGNED_DOWNLOAD_URL_TTL_SECONDS of MLflow's server to at most that.",
    });
  });

  it.each([
    [{}],
    [[]],
    [{ url: null }],
    [{ url: 'https://b.example/k' }],
    [{ url: 'k?X-Amz-Expires=300' }],
    [{ url: 'https://b.example/k?x-amz-expires=300' }],
    [{ url: `${urlFor(300)}&X-Amz-Expires=300` }],
    [{ url: urlFor('') }],
    [{ url: urlFor('-1') }],
    [{ url: urlFor('3e2') }],
    [{ url: urlFor('9'.repeat(10)) }],
    [{ url: [urlFor(300), urlFor(301), 'https://b.example/k'] }],
  ])('is refused with a lifetime that cannot be read: %j', async (body) => {
    await expect(read(body)).rejects.toMatchObject({ reason: 'signed_url_refused' });
  });

  it('is read before any other rewriting', async () => {
    const request = await readRequest(SIGN('upload'), RUN);
    const rewritten = Buffer.from('{}');
    const then = new SignedUrls(900).reading(request, () => rewritten)!;
    expect(await then(answerWith({ presigned_url: urlFor(900) }))).toBe(rewritten);
    expect(() => then(answerWith({ presigned_url: urlFor(901) }))).toThrow('901');
  });
});

describe('an operation that signs only if it is asked to', () => {
  const MODEL = 'GET /ajax-api/2.0/mlflow/logged-models/m-1/artifacts/files?artifact_file_path=x';
  const VERSION = 'GET /model-versions/get-artifact?name=m&version=1&path=x';

  it.each([MODEL, VERSION])('%s is bounded with presigned=true alone', async (line) => {
    const file = await readRequest(`${line}&presigned=false`);
    for (const request of [await readRequest(line), file]) {
      new SignedUrls(0).requirePermitted(request);
      expect(new SignedUrls(0).reading(request, undefined)).toBeUndefined();
    }
    const signed = await readRequest(`${line}&presigned=true`);
    expect(() => new SignedUrls(0).requirePermitted(signed)).toThrow('GW_PRESIGNED_MAX_SECONDS=0');
    const read = new SignedUrls(900).reading(signed, undefined)!;
    await read(answerWith({ url: urlFor(900) }));
    expect(() => read(answerWith({ url: urlFor(901) }))).toThrow('MLFLOW_PRESIGNED_DOWNLOAD_URL_TTL_SECONDS');
  });
});

test('every operation with a name about signing has a rule', () => {
  const about = OPERATIONS.filter(({ id }) => /presigned|createmultipart/i.test(id));
  expect(about.filter(({ signs }) => signs === undefined)).toEqual([]);
  expect(about.length).toBeGreaterThanOrEqual(4);
});

test('lifetimeOf reads the seconds of a URL of S3', () => {
  expect(lifetimeOf(urlFor(300))).toBe(300);
  expect(lifetimeOf(undefined)).toBeUndefined();
});
