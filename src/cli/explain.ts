import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { makeRoles } from '../assemble/identity-files.ts';
import { assemble } from '../assemble.ts';
import { collectAudit } from '../audit/collect-audit.ts';
import type { AuditEntry } from '../audit/entry.ts';
import { makeServer } from '../http/server.ts';
import { WORKSPACE_HEADER } from '../http/workspace-header.ts';
import { DryRunUpstream, type RecordedRequest } from '../mlflow/dry-run-upstream.ts';
import { createLogger } from '../telemetry/log.ts';
import { describeQuestion } from '../tenancy/describe-question.ts';
import type { Question } from '../tenancy/question.ts';
import { explainToken, KEYS_TIMEOUT_MS, readToken, tokenLines } from './explain-token.ts';
import { type ExplainedValue, explainValues, type VerifiedClaims, valueLines } from './explained-values.ts';
import { CliError, loadAll } from './load.ts';
import { printOut } from './output.ts';

export interface ExplainOptions {
  /** Without method and path, the token alone is explained. */
  readonly method?: string | undefined;
  readonly path?: string | undefined;
  readonly tenant?: string | undefined;
  readonly role?: string | undefined;
  readonly subject?: string | undefined;
  /** `-`: from standard input. */
  readonly token?: string | undefined;
  readonly tokenFile?: string | undefined;
  readonly body?: string | undefined;
  readonly workspace?: string | undefined;
  readonly json: boolean;
}

/** The options with a request, and with the token itself. */
interface RequestOptions extends Omit<ExplainOptions, 'tokenFile'> {
  readonly method: string;
  readonly path: string;
}

/**
 * Explains a request or, without method and path, a token.
 *
 * @returns the exit code: 0 allowed, 3 denied
 * @throws CliError for options that do not belong together
 */
export async function explain(env: NodeJS.ProcessEnv, options: ExplainOptions): Promise<number> {
  const { method, path, tokenFile, json } = options;
  const callers = [options.token, tokenFile, options.tenant].filter((one) => one !== undefined);
  if (callers.length !== 1)
    throw new CliError(
      'explain needs either --token or --tenant, or --token-file\nTry: mlflow-gateway --help',
      2,
    );
  if (method !== undefined && path !== undefined) {
    const token = readToken(options.token, tokenFile);
    return explainRequest(env, { ...options, method, path, token });
  }
  for (const name of ['tenant', 'role', 'subject', 'body', 'workspace'] as const) {
    if (options[name] !== undefined) throw new CliError(`explain --${name} needs METHOD and PATH`, 2);
  }
  const token = readToken(options.token, tokenFile) ?? '';
  const explained = await explainToken(loadAll(environmentFor(env, options)), token);
  await printOut(json ? `${JSON.stringify(explained, null, 2)}\n` : columns(tokenLines(explained)));
  return explained.decision === 'allow' ? 0 : 3;
}

/**
 * Prints the decision about a request, the questions to MLflow, and the request that would be sent. The real gateway decides:
 * it listens on loopback for this one request, in front of an upstream that sends nothing. That upstream answers each lookup as
 * if the tenant owned the resource, and lists it.
 *
 * @returns the exit code: 0 allowed, 3 denied
 */
async function explainRequest(env: NodeJS.ProcessEnv, options: RequestOptions): Promise<number> {
  const { config, files } = loadAll(environmentFor(env, options));
  const log = createLogger({ level: 'silent' });
  const { strategy, tagKey } = config.tenancy;
  const dryRun = new DryRunUpstream({ workspacesEnabled: strategy !== 'tags', tagKey });
  dryRun.owner = options.tenant ?? '';
  const entries: AuditEntry[] = [];
  const questions: Question[] = [];
  let verified: VerifiedClaims | undefined;
  const parts = assemble(config, files, log, {
    upstream: dryRun,
    audit: collectAudit(entries),
    onRuling: (ruling) => void questions.push(...ruling.questions),
    onClaims: (claims, issuer) => {
      verified = { claims, issuer };
    },
  });
  const server = makeServer(parts.gateway);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    await parts.start();
    await waitForKeys(parts.notReady, options);
    const { port } = server.address() as AddressInfo;
    let answer = await sendOnceReady(port, options, () => entries.at(-1)?.reason === 'keys_unavailable');
    const tenant = entries.at(-1)?.tenant;
    if (strategy === 'tags' && tenant && tenant !== dryRun.owner) {
      // The tenant of the token is available only now; it owns the resources that the request names.
      dryRun.owner = tenant;
      dryRun.requests.length = 0;
      questions.length = 0;
      answer = await send(port, options);
    }
    const entry = entries.at(-1);
    // A real connection would add MLflow's prefix to each path.
    const written = (recorded: RecordedRequest): RecordedRequest => ({
      ...recorded,
      path: `${config.upstream.pathPrefix ?? ''}${recorded.path}`,
    });
    const sends = dryRun.forwarded && written(dryRun.forwarded);
    const result = {
      ...decisionOf(entry, answer),
      ...(verified === undefined ? {} : { values: explainValues(verified, makeRoles(config, files.policy)) }),
      questions: questions.map((question) => ({
        ...question,
        question: describeQuestion(question, entry?.tenant ?? ''),
      })),
      asks: dryRun.requests.map(written),
      sends,
    };
    await printOut(options.json ? `${JSON.stringify(result, null, 2)}\n` : render(result));
    return result.decision === 'allow' ? 0 : 3;
  } finally {
    server.closeAllConnections();
    server.close();
    await parts.close();
  }
}

/** With --tenant no provider is needed. MLflow is never needed. */
function environmentFor(
  env: NodeJS.ProcessEnv,
  options: Pick<ExplainOptions, 'tenant' | 'role' | 'subject'>,
): NodeJS.ProcessEnv {
  const base = { GW_TARGET_BASE_URL: 'http://127.0.0.1:5000', ...env };
  if (options.tenant === undefined) {
    if (options.role !== undefined || options.subject !== undefined) {
      throw new CliError('--role and --subject go with --tenant; a token has its own', 2);
    }
    return base;
  }
  const {
    GW_AUTH_ENABLED: _enabled,
    AUTH_MODE: _mode,
    GW_DEV_ROLE: _role,
    ...rest
  } = base as Record<string, string>;
  return {
    ...rest,
    GW_AUTH_MODE: 'off',
    ...(options.role === undefined ? {} : { GW_DEV_ROLE: options.role }),
  };
}

async function waitForKeys(
  notReady: () => Promise<readonly string[]>,
  { token }: RequestOptions,
): Promise<void> {
  if (token === undefined) return;
  const until = performance.now() + KEYS_TIMEOUT_MS;
  for (;;) {
    const reasons = await notReady();
    if (reasons.length === 0) return;
    if (performance.now() > until) throw new CliError(`The token cannot be verified: ${reasons.join('; ')}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** The gateway may be ready while one of several issuers is still fetching its keys. */
async function sendOnceReady(
  port: number,
  options: RequestOptions,
  lacksKeys: () => boolean,
): Promise<Answer> {
  const until = performance.now() + KEYS_TIMEOUT_MS;
  for (;;) {
    const answer = await send(port, options);
    if (!lacksKeys() || performance.now() > until) return answer;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** A response of the gateway. */
interface Answer {
  readonly status: number;
  readonly body: string;
}

function send(port: number, options: RequestOptions): Promise<Answer> {
  const body = options.body?.startsWith('@') ? readFileSync(options.body.slice(1)) : options.body;
  const { token } = options;
  const headers: Record<string, string> = {
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    ...(options.tenant === undefined ? {} : { 'x-tenant': options.tenant }),
    ...(options.subject === undefined ? {} : { 'x-subject': options.subject }),
    ...(options.workspace === undefined ? {} : { [WORKSPACE_HEADER]: options.workspace }),
    ...(body === undefined
      ? {}
      : { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(body)) }),
  };
  return new Promise((resolve, reject) => {
    const fail = (error: Error): void =>
      reject(new CliError(`The request cannot be sent as it is: ${error.message}`, 2));
    try {
      const req = request(
        { host: '127.0.0.1', port, method: options.method, path: options.path, headers },
        (res) => {
          const chunks: Buffer[] = [];
          res.on('data', (chunk: Buffer) => chunks.push(chunk));
          res.on('end', () =>
            resolve({ status: res.statusCode ?? 0, body: Buffer.concat(chunks).toString('utf8') }),
          );
        },
      );
      req.on('error', fail);
      req.end(body);
    } catch (error) {
      fail(error as Error);
    }
  });
}

function decisionOf(entry: AuditEntry | undefined, answer: Answer) {
  if (entry === undefined)
    throw new CliError(`The gateway answers this itself (status ${answer.status}).`, 2);
  const message =
    entry.decision === 'allow' ? undefined : (JSON.parse(answer.body) as { message: string }).message;
  const { decision, reason, operation, permission, tenant, subject, issuer, roles, resources } = entry;
  const { tenant_chosen_by } = entry;
  return {
    decision,
    reason,
    status: answer.status,
    message,
    operation,
    permission,
    tenant,
    tenant_chosen_by,
    subject,
    issuer,
    roles,
    resources,
  };
}

function render(
  r: ReturnType<typeof decisionOf> & {
    readonly questions: readonly { readonly question: string }[];
    readonly asks: readonly RecordedRequest[];
    readonly sends: RecordedRequest | undefined;
    readonly values?: readonly ExplainedValue[];
  },
): string {
  const lines: [string, string][] = [
    ['operation', r.operation ?? 'none'],
    [
      'caller',
      r.subject === null
        ? 'unknown'
        : `${r.subject} (issuer ${r.issuer}), roles ${r.roles.join(', ') || 'none'}`,
    ],
    ...valueLines(r.values ?? []),
    ['tenant', tenantInWords(r)],
    ['permission', r.permission ?? 'none'],
    ...r.resources.map(({ kind, id }): [string, string] => ['names', `${kind} ${id}`]),
    ...r.questions.map(({ question }): [string, string] => ['question', question]),
    ...r.asks.map((ask): [string, string] => ['asks MLflow', `${ask.method} ${ask.path} (assumed: yes)`]),
    ['decision', r.decision === 'allow' ? 'allow' : `${r.decision} ${r.status} ${r.reason}`],
  ];
  if (r.message !== undefined) lines.push(['because', r.message]);
  if (r.sends !== undefined) {
    lines.push(['sends', `${r.sends.method} ${r.sends.path}`]);
    for (const [name, value] of Object.entries(r.sends.headers)) lines.push(['', `${name}: ${value}`]);
    if (r.sends.body !== undefined) lines.push(['', JSON.stringify(r.sends.body)]);
  }
  return columns(lines);
}

/** The tenant and, for a token, how it was chosen: explain sends the header, and no cookie or form of a browser. */
function tenantInWords({
  tenant,
  tenant_chosen_by: by,
  values,
}: Pick<AuditEntry, 'tenant' | 'tenant_chosen_by'> & { readonly values?: unknown }): string {
  if (tenant === null) return 'none';
  if (values === undefined) return tenant;
  return `${tenant} (${by === 'header' ? 'chosen by X-MLFLOW-WORKSPACE' : 'the only one that the token grants'})`;
}

function columns(lines: readonly (readonly [string, string])[]): string {
  return lines.map(([name, value]) => `${name.padEnd(12)}${value}\n`).join('');
}
