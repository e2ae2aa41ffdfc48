/**
 * mlflow#24567: presigned URLs for artifacts were handed out without a check. A presigned upload needs the permission of
 * an upload, a presigned download that of a download, and the gateway reads run and path as in every operation.
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

it('sends a valid path on, with the workspace pinned', async () => {
  const body = JSON.stringify({ run_id: 'a', path: 'model/MLmodel' });
  expect((await gateway.send('POST /api/2.0/mlflow/artifacts/presigned-download-url', [], body)).status).toBe(
    200,
  );
  expect(gateway.upstream.forwarded!.headers['x-mlflow-workspace']).toBe('team-a');
});
