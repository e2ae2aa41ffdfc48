import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Stack, startStack, unique } from '../harness/stack.ts';

/** Request heads of third-party clients and proxies, in front of a real MLflow: one meaning is accepted. */

const CREATE = '/api/2.0/mlflow/experiments/create';
const SEARCH = '/api/2.0/mlflow/experiments/search';
const team = unique('heads');
let stack: Stack;

beforeAll(async () => {
  stack = await startStack({
    auth: 'off',
    tenants: [team],
    env: { GW_TRUSTED_PROXIES: '127.0.0.1,10.0.0.0/8,2001:db8:ffff::/48' },
  });
});
afterAll(() => stack?.stop());

const refusal = async (answer: Response): Promise<[number, string]> => {
  const { reason, message } = (await answer.json()) as { reason: string; message: string };
  return [answer.status, `${reason}: ${message}`];
};

describe('forwarded headers of a trusted proxy', () => {
  test.each([
    ['X-Forwarded-For', '203.0.113.7', '203.0.113.7'],
    ['X-Forwarded-For', '203.0.113.7:51008', '203.0.113.7'],
    ['X-Forwarded-For', '2001:db8::1', '2001:db8::1'],
    ['X-Forwarded-For', '[2001:db8::1]', '2001:db8::1'],
    ['X-Forwarded-For', '[2001:db8::1]:443', '2001:db8::1'],
    ['X-Forwarded-For', '::ffff:203.0.113.7', '203.0.113.7'],
    ['X-Forwarded-For', '203.0.113.7:51008, 10.0.0.9:80, [2001:db8:ffff::2]:80', '203.0.113.7'],
    ['Forwarded', 'for=203.0.113.7;proto=https;host=ml.example.com', '203.0.113.7'],
    ['Forwarded', 'For="[2001:db8::1]:443"', '2001:db8::1'],
    ['Forwarded', 'for="203.0.113.7:51008", for=10.0.0.9', '203.0.113.7'],
    // The caller's own value is to the left of the value of the first trusted proxy.
    ['X-Forwarded-For', '127.0.0.1, 198.51.100.1, 203.0.113.7', '203.0.113.7'],
    ['Forwarded', 'for=127.0.0.1, for=203.0.113.7, for=10.0.0.9', '203.0.113.7'],
    // No address: the chain ends at the proxy that wrote the value.
    ['X-Forwarded-For', 'unknown', '127.0.0.1'],
    ['X-Forwarded-For', '203.0.113.7, _hidden, 10.0.0.9', '10.0.0.9'],
    ['X-Forwarded-For', '203.0.113.7:99999999', '127.0.0.1'],
    ['X-Forwarded-For', '010.0.0.1', '127.0.0.1'],
    ['Forwarded', 'for=_secret', '127.0.0.1'],
  ])('%s: %s is the client %s in the audit line', async (name, value, client) => {
    const answer = await stack.as(team)('/version', { headers: { [name]: value } });
    expect(await stack.auditOf(answer)).toMatchObject({ status_code: 200, client_address: client });
  });

  const origin = (host: string, headers: Record<string, string>): Promise<Response> =>
    stack.as(team)(SEARCH, { json: { max_results: 1 }, headers: { origin: `https://${host}`, ...headers } });

  test('the host that the trusted proxy added counts, as with addresses', async () => {
    const list = {
      'x-forwarded-for': '203.0.113.7, 10.0.0.9',
      'x-forwarded-host': 'ml.example.com, inner.local',
    };
    expect((await origin('ml.example.com', list)).status).toBe(200);
    const forwarded = 'for=203.0.113.7;host=ml.example.com;proto=https, for=10.0.0.9;host=inner.local';
    expect((await origin('ml.example.com', { forwarded })).status).toBe(200);
    expect((await origin('ml.example.com', { ...list, forwarded })).status).toBe(200);
  });

  test('a host that the caller added before it has no effect', async () => {
    for (const headers of [
      { 'x-forwarded-for': '203.0.113.7', 'x-forwarded-host': 'evil.example, ml.example.com' },
      { 'x-forwarded-for': '198.51.100.1, 203.0.113.7', 'x-forwarded-host': 'evil.example, ml.example.com' },
      { forwarded: 'for=198.51.100.1;host=evil.example, for=203.0.113.7;host=ml.example.com' },
      // A proxy that writes the older headers forwards the caller's own Forwarded field.
      { 'x-forwarded-for': '203.0.113.7', forwarded: 'host=evil.example' },
    ] as Record<string, string>[]) {
      const [status, said] = await refusal(await origin('evil.example', headers));
      expect([headers, status, said]).toEqual([headers, 403, expect.stringContaining('origin_refused')]);
    }
  });

  test.each([
    [
      { 'x-forwarded-for': '203.0.113.7', forwarded: 'for=198.51.100.1' },
      'X-Forwarded-For and Forwarded differ',
    ],
    [{ forwarded: 'for=203.0.113.7;for=198.51.100.1' }, 'the parameter for twice'],
    [{ forwarded: 'for=2001:db8::1' }, 'RFC 7239'],
    [{ forwarded: 'for="203.0.113.7' }, 'RFC 7239'],
    [{ 'x-forwarded-host': 'ml.example.com/x' }, 'Host'],
    [{ 'x-forwarded-for': `${'10.0.0.1,'.repeat(40)}10.0.0.1` }, 'more than 32 proxies'],
  ] as [Record<string, string>, string][])('%o has two readings or none: refused', async (headers, said) => {
    const answer = await stack.as(team)('/version', { headers });
    expect(await refusal(answer)).toEqual([400, expect.stringContaining(said)]);
  });
});

describe('queries of pages that are no API', () => {
  test.each([
    ['/?utm_source=mail', '<title>MLflow</title>'],
    ['/?workspace=somebody-else', '<title>MLflow</title>'],
    ['/?%zz&a=1&a=2', '<title>MLflow</title>'],
    ['/health?x=1', 'OK'],
    ['/health?/api/2.0/mlflow/experiments/search', 'OK'],
    ['/version?x=1', '.'],
    ['/version?_=1732690000000', '.'],
    ['/static-files/favicon.ico?v=1', ''],
  ])('%s is answered as without one', async (path, said) => {
    const [answer, plain] = [await stack.as(team)(path), await stack.as(team)(path.split('?', 1)[0]!)];
    const [bytes, same] = [Buffer.from(await answer.arrayBuffer()), Buffer.from(await plain.arrayBuffer())];
    expect([answer.status, plain.status]).toEqual([200, 200]);
    expect(bytes.equals(same)).toBe(true);
    expect(bytes.toString('latin1')).toContain(said);
  });

  test.each([
    ['/api/2.0/mlflow/experiments/get?experiment_id=0&_=1', 'Unknown query parameter _'],
    [`${SEARCH}?max_results=1&maxResults=2`, 'Write it max_results'],
    ['/api/3.0/mlflow/server-info?x=1', 'Unknown query parameter x'],
    ['/get-artifact?run_id=1&path=a&v=1', 'Unknown query parameter v'],
  ])('%s is of the API: refused by name', async (path, said) => {
    expect(await refusal(await stack.as(team)(path))).toEqual([400, expect.stringContaining(said)]);
  });

  test('require a caller, except the health check', async () => {
    for (const path of ['/?tenant=x', '/version?x-tenant=x', '/static-files/favicon.ico?v=1'])
      expect(await refusal(await stack.anonymous(path))).toEqual([
        400,
        expect.stringContaining('tenant_header_missing'),
      ]);
    expect((await stack.anonymous('/health?x=1')).status).toBe(200);
  });
});

describe('JSON by its media type', () => {
  const send = (type: string, body: Buffer): Promise<Response> =>
    stack.as(team)(CREATE, { method: 'POST', headers: { 'content-type': type }, body });
  const bodyOf = (name: string): Buffer => Buffer.from(JSON.stringify({ name }));
  const MARK = Buffer.from('\ufeff');
  const nameOf = async (id: string): Promise<string> => {
    const answer = await stack.direct(team)(`/api/2.0/mlflow/experiments/get?experiment_id=${id}`);
    return ((await answer.json()) as { experiment: { name: string } }).experiment.name;
  };

  test.each([
    ['application/json;', false],
    ['application/json; ', false],
    ['application/json;charset=utf8', false],
    ['application/json; charset=UTF-8', false],
    ['application/json; charset="utf-8"', false],
    ['APPLICATION/JSON', false],
    ['application/json; profile=x; charset=utf-8', false],
    ['application/json', true],
    ['application/json;charset=utf8;', true],
  ])('%j, with a byte-order mark: %s', async (type, marked) => {
    const name = unique('médi\u{1f600}');
    const answer = await send(type, Buffer.concat([marked ? MARK : Buffer.alloc(0), bodyOf(name)]));
    expect(answer.status).toBe(200);
    const { experiment_id } = (await answer.json()) as { experiment_id: string };
    expect(await nameOf(experiment_id)).toBe(name);
  });

  test.each([
    ['another charset', 'application/json; charset=utf-16', bodyOf('x'), 415],
    ['another charset behind this one', 'application/json; charset=utf-8; charset=utf-16', bodyOf('x'), 415],
    ['another type', 'text/json', bodyOf('x'), 415],
    ['two types', 'application/json, text/plain', bodyOf('x'), 415],
    ['a form', 'application/x-www-form-urlencoded', bodyOf('x'), 415],
    ['two marks', 'application/json', Buffer.concat([MARK, MARK, bodyOf('x')]), 400],
    ['a mark behind a blank', 'application/json', Buffer.concat([Buffer.from(' '), MARK, bodyOf('x')]), 400],
    ['UTF-16 with its mark', 'application/json', Buffer.from('\ufeff{"name":"x"}', 'utf16le'), 400],
    ['bytes that are no UTF-8', 'application/json', Buffer.from('{"name":"\xff"}', 'latin1'), 400],
    ['a mark alone', 'application/json', MARK, 400],
  ])('%s is refused', async (_, type, body, status) => {
    const answer = await send(type, body);
    expect(answer.status, await answer.text()).toBe(status);
  });
});
