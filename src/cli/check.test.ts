/** `check` against servers that are not MLflow, or a broken one. Real ones: e2e/gateway/mlflow-rejections.test.ts. */
import { execFile } from 'node:child_process';
import { createServer, type RequestListener } from 'node:http';
import { createServer as createTcpServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { CHILD_ENV } from '../../dev/child-env.ts';
import { DESCRIBED_VERSION, SURVEYED_VERSIONS } from '../catalog/generated/catalog.ts';
import { callOperation } from '../mlflow/call.ts';
import { listen } from '../upstream/testing/servers.ts';

const MAIN = join(import.meta.dirname, '../main.ts');
const pathOf = (purpose: Parameters<typeof callOperation>[0]): string => callOperation(purpose).paths[0];

const check = (target: string | number, ...args: string[]) =>
  new Promise<{ code: number; stdout: string; stderr: string }>((resolve) => {
    const env = {
      ...CHILD_ENV,
      GW_AUTH_MODE: 'off',
      GW_TARGET_BASE_URL: typeof target === 'number' ? `http://127.0.0.1:${target}` : target,
      GW_REQUEST_TIMEOUT_SECONDS: '2',
    };
    execFile(process.execPath, [MAIN, 'check', ...args], { env }, (error, stdout, stderr) =>
      resolve({ code: Number(error?.code ?? 0), stdout, stderr }),
    );
  });

/** An MLflow, except for the requests that `changed` answers; it returns whether it answered. */
const almost =
  (changed: (path: string, res: Parameters<RequestListener>[1]) => boolean): RequestListener =>
  (req, res) => {
    const path = req.url!.split('?', 1)[0]!;
    if (changed(path, res)) return;
    if (path === pathOf('health')) res.end('OK');
    else if (path === pathOf('version')) res.end(DESCRIBED_VERSION);
    else if (path === pathOf('serverInfo')) res.end('{"workspaces_enabled":false}');
    else if (path === pathOf('searchExperiments')) res.end('{}');
    else res.writeHead(404, { 'content-type': 'text/html' }).end('<p>secret');
  };
const at =
  (purpose: Parameters<typeof callOperation>[0], act: (res: Parameters<RequestListener>[1]) => void) =>
  (path: string, res: Parameters<RequestListener>[1]): boolean => {
    if (path !== pathOf(purpose)) return false;
    act(res);
    return true;
  };

const page: RequestListener = (_, res) =>
  void res.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><p>secret');

describe('check prints a line for each finding, and no stack trace', () => {
  test.each<[string, RequestListener, RegExp]>([
    [
      'a web server',
      page,
      /FAIL {2}operation: .* a page \(HTML\) instead of MLflow's JSON: GW_TARGET_BASE_URL/,
    ],
    ['a web server, by its version', page, /FAIL {2}version: .* no version/],
    ['a web server, by its features', page, /FAIL {2}tenancy: .*server-info was answered with a page/],
    [
      'a sign-in',
      (_, res) => void res.writeHead(302, { location: '/secret' }).end(),
      /FAIL {2}MLflow at .*302.*redirect/,
    ],
    [
      '403 to everything',
      (_, res) => void res.writeHead(403).end('secret'),
      /FAIL {2}MLflow at .*403.*in front/,
    ],
    [
      '401 to everything',
      (_, res) => void res.writeHead(401).end('secret'),
      /FAIL {2}MLflow at .*its own credentials/,
    ],
    ['no response to any request', () => {}, /FAIL {2}MLflow at .* did not answer within 2 seconds/],
    ['a closed connection', (req) => void req.socket.destroy(), /FAIL {2}MLflow at .*closed the connection/],
    [
      'a response that is not a version',
      almost(at('version', (res) => res.end('3.17.2 <script>\u001b[31msecret'))),
      /FAIL {2}version: .* no version/,
    ],
    [
      'an endless version',
      almost(at('version', (res) => void res.end('3'.repeat(2_000_000)))),
      /FAIL {2}version: .*longer than/,
    ],
    [
      'null for features',
      almost(at('serverInfo', (res) => res.end('null'))),
      /FAIL {2}tenancy: .*instead of MLflow's JSON/,
    ],
    [
      'half of its features',
      almost(at('serverInfo', (res) => res.end('{"workspaces_en'))),
      /FAIL {2}tenancy: /,
    ],
    [
      'a hanging search',
      almost(at('searchExperiments', () => {})),
      /FAIL {2}operation: a search for experiments failed: MLflow did not answer/,
    ],
    [
      'a broken store',
      almost(at('searchExperiments', (res) => res.writeHead(500).end('secret'))),
      /FAIL {2}operation: MLflow answered 500 .*database/,
    ],
    [
      'a connection that breaks during the survey',
      almost((path, res) => {
        if (!path.includes('/runs/')) return false;
        res.destroy();
        return true;
      }),
      /FAIL {2}surface: MLflow stopped answering/,
    ],
  ])('%s', async (_, answer, line) => {
    const { code, stdout, stderr } = await check(await listen(createServer(answer)));
    expect(stdout).toMatch(line);
    expect(stdout.split('\n').every((one) => one === '' || /^(?:ok {2}|warn|miss|FAIL) {2}/.test(one))).toBe(
      true,
    );
    expect([code, stderr, stdout.includes('secret')]).toEqual([1, '', false]);
  });

  test('reports a server that does not speak HTTP', async () => {
    const port = await listen(
      createTcpServer((socket) => void socket.on('error', () => {}).end('SSH-2.0-x\r\n')),
    );
    const { code, stdout, stderr } = await check(port);
    expect(stdout).toMatch(/FAIL {2}MLflow at .*not well-formed HTTP/);
    expect([code, stderr]).toEqual([1, '']);
  });

  test('reports the operations of an incomplete description', async () => {
    const { code, stdout } = await check(
      await listen(
        createServer(
          almost((path, res) => {
            if (path !== '/openapi.json') return false;
            res.end('{"paths":{"/x":null,"/y":3,"/looms":{"get":null}}}');
            return true;
          }),
        ),
      ),
    );
    expect(stdout).toMatch(/^miss {2}Looms .*; GET \/looms$/m);
    expect(code).toBe(4);
  });

  test('warns of a server that transfers no artifacts itself', async () => {
    const facts = '{"workspaces_enabled":false,"artifacts_presigned_only":true}';
    const { code, stdout } = await check(
      await listen(createServer(almost(at('serverInfo', (res) => res.end(facts))))),
    );
    expect(stdout).toMatch(/^warn {2}artifacts: .*--artifacts-presigned-only/m);
    expect(code).toBe(0);
  });

  test('reports a missing server, also as JSON', async () => {
    const { code, stdout, stderr } = await check('unix:/nowhere.sock', '--json');
    expect(JSON.parse(stdout)).toMatchObject({
      ok: false,
      findings: expect.arrayContaining([{ ok: false, what: expect.stringContaining('does not exist') }]),
    });
    expect([code, stderr]).toEqual([1, '']);
  });
});

/** An MLflow of this version with a page and a script, and a resource that the catalog lacks. No release of MLflow has either. */
const newer =
  (version: string, script: string): RequestListener =>
  (req, res) => {
    const path = req.url!.split('?', 1)[0]!;
    const json = (body: object): void =>
      void res.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    if (path === '/')
      res.end('<script src="static-files/static/js/main.js"></script><script src="https://x.example/y.js">');
    else if (path === '/static-files/static/js/main.js') res.end(script);
    else if (req.method === 'GET' && /\/mlflow\/looms(?:$|\/[^/]+(?:\/versions)?$)/.test(path)) json({});
    else
      almost((_, answer) => {
        if (path === pathOf('version')) answer.end(version);
        else if (req.method === 'OPTIONS' && path === pathOf('searchExperiments'))
          answer.writeHead(200, { allow: 'GET, OPTIONS' }).end();
        else return false;
        return true;
      })(req, res);
  };
const LOOMS = 'const s="ajax-api/3.0/mlflow/looms",p={path:"/weaving/looms"};';

describe('an MLflow that has more than the catalog', () => {
  test('newer than the catalog: prints the feature, its page and the remedy, and exits with 4', async () => {
    const { code, stdout } = await check(await listen(createServer(newer('99.1.0', LOOMS))));
    expect(stdout).toMatch(
      /^miss {2}Looms \(page \/weaving\/looms; pages and clients\): list, show, versions, and all that changes them; GET /m,
    );
    expect(stdout).toMatch(/^warn {2}version: 99\.1\.0 is newer than the newest that the gateway knows/m);
    expect(stdout).toMatch(/^warn {2}to do: .*Upgrade the gateway/m);
    expect(stdout).not.toContain('FAIL');
    expect(code).toBe(4);
  });

  test('newer, with nothing found: exits with 4, since new fields cannot be seen', async () => {
    const { code, stdout } = await check(await listen(createServer(newer('99.1.0', ''))));
    expect(stdout).not.toMatch(/^(?:miss|FAIL)/m);
    expect(stdout).toMatch(/^warn {2}to do: .*new fields of known operations/m);
    expect(code).toBe(4);
  });

  test('a surveyed version with a plugin: exits with 4; as JSON', async () => {
    const { code, stdout } = await check(
      await listen(createServer(newer(SURVEYED_VERSIONS[0]!, LOOMS))),
      '--json',
    );
    expect(JSON.parse(stdout)).toMatchObject({
      ok: true,
      newer: false,
      missing: [{ feature: 'Looms', page: '/weaving/looms', callers: 'pages and clients', whole: true }],
    });
    expect(code).toBe(4);
  });

  test('an older version, not surveyed, without anything new: exits with 0', async () => {
    const { code, stdout } = await check(await listen(createServer(newer('2.22.9', ''))));
    expect(stdout).toMatch(/^warn {2}version: 2\.22\.9 was not surveyed/m);
    expect([code, stdout.includes('to do:')]).toEqual([0, false]);
  });
});
