/**
 * mlflow#23500: MLflow fetches the source of a model version from any URL: a request forged in this way reaches services that
 * only the server can reach. A source must be a run or a model, or lie below the artifacts of one.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type InProcessGateway, startInProcess } from '../../testing/in-process.ts';

let gateway: InProcessGateway;
beforeAll(async () => {
  gateway = await startInProcess();
});
afterAll(() => gateway.stop());

it.each([
  'http://169.254.169.254/latest/meta-data/',
  'https://evil.example/model',
  'ftp://evil.example/x',
  'sftp://evil.example/x',
  'hdfs://namenode/x',
  'dbfs:/x',
  's3://another/bucket',
  'gs://another/bucket',
  'file:///etc/passwd',
  'etc/passwd',
])('refuses a model version from %s', async (source) => {
  const body = JSON.stringify({ name: 'm', source, run_id: 'a' });
  expect(await gateway.send('POST /api/2.0/mlflow/model-versions/create', [], body)).toMatchObject({
    status: 403,
    body: { reason: 'storage_uri_refused' },
  });
  expect(gateway.upstream.forwarded).toBeUndefined();
});
