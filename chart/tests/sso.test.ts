/**
 * oauth2-proxy with the arguments of the chart, in front of a gateway: accepted tokens, and redirects to the sign-in page.
 * OAUTH2_PROXY names its binary.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { startStub } from '../../bench/contender.ts';
import { WORKSPACE } from '../../bench/shapes.ts';
import { type DemoIdp, startDemoIdp } from '../../dev/demo-idp.ts';
import { type GatewayProcess, startGateway } from '../../dev/gateway-process.ts';
import { type Fetch, fetcher } from '../../dev/http.ts';
import { freePort } from '../../dev/ports.ts';
import { type RunningProcess, startProcess } from '../../dev/process.ts';
import { one, render } from './helm.ts';

const BINARY = process.env.OAUTH2_PROXY;
const RUN = '/api/2.0/mlflow/runs/get?run_id=0f5c6d1b9a7e4c1f8d2b3a4958671c20';
const alice = { sub: 'alice', tenant_id: WORKSPACE, roles: ['contributor'] };

const SKIPPED = 'skipped unless OAUTH2_PROXY names its binary';

describe.skipIf(BINARY === undefined).each(['', '/team/ml.flow'])(
  `oauth2-proxy below %j (${SKIPPED})`,
  (prefix) => {
    const cookie = prefix === '' ? '__Host-mlflow' : '__Secure-mlflow';
    let dir: string;
    let idp: DemoIdp;
    let gateway: GatewayProcess;
    let proxy: RunningProcess;
    let fetch: Fetch;

    beforeAll(async () => {
      dir = mkdtempSync(join(tmpdir(), 'sso-'));
      idp = await startDemoIdp();
      const stub = await startStub(dir);
      const path = prefix === '' ? {} : { GW_PATH_PREFIX: prefix };
      const config = { GW_OIDC_ISSUER: idp.issuer, GW_OIDC_AUDIENCE: 'mlflow,mlflow-ui', ...path };
      gateway = await startGateway({
        dir,
        env: { ...config, GW_TARGET_BASE_URL: stub.unix, GW_TENANCY: 'workspaces' },
      });
      const sso = {
        enabled: true,
        publicUrl: `https://mlflow.example.com${prefix}`,
        clientId: 'mlflow-ui',
        existingSecret: 'sso',
      };
      const deployment = one(render({ config, sso }), 'Deployment', 'gw-mlflow-gateway-sso');
      const { args } = deployment.spec.template.spec.containers[0];
      const port = await freePort();
      proxy = await startProcess({
        name: 'oauth2-proxy',
        command: BINARY!,
        args: args.map((arg: string) =>
          arg
            .replace(/^--http-address=.*/, `--http-address=127.0.0.1:${port}`)
            .replace(/^--upstream=.*/, `--upstream=${gateway.address}/`),
        ),
        env: {
          OAUTH2_PROXY_CLIENT_SECRET: 'client-secret',
          OAUTH2_PROXY_COOKIE_SECRET: '0123456789abcdef0123456789abcdef',
        },
        log: join(dir, 'oauth2-proxy.log'),
      });
      const outside = fetcher(`http://127.0.0.1:${port}`);
      fetch = (path, init) => outside(`${prefix}${path}`, init);
      await vi.waitFor(
        async () => {
          if (proxy.gone() !== undefined) throw new Error(`it ${proxy.gone()}:\n${proxy.tail()}`);
          expect((await outside('/oauth2/ready')).status).toBe(200);
        },
        { timeout: 30_000, interval: 50 },
      );
    });

    afterAll(async () => {
      await Promise.all([proxy?.stop(), gateway?.stop(), idp?.stop()]);
      rmSync(dir, { recursive: true, force: true });
    });

    const bearer = async (claims: object, options?: { expiresIn: number }) => ({
      authorization: `Bearer ${await idp.token({ ...alice, ...claims }, options)}`,
    });

    test.each(['mlflow', 'mlflow-ui'])('accepts a client with its own token for %s', async (aud) => {
      const answer = await fetch(RUN, { headers: await bearer({ aud }) });
      expect(answer.status).toBe(200);
      expect(await answer.json()).toHaveProperty('run');
    });

    test('accepts a machine token without an e-mail address', async () => {
      const headers = await bearer({ aud: 'mlflow', sub: 'trainer' });
      expect((await fetch(RUN, { headers })).status).toBe(200);
    });

    test('passes on refusals of the gateway unchanged', async () => {
      const headers = await bearer({ aud: 'mlflow', roles: ['nothing'] });
      const answer = await fetch(RUN, { headers });
      expect(answer.status).toBe(403);
      expect(await answer.json()).toHaveProperty('reason', 'role_unrecognized');
    });

    test.each<[string, object, { expiresIn: number } | undefined]>([
      ['for somebody else', { aud: 'other' }, undefined],
      ['that has expired', { aud: 'mlflow' }, { expiresIn: -600 }],
    ])('refuses a token %s without a redirect', async (_what, claims, options) => {
      const { status } = await fetch(RUN, { headers: await bearer(claims, options) });
      expect(status).toBe(403);
    });

    test('answers 401 to a client without a token, on API paths', async () => {
      expect((await fetch(RUN)).status).toBe(401);
      expect((await fetch('/ajax-api/2.0/mlflow/experiments/search')).status).toBe(401);
    });

    test('redirects a browser to the provider, with PKCE, and back to the public URL', async () => {
      const answer = await fetch('/', { headers: { accept: 'text/html' } });
      expect(answer.status).toBe(302);
      const { searchParams } = new URL(answer.headers.get('location') ?? '', idp.issuer);
      expect(Object.fromEntries(searchParams)).toMatchObject({
        client_id: 'mlflow-ui',
        redirect_uri: `https://mlflow.example.com${prefix}/oauth2/callback`,
        response_type: 'code',
        code_challenge_method: 'S256',
        scope: 'openid email profile',
      });
      expect(answer.headers.get('set-cookie')).toMatch(
        new RegExp(`^${cookie}_csrf.*; Path=${prefix || '/'}; .*HttpOnly; Secure`),
      );
    });

    test('signing out ends the session', async () => {
      const answer = await fetch('/oauth2/sign_out', { headers: { cookie: `${cookie}=x` } });
      expect(answer.status).toBe(302);
      expect(answer.headers.get('set-cookie')).toMatch(
        new RegExp(`^${cookie}=; .*(Max-Age=0|Expires=)`, 'i'),
      );
    });

    test('no header replaces signing in', async () => {
      const headers = {
        'x-forwarded-user': 'alice',
        'x-forwarded-email': 'a@example.com',
        'x-auth-request-user': 'alice',
      };
      expect((await fetch(RUN, { headers })).status).toBe(401);
    });
  },
);
