import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { commandOutsideImage } from '../../build/image-command.ts';
import { CHILD_ENV } from '../../dev/child-env.ts';
import type { DemoIdp } from '../../dev/demo-idp.ts';
import { startGateway } from '../../dev/gateway-process.ts';
import { type MlflowServer, type MlflowServerOptions, startMlflow } from '../../dev/mlflow-server.ts';
import { freePort } from '../../dev/ports.ts';
import { startProcess } from '../../dev/process.ts';
import { type Contender, untilListening } from '../contender.ts';
import { FLASK_WTF, MLFLOW, OIDC_AUTH, type Peers } from './install.ts';

const HOST = '127.0.0.1';
const ROOT = join(import.meta.dirname, '../..');

/** The administrator that MLflow's basic-auth creates at its first start. */
export const ADMIN = { name: 'admin', password: 'administrator-of-the-benchmark' };

/** A server that answers for itself or for an MLflow behind it, and its process. */
export interface Started {
  readonly contender: Contender;
  stop(): Promise<void>;
}

/** A proxy of this repository, ten lines each. */
export function startNodeScript(
  name: string,
  script: 'bare-proxy.ts' | 'peers/node-proxy.ts',
  upstream: string,
  dir: string,
): Promise<Started> {
  const command = [process.execPath, fileURLToPath(new URL(`../${script}`, import.meta.url))];
  return startListening(name, dir, (port) => ({ command, args: [String(port), upstream], env: CHILD_ENV }));
}

/**
 * Starts oauth2-proxy as an API gateway: it verifies bearer tokens and passes the request on, with its usual log of requests.
 *
 * @see https://oauth2-proxy.github.io/oauth2-proxy/configuration/overview/
 */
export function startOauth2Proxy(
  name: string,
  peers: Peers,
  upstream: string,
  dir: string,
  idp: DemoIdp,
): Promise<Started> {
  return startListening(name, dir, (port) => ({
    command: [peers.oauth2Proxy],
    args: [
      '--provider=oidc',
      `--oidc-issuer-url=${idp.issuer}`,
      // The demo provider has no page to sign in, so that its discovery document lacks what a browser needs.
      '--skip-oidc-discovery=true',
      `--login-url=${idp.issuer}/authorize`,
      `--redeem-url=${idp.issuer}/token`,
      `--oidc-jwks-url=${idp.issuer}/jwks`,
      `--client-id=${idp.audience}`,
      '--client-secret=unused',
      '--cookie-secret=0123456789abcdef0123456789abcdef',
      '--email-domain=*',
      '--skip-jwt-bearer-tokens=true',
      `--upstream=${upstream}`,
      `--http-address=${HOST}:${port}`,
    ],
    env: { PATH: process.env.PATH },
  }));
}

/** Starts the released gateway: the bundle with the flags of the image, tokens, roles, tenants, audit log and metrics. */
export async function startBundledGateway(
  name: string,
  upstream: string,
  dir: string,
  idp: DemoIdp,
  tenancy: 'workspaces' | 'tags',
): Promise<Started> {
  const { port, pid, log, stop } = await startGateway({
    dir,
    command: commandOutsideImage(ROOT, {
      '/opt/mlflow-gateway': join(ROOT, 'dist'),
      '/run/mlflow': dir,
      '/var/log/mlflow-gateway': dir,
    }),
    env: {
      GW_TARGET_BASE_URL: upstream,
      GW_AUTH_MODE: 'oidc',
      GW_OIDC_ISSUER: idp.issuer,
      GW_OIDC_AUDIENCE: idp.audience,
      GW_TENANCY: tenancy,
      GW_METRICS_HOST: HOST,
      GW_METRICS_PORT: String(await freePort()),
    },
  });
  return { contender: { name, target: { host: HOST, port }, pid, log, groups: [pid] }, stop };
}

/** An MLflow without an app, one worker, on TCP. */
export function startPlainMlflow(dir: string, workspaces: boolean): Promise<MlflowServer> {
  return startMlflow({ ...COMMON, dir, workspaces });
}

/**
 * Starts MLflow's own app for names and passwords.
 *
 * @param options.cached also remembers verified passwords for a minute, which is off by default
 * @param options.others what a user may do with what others created; MLflow ships `READ`
 * @see https://mlflow.org/docs/latest/self-hosting/security/basic-http-auth
 */
export function startBasicAuth(
  dir: string,
  options: { readonly cached: boolean; readonly others: 'READ' | 'NO_PERMISSIONS' },
): Promise<MlflowServer> {
  const configuration = `${dir}.ini`;
  writeFileSync(
    configuration,
    `[mlflow]
default_permission = ${options.others}
database_uri = sqlite:///${dir}.users.db
admin_username = ${ADMIN.name}
authorization_function = mlflow.server.auth:authenticate_request_basic_auth
auth_cache_ttl_seconds = ${options.cached ? 60 : 0}
`,
  );
  return startMlflow({
    ...COMMON,
    dir,
    extras: [FLASK_WTF],
    extraArgs: ['--app-name', 'basic-auth'],
    env: {
      MLFLOW_AUTH_CONFIG_PATH: configuration,
      MLFLOW_AUTH_ADMIN_PASSWORD: ADMIN.password,
      MLFLOW_FLASK_SERVER_SECRET_KEY: 'a key for the benchmark',
    },
  });
}

/**
 * Starts mlflow-oidc-auth with bearer tokens, and the configuration that its documentation calls security-first: no access without
 * a permission.
 *
 * @see https://mlflow-oidc.github.io/mlflow-oidc-auth/#/configuration
 */
export function startOidcAuth(dir: string, idp: DemoIdp): Promise<MlflowServer> {
  return startMlflow({
    ...COMMON,
    dir,
    extras: [OIDC_AUTH],
    extraArgs: ['--app-name', 'oidc-auth'],
    env: {
      OIDC_DISCOVERY_URL: `${idp.issuer}/.well-known/openid-configuration`,
      OIDC_CLIENT_ID: idp.audience,
      OIDC_CLIENT_SECRET: 'unused',
      OIDC_AUDIENCE: idp.audience,
      OIDC_ISSUER: idp.issuer,
      OIDC_PROVISION_ON_BEARER_AUTH: 'true',
      OIDC_GROUP_NAME: 'team-a,team-b',
      OIDC_USERS_DB_URI: `sqlite:///${dir}.users.db`,
      SECRET_KEY: 'a key for the benchmark',
      DEFAULT_MLFLOW_PERMISSION: 'NO_PERMISSIONS',
    },
  });
}

/** One worker each: several share kept-alive connections on TCP unevenly, which docs/benchmarks.md measures apart. */
const COMMON = { version: MLFLOW, workers: 1, listen: { port: 0 } } satisfies Partial<MlflowServerOptions>;

async function startListening(
  name: string,
  dir: string,
  how: (port: number) => {
    readonly command: readonly string[];
    readonly args: readonly string[];
    readonly env: Readonly<Record<string, string | undefined>>;
  },
): Promise<Started> {
  const port = await freePort();
  const {
    command: [program, ...first],
    args,
    env,
  } = how(port);
  const child = await startProcess({
    name,
    command: program!,
    args: [...first, ...args],
    env,
    log: join(dir, `${port}.log`),
  });
  await untilListening(child, port, name);
  const { pid, log, stop } = child;
  return { contender: { name, target: { host: HOST, port }, pid, log, groups: [pid] }, stop };
}
