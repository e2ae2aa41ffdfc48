/**
 * mlflow#24567: presigned URLs for artifacts were handed out without a check. A presigned upload needs the permission of
 * an upload, a presigned download that of a download, and the gateway reads run and path as in every operation. MLflow lets the
 * caller choose the lifetime, up to a week; the gateway permits GW_PRESIGNED_MAX_SECONDS.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type InProcessGateway, startInProcess } from '../../testing/in-process.ts';

let gateway: InProcessGateway;
beforeAll(async () => {
  gateway = await startInProcess({ GW_DEV_ROLE: 'viewer' });
});
afterAll(() => gateway.stop());

it.each([
  ['POST /api/2.0/mlflow/artifacts/presigned-upload-url', 'contributor', '{"run_id":"a","path":"x"}'],
  ['POST /ajax-api/2.0/mlflow/artifacts/presigned-upload-url', 'contributor', '{"run_id":"a","path":"x"}'],
])('%s needs %s', async (line, required, body) => {
  expect(await gateway.send(line, [], body)).toMatchObject({
    status: 403,
    body: { reason: 'role_insufficient', message: `Insufficient role: required ${required}, got viewer` },
  });
  expect(gateway.upstream.forwarded).toBeUndefined();
});

it.each(['../x', '/etc/passwd', 'a/../../x', 'a%2f..', 'file:///etc'])(
  'refuses a URL for %s',
  async (path) => {
    const answer = await gateway.send(
      'POST /api/2.0/mlflow/artifacts/presigned-download-url',
      [],
      JSON.stringify({ run_id: 'a', path }),
    );
    expect(answer).toMatchObject({ status: 400, body: { reason: 'invalid_field' } });
    expect(gateway.upstream.forwarded).toBeUndefined();
  },
);

it('refuses a lifetime beyond the maximum, and one that is not positive', async () => {
  for (const expiration of [901, 604_800, '604800', 0, -1]) {
    const answer = await gateway.send(
      'POST /api/2.0/mlflow/artifacts/presigned-download-url',
      [],
      JSON.stringify({ run_id: 'a', path: 'x', expiration }),
    );
    expect(answer).toMatchObject({
      status: 400,
      body: { reason: 'invalid_field', message: expect.stringContaining('1 to 900 seconds') },
    });
    expect(gateway.upstream.forwarded).toBeUndefined();
  }
});

it('sends a valid path on, with the workspace pinned and a lifetime', async () => {
  const body = JSON.stringify({ run_id: 'a', path: 'model/MLmodel' });
  expect((await gateway.send('POST /api/2.0/mlflow/artifacts/presigned-download-url', [], body)).status).toBe(
    200,
  );
  expect(gateway.upstream.forwarded!.headers['x-mlflow-workspace']).toBe('team-a');
  expect(gateway.upstream.forwarded!.body).toEqual({ run_id: 'a', path: 'model/MLmodel', expiration: 300 });
});

it('refuses the parts of an upload, which MLflow signs for an hour, before it reads the body', async () => {
  const contributor = await startInProcess({ GW_DEV_ROLE: 'contributor' });
  try {
    const answer = await contributor.send('POST /api/2.0/mlflow-artifacts/mpu/create/1/x', [], 'not JSON');
    expect(answer).toMatchObject({
      status: 501,
      body: {
        error_code: 'NOT_IMPLEMENTED',
        reason: 'signed_url_refused',
        message: expect.stringMatching(
          /^Multipart upload is not supported for the current artifact repository/,
        ),
      },
    });
    expect(contributor.audited.at(-1)).toMatchObject({
      decision: 'deny',
      reason: 'signed_url_refused',
      status_code: 501,
    });
    expect(contributor.upstream.forwarded).toBeUndefined();
    expect(contributor.upstream.requests).toEqual([]);
  } finally {
    await contributor.stop();
  }
});
