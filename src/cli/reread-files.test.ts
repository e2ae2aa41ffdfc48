import { once } from 'node:events';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { type GatewayProcess, startGateway } from '../../dev/gateway-process.ts';
import { freePort } from '../../dev/ports.ts';
import { eventually } from '../../dev/waiting.ts';
import { createSigner, sign } from '../identity/testing/provider.ts';
import { readSamples, sampleValue } from '../metrics/testing.ts';
import { callOperation } from '../mlflow/call.ts';

const ISSUER = 'https://idp.example/realms/ml';
const SERVER_INFO = callOperation('serverInfo').paths[0];
const SEARCH = callOperation('searchExperiments').paths[0];
const CREATE = '/api/2.0/mlflow/experiments/create';
const UPLOAD = '/api/2.0/mlflow-artifacts/artifacts/1/weights.bin';

interface Running {
  readonly gateway: GatewayProcess;
  readonly dir: string;
  readonly metricsPort: number;
  writeIdentity(identity: (jwk: unknown, dir: string) => unknown): Promise<void>;
  /** Creates an experiment with an opaque token, or with one of `claims`. The same claims have the same token, which is cached. */
  create(
    claimsOrToken?: Record<string, unknown> | string,
  ): Promise<{ status: number; reason: string | undefined }>;
  /** The token that `create` sends for these claims. */
  tokenOf(claims?: Record<string, unknown>): Promise<string>;
  /** The text of all uploads so far, as MLflow has received it. */
  uploaded(): string;
}

/** The real process, with tokens of an issuer whose keys are inline, in front of a server that answers like an MLflow. */
async function start(files: {
  policy: unknown;
  denyList: unknown;
  /** The identity file, in place of the short variables; gets the public key and the folder of the files. */
  identity?: (jwk: unknown, dir: string) => unknown;
}): Promise<Running> {
  let uploaded = '';
  const server = createServer((req, res) => {
    const path = req.url?.split('?', 1)[0];
    res.setHeader('content-type', 'application/json');
    if (req.method === 'PUT')
      req
        .setEncoding('utf8')
        .on('data', (text) => {
          uploaded += text;
        })
        .on('end', () => res.end('{}'));
    else if (path === SERVER_INFO) res.end('{"workspaces_enabled":true}');
    else if (path?.endsWith('/experiments/create')) res.end('{"experiment_id":"1"}');
    else if (path?.includes('/workspaces/')) res.end('{"workspace":{"name":"team-a"}}');
    else res.end(path === SEARCH ? '{}' : 'OK');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const dir = await mkdtemp(join(tmpdir(), 'reread-'));
  await writeFile(join(dir, 'policy.json'), JSON.stringify(files.policy));
  await writeFile(join(dir, 'deny-list.json'), JSON.stringify(files.denyList));
  const signer = await createSigner('k');
  const short = {
    GW_OIDC_ISSUER: ISSUER,
    GW_OIDC_AUDIENCE: 'mlflow',
    GW_JWKS_JSON: JSON.stringify({ keys: [signer.jwk] }),
  };
  const identityFile = join(dir, 'identity.json');
  const writeIdentity = (identity: NonNullable<typeof files.identity>): Promise<void> =>
    writeFile(identityFile, JSON.stringify(identity(signer.jwk, dir)));
  if (files.identity !== undefined) await writeIdentity(files.identity);
  const metricsPort = await freePort();
  const gateway = await startGateway({
    dir,
    env: {
      ...(files.identity === undefined ? short : { GW_IDENTITY_FILE: identityFile }),
      GW_TENANCY: 'workspaces',
      GW_TARGET_BASE_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      GW_UPSTREAM_CONNECTIONS: 'keepalive',
      GW_RBAC_POLICY_FILE: join(dir, 'policy.json'),
      GW_DENY_LIST_FILE: join(dir, 'deny-list.json'),
      GW_METRICS_PORT: String(metricsPort),
      GW_METRICS_HOST: '127.0.0.1',
    },
  });
  onTestFinished(async () => {
    await gateway.stop();
    server.closeAllConnections();
    server.close();
    await rm(dir, { recursive: true });
  });
  const now = Math.floor(Date.now() / 1_000);
  const standard = { iss: ISSUER, aud: 'mlflow', sub: 'alice', jti: 'id-1', iat: now - 5, exp: now + 900 };
  const tokens = new Map<string, string>();
  const tokenOf = async (claims: Record<string, unknown> = {}): Promise<string> => {
    const key = JSON.stringify(claims);
    const all = { ...standard, tenant_id: 'team-a', roles: ['ml-crew'], ...claims };
    const token = tokens.get(key) ?? (await sign(signer, all));
    tokens.set(key, token);
    return token;
  };
  const create: Running['create'] = async (claims = {}) =>
    createWith(typeof claims === 'string' ? claims : await tokenOf(claims));
  const createWith = async (token: string): ReturnType<Running['create']> => {
    const answer = await gateway.fetch(CREATE, {
      method: 'POST',
      json: { name: 'x' },
      headers: { authorization: `Bearer ${token}` },
    });
    const body = (await answer.json()) as { reason?: string };
    return { status: answer.status, reason: body.reason };
  };
  return { gateway, dir, metricsPort, create, writeIdentity, tokenOf, uploaded: () => uploaded };
}

/** `ml-crew` means this role. */
const policyOf = (permissions: string[]) => ({ roles: { crew: { permissions, aliases: ['ml-crew'] } } });

const soon = (check: () => Promise<void>) => eventually('the change is in use', check, { everyMs: 100 });

test('a change of the roles file applies without a restart, to a cached token too', async () => {
  const { dir, create } = await start({ policy: policyOf(['*:read']), denyList: { denied: [] } });
  expect(await create()).toEqual({ status: 403, reason: 'role_insufficient' });
  await writeFile(join(dir, 'policy.json'), JSON.stringify(policyOf(['*:read', '*:write'])));
  await soon(async () => expect(await create()).toEqual({ status: 200, reason: undefined }));
  // The word in the token means no role any more: the cached principal must not keep the role.
  await writeFile(
    join(dir, 'policy.json'),
    JSON.stringify({ roles: { crew: { permissions: ['*:write'] } } }),
  );
  await soon(async () => expect(await create()).toEqual({ status: 403, reason: 'role_unrecognized' }));
});

/** Milliseconds from the last write of the file until its contents are in use, by the gateway's log. */
async function delayOf({ gateway, dir }: Running, file: string): Promise<number> {
  const { mtimeMs } = await stat(join(dir, file));
  const lines = (await readFile(gateway.log, 'utf8'))
    .split('\n')
    .filter((line) => line.includes('is in use'));
  const used = lines.map((line) => JSON.parse(line)).filter(({ path }) => path === join(dir, file));
  return Date.parse(used.at(-1)?.time) - mtimeMs;
}

test('a deny list applies without a restart, to a cached token too, and the audit line names the caller', async () => {
  const running = await start({ policy: policyOf(['*:write']), denyList: { denied: [] } });
  const { gateway, dir, create } = running;
  const write = (...denied: object[]) =>
    writeFile(
      join(dir, 'deny-list.json'),
      JSON.stringify({ denied: denied.map((one) => ({ issuer: ISSUER, ...one })) }),
    );
  const allowed = { status: 200, reason: undefined };
  const denied = { status: 401, reason: 'token_denied' };
  expect(await create()).toEqual(allowed);
  await write({ tokenId: 'id-1' });
  await soon(async () => expect(await create()).toEqual(denied));
  expect(await delayOf(running, 'deny-list.json')).toBeLessThan(5_000);
  expect(await create({ jti: 'id-2' })).toEqual(allowed);
  await write({ subject: 'alice', comment: 'left the company' });
  await soon(async () => expect(await create({ jti: 'id-2' })).toEqual(denied));
  expect(await delayOf(running, 'deny-list.json')).toBeLessThan(5_000);
  expect(await create({ sub: 'bob' })).toEqual(allowed);
  await write({ issuedBefore: new Date().toISOString() });
  await soon(async () => expect(await create({ sub: 'bob' })).toEqual(denied));
  expect(await create({ sub: 'carol', iat: undefined })).toEqual(denied);
  expect(await create({ sub: 'carol', iat: Math.ceil(Date.now() / 1_000) })).toEqual(allowed);
  await write();
  await soon(async () => expect(await create()).toEqual(allowed));
  await gateway.stop();
  const lines = (await readFile(gateway.auditFile, 'utf8'))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  const refused = lines.filter(({ reason }) => reason === 'token_denied');
  expect(refused.map(({ subject }) => subject)).toEqual(expect.arrayContaining(['alice', 'bob', 'carol']));
  expect(refused[0]).toMatchObject({
    issuer: ISSUER,
    subject: 'alice',
    tenant: null,
    decision: 'deny',
    status_code: 401,
    resources: [],
  });
});

test('an upload that has begun is not cut off when its caller is denied, and the next one is refused', async () => {
  const { gateway, dir, create, tokenOf, uploaded } = await start({
    policy: policyOf(['*:write']),
    denyList: { denied: [] },
  });
  const headers = { authorization: `Bearer ${await tokenOf()}`, 'content-type': 'application/octet-stream' };
  /** Sends one half, does something, and sends the other half. */
  const upload = async (between: () => Promise<void>): Promise<number | undefined> => {
    const sending = request({ host: '127.0.0.1', port: gateway.port, method: 'PUT', path: UPLOAD, headers });
    const answer = once(sending, 'response') as Promise<[IncomingMessage]>;
    answer.catch(() => {});
    sending.write('one half, ');
    await between();
    sending.end('the other half');
    const [response] = await answer;
    response.resume();
    return response.statusCode;
  };
  const deny = async (): Promise<void> => {
    await eventually('the first half at MLflow', () => expect(uploaded()).toBe('one half, '));
    const denied = [{ issuer: ISSUER, subject: 'alice' }];
    await writeFile(join(dir, 'deny-list.json'), JSON.stringify({ denied }));
    await soon(async () => expect(await create()).toEqual({ status: 401, reason: 'token_denied' }));
  };
  expect(await upload(deny)).toBe(200);
  expect(uploaded()).toBe('one half, the other half');
  expect(await upload(async () => {})).toBe(401);
  expect(uploaded()).toBe('one half, the other half');
  await gateway.stop();
  const lines = (await readFile(gateway.auditFile, 'utf8')).trim().split('\n');
  const uploads = lines.map((line) => JSON.parse(line)).filter(({ path }) => path === UPLOAD);
  expect(uploads.map(({ decision, reason }) => [decision, reason])).toEqual([
    ['allow', expect.anything()],
    ['deny', 'token_denied'],
  ]);
});

test('a wrong file keeps the last good one in use, with a report in the log, /readyz and a metric', async () => {
  const { gateway, dir, metricsPort, create } = await start({
    policy: policyOf(['*:write']),
    denyList: { denied: [{ issuer: ISSUER, subject: 'mallory' }] },
  });
  const ready = async () => {
    const answer = await gateway.fetch('/readyz');
    return { status: answer.status, body: (await answer.json()) as { status: string; details?: string[] } };
  };
  const unusable = async (file: string) => {
    const answer = await fetch(`http://127.0.0.1:${metricsPort}/metrics`);
    return sampleValue(readSamples(await answer.text()), 'mlflow_gateway_file_unusable', { file });
  };
  expect(await ready()).toEqual({ status: 200, body: { status: 'ok' } });
  expect([await unusable('deny_list'), await unusable('policy')]).toEqual([0, 0]);
  await writeFile(join(dir, 'deny-list.json'), '{"denied":[{"issuer":"x"},{"subject":"secret-name"}]}');
  await soon(async () => expect((await ready()).body.details).toHaveLength(1));
  const { status, body } = await ready();
  expect(status).toBe(200);
  expect(body.status).toBe('ok');
  // Anyone may read it, so it has nothing of the file.
  expect(body.details?.[0]).toMatch(
    /^GW_DENY_LIST_FILE is unusable since [-\dT:.]+Z; its contents of [-\dT:.]+Z are in use\. The log has the errors\.$/,
  );
  expect([await unusable('deny_list'), await unusable('policy')]).toEqual([1, 0]);
  expect(await create({ sub: 'mallory' })).toEqual({ status: 401, reason: 'token_denied' });
  expect((await create()).status).toBe(200);
  expect(await (await gateway.fetch('/healthz')).json()).toEqual({ status: 'ok' });
  await writeFile(join(dir, 'deny-list.json'), '{"denied":[]}');
  await soon(async () => expect(await ready()).toEqual({ status: 200, body: { status: 'ok' } }));
  expect((await create({ sub: 'mallory' })).status).toBe(200);
  expect(await unusable('deny_list')).toBe(0);
  const log = await readFile(gateway.log, 'utf8');
  expect(log.match(/a changed file cannot be used/g)).toHaveLength(1);
  expect(log).toContain('denied[1].issuer');
});

/** One issuer of an identity file. `team` of the table is admin. */
const issuerOf = (jwk: unknown, more: object = {}, grants: object[] = []) => ({
  issuer: ISSUER,
  audience: ['mlflow'],
  keys: { jwks: { keys: [jwk] } },
  grants: [{ tenantClaim: 'tenant_id', roleClaims: ['roles'] }, ...grants],
  ...more,
});

test('a change of the identity file applies without a restart, to a cached token too', async () => {
  const { gateway, dir, create, writeIdentity } = await start({
    policy: policyOf(['*:read']),
    denyList: { denied: [] },
    identity: (jwk) => ({ issuers: [issuerOf(jwk)] }),
  });
  expect(await create()).toEqual({ status: 403, reason: 'role_insufficient' });
  const groups = { groups: 'roles', table: { 'ml-crew': [{ tenant: 'team-a', role: 'admin' }] } };
  await writeIdentity((jwk) => ({ issuers: [issuerOf(jwk, {}, [groups])] }));
  await soon(async () => expect((await create()).status).toBe(200));
  // Another audience: the cached token is none of this gateway any more.
  await writeIdentity((jwk) => ({ issuers: [issuerOf(jwk, { audience: ['other'] })] }));
  await soon(async () => expect(await create()).toEqual({ status: 401, reason: 'token_invalid' }));
  await writeIdentity((jwk) => ({ issuers: [issuerOf(jwk, { issuer: 'https://other.example' })] }));
  await soon(async () =>
    expect(await create({ iss: 'https://other.example', aud: 'mlflow' })).toEqual({
      status: 403,
      reason: 'role_insufficient',
    }),
  );
  expect(await create()).toEqual({ status: 401, reason: 'token_invalid' });
  // A role that the roles file does not have yet: the identity file waits for it.
  const named = { groups: 'roles', table: { 'ml-crew': [{ tenant: 'team-a', role: 'builder' }] } };
  await writeIdentity((jwk) => ({ issuers: [issuerOf(jwk, {}, [named])] }));
  await soon(async () =>
    expect(await (await gateway.fetch('/readyz')).json()).toMatchObject({
      details: [expect.stringContaining('GW_IDENTITY_FILE')],
    }),
  );
  await writeFile(
    join(dir, 'policy.json'),
    JSON.stringify({ roles: { builder: { permissions: ['*:write'] } } }),
  );
  await expect.poll(async () => (await create()).status).toBe(200);
  expect(await (await gateway.fetch('/readyz')).json()).toEqual({ status: 'ok' });
});

test('opaque tokens are introspected, cached for their time, and can be denied', async () => {
  const now = Math.floor(Date.now() / 1_000);
  let asked = 0;
  let active = true;
  const endpoint = createServer(async (req, res) => {
    asked++;
    const chunks: Buffer[] = [];
    for await (const chunk of req) chunks.push(chunk as Buffer);
    const token = new URLSearchParams(Buffer.concat(chunks).toString()).get('token');
    const known = {
      iss: ISSUER,
      aud: 'mlflow',
      sub: token,
      exp: now + 900,
      tenant_id: 'team-a',
      roles: ['contributor'],
    };
    res.setHeader('content-type', 'application/json');
    res.end(JSON.stringify(active ? { active, ...known } : { active }));
  });
  endpoint.listen(0, '127.0.0.1');
  await once(endpoint, 'listening');
  onTestFinished(() => void endpoint.close());
  const uri = `http://127.0.0.1:${(endpoint.address() as AddressInfo).port}/introspect`;
  const { dir, create } = await start({
    policy: { roles: {} },
    denyList: { denied: [] },
    identity: (jwk, folder) => ({
      issuers: [
        issuerOf(jwk, {
          introspection: {
            uri,
            clientId: 'gateway',
            clientSecretFile: join(folder, 'secret'),
            cacheSeconds: 300,
          },
        }),
      ],
    }),
  });
  // The file is read when it is needed.
  await writeFile(join(dir, 'secret'), 'demo-secret');
  expect((await create('opaque-alice')).status).toBe(200);
  expect((await create('opaque-alice')).status).toBe(200);
  expect(asked).toBe(1);
  active = false;
  expect(await create('opaque-bob')).toEqual({ status: 401, reason: 'token_inactive' });
  expect((await create('opaque-alice')).status).toBe(200);
  const denied = [{ issuer: ISSUER, subject: 'opaque-alice' }];
  await writeFile(join(dir, 'deny-list.json'), JSON.stringify({ denied }));
  await soon(async () =>
    expect(await create('opaque-alice')).toEqual({ status: 401, reason: 'token_denied' }),
  );
  expect(asked).toBe(2);
});
