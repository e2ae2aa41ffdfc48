import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DemoIdp, startDemoIdp } from '../../dev/demo-idp.ts';
import { DEMO_GRANTS, demoUsers } from '../../dev/demo-users.ts';
import { type GatewayProcess, startGateway } from '../../dev/gateway-process.ts';
import { type Fetch, fetcher } from '../../dev/http.ts';
import { type MlflowServer, type MlflowServerOptions, startMlflow } from '../../dev/mlflow-server.ts';
import { found } from '../../dev/waiting.ts';
import { hasWorkspaces, listenOf, mlflowVersion } from './mlflow-version.ts';
import type { SharedMlflow } from './shared-mlflow.ts';

const AUDIT_WAIT_MS = 15_000;

export type AuthMode = 'oidc' | 'off';
export type Role = 'viewer' | 'contributor' | 'admin';

export interface StackOptions {
  /** `oidc` has a demo identity provider; `off` trusts `X-Tenant`. */
  readonly auth: AuthMode;
  /** Default true. False starts an MLflow of its own, without workspaces. */
  readonly workspaces?: boolean;
  /** The gateway's configuration on top of what the stack sets; an empty string counts as not set. */
  readonly env?: Readonly<Record<string, string>>;
  /**
   * Workspaces to make in MLflow before the gateway starts. Default `team-a` and `team-b`. They are as written,
   * and shared by all files of a run: use `unique()` where a test counts things.
   */
  readonly tenants?: readonly string[];
  /** Starts an MLflow of its own with these options (`{ workers: 4 }`, `{ listen: { port: 0 } }`, `{ version }`). */
  readonly mlflow?: Partial<Omit<MlflowServerOptions, 'dir' | 'workspaces'>>;
  /**
   * The gateway reads tenants from lists and from groups `mlflow-TENANT-ROLE`, by an identity file in place of the short variables.
   * Only with `oidc`.
   */
  readonly severalTenants?: boolean;
  /** How the gateway is run; default: this checkout's sources. */
  readonly command?: readonly string[];
}

/** One line of the audit log. */
export type AuditLine = Readonly<Record<string, unknown>> & {
  readonly request_id: string;
  readonly decision: 'allow' | 'deny' | 'error';
  readonly reason: string;
  readonly status_code: number;
};

export interface Stack {
  readonly auth: AuthMode;
  /** `http://127.0.0.1:port`. */
  readonly gateway: GatewayProcess;
  readonly mlflow: SharedMlflow;
  /** Only in oidc mode; in off mode reading it throws. */
  readonly idp: DemoIdp;
  /** Scratch space, removed by `stop`. */
  readonly dir: string;
  /** To the gateway, without credentials. */
  readonly anonymous: Fetch;
  /**
   * To the gateway, as a caller of a tenant: with a token in oidc mode, with `X-Tenant` and `X-Subject` in off
   * mode, where every caller has the gateway's one role (`GW_DEV_ROLE`, else admin) and `role` changes only the
   * subject. Default role: contributor.
   */
  as(tenant: string, role?: Role): Fetch;
  /** To the gateway, as an admin of several tenants who chooses one of them by the header, or none. */
  asMemberOf(tenants: readonly string[], chosen?: string): Fetch;
  /** The headers that `as` sends. */
  headersFor(tenant: string, role?: Role): Promise<Record<string, string>>;
  /** The environment that makes MLflow's Python client a caller of a tenant (see e2e/clients/scripts/session.py). */
  clientEnv(tenant: string, role?: Role): Promise<Record<string, string>>;
  /** Straight to MLflow, in the given workspace. */
  direct(workspace?: string): Fetch;
  /** Every audit line so far. */
  audit(): AuditLine[];
  /** The audit line of a response, waited for up to 15 s. @throws {Error} when there is no line, or more than one */
  auditOf(answer: Response): Promise<AuditLine>;
  /** Stops what this stack started. The shared MLflow stays. */
  stop(): Promise<void>;
}

/**
 * Starts a real MLflow, a demo identity provider, and the gateway of this checkout as a separate process on a free port.
 *
 * The MLflow is the shared one of the run (global-setup.ts) unless `workspaces: false` or `mlflow` requires another.
 * Nothing of the caller's environment configures any of the three. Fetches are dev/http.ts's: the path is sent as
 * written, the answer is a `Response`.
 *
 * @throws {Error} when something does not start; the message ends with its log. What had started is stopped.
 * @example
 * const stack = await startStack({ auth: 'oidc' });
 * const made = await stack.as('team-a')('/api/2.0/mlflow/experiments/create', { json: { name: 'x' } });
 * expect((await stack.auditOf(made)).tenant).toBe('team-a');
 * await stack.stop();
 */
export async function startStack(options: StackOptions): Promise<Stack> {
  const { auth, workspaces = true, tenants = ['team-a', 'team-b'] } = options;
  const dir = mkdtempSync(join(tmpdir(), 'stack-'));
  const cleanup: (() => Promise<void> | void)[] = [() => rmSync(dir, { recursive: true, force: true })];
  const stop = async (): Promise<void> => {
    for (const step of cleanup.splice(0).reverse()) await step();
  };
  try {
    const mlflow = await findMlflow(options, dir, cleanup);
    const direct = (workspace?: string): Fetch =>
      fetcher(mlflow.address, workspace === undefined ? {} : { 'x-mlflow-workspace': workspace });
    if (workspaces) await makeWorkspaces(direct(), tenants, options.mlflow?.staticPrefix);
    const idp =
      auth === 'oidc' ? await startDemoIdp({ users: demoUsers(tenants[0], tenants[1]) }) : undefined;
    if (idp) cleanup.push(() => idp.stop());
    const { command } = options;
    const gateway = await startGateway({
      dir,
      env: gatewayEnv(options, mlflow, idp, dir),
      ...(command === undefined ? {} : { command }),
    });
    cleanup.push(() => gateway.stop());
    const prefix = options.env?.GW_PATH_PREFIX ?? '';
    return makeStack({ auth, dir, mlflow, idp, gateway, prefix, direct, stop });
  } catch (error) {
    await stop();
    throw error;
  }
}

let serial = 0;

/** A name that nothing else in this test run uses; good as a tenant, an experiment or a model. */
export function unique(prefix: string): string {
  return `${prefix}-${process.pid.toString(36)}-${Date.now().toString(36)}-${++serial}`;
}

async function findMlflow(
  options: StackOptions,
  dir: string,
  cleanup: (() => Promise<void> | void)[],
): Promise<SharedMlflow> {
  const { workspaces = true } = options;
  const version = options.mlflow?.version ?? mlflowVersion();
  if (workspaces && !hasWorkspaces(version))
    throw new Error(`MLflow ${version} has no workspaces, which exist from 3.10; use workspaces: false`);
  // Imported only here: Playwright's suites use stacks too, each with an MLflow of its own.
  if (workspaces && options.mlflow === undefined) return (await import('vitest')).inject('mlflow');
  const own: MlflowServer = await startMlflow({
    listen: listenOf(version),
    ...options.mlflow,
    version,
    dir: join(dir, 'mlflow'),
    workspaces,
  });
  cleanup.push(() => own.stop());
  return own;
}

/**
 * Creates the workspaces that do not exist.
 *
 * @throws {Error} when MLflow does not create one, with its response.
 * @example
 * await makeWorkspaces(mlflow.fetch, ['team-a']);
 */
export async function makeWorkspaces(mlflow: Fetch, names: readonly string[], prefix = ''): Promise<void> {
  for (const name of names) {
    const made = await mlflow(`${prefix}/api/3.0/mlflow/workspaces`, { json: { name } });
    if (made.ok) continue;
    const text = await made.text();
    if (!text.includes('RESOURCE_ALREADY_EXISTS'))
      throw new Error(`MLflow did not create workspace ${name}: ${text}`);
  }
}

function gatewayEnv(
  options: StackOptions,
  mlflow: SharedMlflow,
  idp: DemoIdp | undefined,
  dir: string,
): Record<string, string> {
  const several = idp !== undefined && options.severalTenants === true;
  const env: Record<string, string> = {
    GW_TARGET_BASE_URL: mlflow.address,
    GW_UPSTREAM_PATH_PREFIX: options.mlflow?.staticPrefix ?? '',
    ...(idp
      ? { GW_AUTH_MODE: 'oidc', GW_OIDC_ISSUER: idp.issuer, GW_OIDC_AUDIENCE: idp.audience }
      : { GW_AUTH_MODE: 'off' }),
    ...options.env,
    ...(several ? identityEnv(idp, options.env ?? {}, dir) : {}),
  };
  return Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
}

/** The variables of an issuer whose tokens may grant several tenants. */
function identityEnv(
  idp: DemoIdp,
  env: Readonly<Record<string, string>>,
  dir: string,
): Record<string, string> {
  const platformAdmin = env.GW_RBAC_PLATFORM_ADMIN_ALIASES;
  const tolerance = env.GW_OIDC_CLOCK_TOLERANCE_SECONDS;
  const file = join(dir, 'identity.json');
  const issuer = {
    issuer: idp.issuer,
    audience: [idp.audience],
    grants: DEMO_GRANTS,
    ...(platformAdmin === undefined
      ? {}
      : { platformAdmins: { claims: ['roles'], values: [platformAdmin] } }),
    ...(tolerance === undefined ? {} : { clockToleranceSeconds: Number(tolerance) }),
  };
  writeFileSync(file, JSON.stringify({ issuers: [issuer] }));
  return {
    GW_IDENTITY_FILE: file,
    GW_OIDC_ISSUER: '',
    GW_OIDC_AUDIENCE: '',
    GW_RBAC_PLATFORM_ADMIN_ALIASES: '',
    GW_OIDC_CLOCK_TOLERANCE_SECONDS: '',
  };
}

interface Parts {
  readonly auth: AuthMode;
  readonly dir: string;
  readonly mlflow: SharedMlflow;
  readonly idp: DemoIdp | undefined;
  readonly gateway: GatewayProcess;
  readonly prefix: string;
  readonly direct: Stack['direct'];
  readonly stop: () => Promise<void>;
}

function makeStack(parts: Parts): Stack {
  const { auth, dir, mlflow, idp, gateway, prefix, direct, stop } = parts;
  const requireIdp = (): DemoIdp => {
    if (!idp) throw new Error('there is no identity provider in mode off');
    return idp;
  };
  const subject = (tenant: string, role: Role): string => `${tenant}-${role}`;
  const token = (tenant: string, role: Role): Promise<string> =>
    requireIdp().token({ sub: subject(tenant, role), tenant_id: tenant, roles: [role] });

  const fetchWith = (headers: Promise<Record<string, string>>): Fetch => {
    // A test may end before it uses the headers; that must not become an unhandled rejection.
    headers.catch(() => {});
    return async (path, init = {}) =>
      gateway.fetch(path, { ...init, headers: { ...(await headers), ...init.headers } });
  };

  const asMemberOf = (tenants: readonly string[], chosen?: string): Fetch => {
    const claims = { sub: `${tenants.join('-')}-admin`, tenant_id: tenants, roles: ['admin'] };
    return fetchWith(
      requireIdp()
        .token(claims)
        .then((made) => ({
          authorization: `Bearer ${made}`,
          ...(chosen === undefined ? {} : { 'x-mlflow-workspace': chosen }),
        })),
    );
  };

  const headersFor = async (tenant: string, role: Role = 'contributor'): Promise<Record<string, string>> =>
    auth === 'oidc'
      ? { authorization: `Bearer ${await token(tenant, role)}` }
      : { 'x-tenant': tenant, 'x-subject': subject(tenant, role) };

  const as = (tenant: string, role: Role = 'contributor'): Fetch => fetchWith(headersFor(tenant, role));

  const clientEnv = async (tenant: string, role: Role = 'contributor'): Promise<Record<string, string>> => ({
    MLFLOW_TRACKING_URI: `${gateway.address}${prefix}`,
    ...(auth === 'oidc'
      ? { MLFLOW_TRACKING_TOKEN: await token(tenant, role) }
      : { GATEWAY_TENANT: tenant, GATEWAY_SUBJECT: subject(tenant, role) }),
  });

  const audit = (): AuditLine[] =>
    existsSync(gateway.auditFile)
      ? readFileSync(gateway.auditFile, 'utf8')
          .split('\n')
          // The last piece is empty, or a line that is still being written.
          .slice(0, -1)
          .map((line) => JSON.parse(line) as AuditLine)
      : [];

  const auditOf = async (answer: Response): Promise<AuditLine> => {
    const id = answer.headers.get('x-request-id');
    if (id === null) throw new Error('the response has no X-Request-ID');
    return found(
      `an audit line for request ${id}`,
      () => {
        const lines = audit().filter((line) => line.request_id === id);
        if (lines.length > 1) throw new Error(`${lines.length} audit lines for request ${id}`);
        return lines[0];
      },
      { timeoutMs: AUDIT_WAIT_MS, everyMs: 20 },
    );
  };

  return {
    auth,
    gateway,
    mlflow,
    get idp() {
      return requireIdp();
    },
    dir,
    anonymous: gateway.fetch,
    as,
    asMemberOf,
    headersFor,
    clientEnv,
    direct,
    audit,
    auditOf,
    stop,
  };
}
