/**
 * GHSA-v2v2-hph8-q5xp: a body was checked as one content type and read as another (`application/json` with a space or a
 * parameter, a form, plain text). MLflow checks the type on POST and PUT only, and accepts UTF-16. In the gateway a JSON
 * operation accepts one type and one encoding, on every method.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type InProcessGateway, startInProcess } from '../../testing/in-process.ts';

let gateway: InProcessGateway;
beforeAll(async () => {
  gateway = await startInProcess();
});
afterAll(() => gateway.stop());

const BODY = '{"key":"a","value":"b"}';
const send = (
  method: string,
  path: string,
  type: readonly string[],
  body: string | Buffer = BODY,
): Promise<string> =>
  gateway.raw(
    [
      `${method} ${path} HTTP/1.1`,
      'Host: g',
      'X-Tenant: team-a',
      'Connection: close',
      `Content-Length: ${Buffer.byteLength(body)}`,
      ...type,
      '',
      body.toString('latin1' as never),
    ].join('\r\n'),
  );

const TYPES = [
  [],
  ['Content-Type: text/plain'],
  ['Content-Type: application/x-www-form-urlencoded'],
  ['Content-Type: multipart/form-data; boundary=x'],
  ['Content-Type: application/json; charset=utf-16'],
  ['Content-Type: application/json, text/plain'],
  ['Content-Type: application/json\t; charset=latin1'],
  ['Content-Type: application/jsonp'],
  ['Content-Type: application/merge-patch+json'],
  ['Content-Type: application/json', 'Content-Encoding: gzip'],
];

it.each(
  TYPES.flatMap((type) =>
    [
      'POST /api/2.0/mlflow/runs/search',
      'PATCH /api/3.0/mlflow/traces/tr-1/tags',
      'DELETE /api/3.0/mlflow/traces/tr-1/tags',
    ].map((line) => [line, type] as const),
  ),
)('refuses %s with %j', async (line, type) => {
  const [method, path] = line.split(' ') as [string, string];
  expect(await send(method, path, type)).toContain('"reason":"unsupported_media_type"');
  expect(gateway.upstream.forwarded).toBeUndefined();
});

it('refuses UTF-16 that is declared as JSON', async () => {
  const text = await send(
    'POST',
    '/api/2.0/mlflow/runs/search',
    ['Content-Type: application/json'],
    Buffer.from('{}', 'utf16le'),
  );
  expect(text).toContain('"reason":"malformed_body"');
});

it.each([[], ['Content-Type: text/plain'], ['Content-Type: application/json', 'Content-Encoding: br']])(
  'refuses OTLP with %j',
  async (...type) => {
    const text = await send(
      'POST',
      '/v1/traces',
      ['X-MLflow-Experiment-Id: 1', ...type],
      '{"resourceSpans":[]}',
    );
    expect(text).toContain('"reason":"unsupported_media_type"');
  },
);

it.each(['application/json', 'Application/JSON; charset=UTF-8', 'application/json;charset="utf-8"'])(
  'accepts %s as JSON',
  async (type) => {
    expect(await send('POST', '/api/2.0/mlflow/runs/search', [`Content-Type: ${type}`], '{}')).toMatch(
      /^HTTP\/1\.1 200/,
    );
    expect(gateway.upstream.forwarded!.headers['content-type']).toBe('application/json');
    gateway.upstream.forwarded = undefined;
  },
);
