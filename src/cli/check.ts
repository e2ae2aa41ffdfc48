import { connectUpstream } from '../assemble.ts';
import { DESCRIBED_VERSION, OPERATIONS, SURVEYED_VERSIONS } from '../catalog/generated/catalog.ts';
import { DenialError } from '../denial.ts';
import { callOperation, writeCall } from '../mlflow/call.ts';
import { askAsTenant } from '../mlflow/readiness.ts';
import { readServerFacts, type ServerFacts } from '../mlflow/server-facts.ts';
import { printable } from '../request/printable.ts';
import { createLogger } from '../telemetry/log.ts';
import { chooseStrategy, ENABLE_WORKSPACES, type WantedStrategy } from '../tenancy/strategy-chooser.ts';
import type { Upstream } from '../upstream/types.ts';
import { judgeStatus, UnusableResponse } from '../upstream/unusable-response.ts';
import { loadAll } from './load.ts';
import { printOut } from './output.ts';
import { surveySurface } from './surface.ts';

interface Finding {
  readonly ok: boolean;
  /** It works, but the operator should look at it. */
  readonly warning?: true;
  readonly what: string;
}

/**
 * Checks the configuration and, unless offline, the MLflow behind it: whether it is reachable, its version, the strategies that
 * it supports, and whether it serves the operations of the catalog.
 *
 * @returns the exit code: 0 if no check failed
 */
export async function check(
  env: NodeJS.ProcessEnv,
  options: { readonly offline: boolean; readonly json: boolean },
): Promise<number> {
  const { config, files } = loadAll(env);
  const findings: Finding[] = [{ ok: true, what: `configuration: ${config.auth.mode} mode` }];
  for (const warning of config.warnings) findings.push({ ok: true, warning: true, what: warning });
  if (!options.offline) {
    const upstream = connectUpstream(config, files, createLogger({ level: 'silent' }));
    try {
      findings.push(...(await checkServer(upstream, config.tenancy.strategy, config.upstream.pathPrefix)));
    } finally {
      upstream.close();
    }
  }
  const ok = findings.every((finding) => finding.ok);
  await printOut(
    options.json
      ? `${JSON.stringify({ ok, findings }, null, 2)}\n`
      : findings.map((f) => `${markOf(f)}  ${f.what}\n`).join(''),
  );
  return ok ? 0 : 1;
}

const markOf = ({ ok, warning }: Finding): string => (ok ? (warning ? 'warn' : 'ok  ') : 'FAIL');

/** The longest wait for MLflow's version, in milliseconds. An MLflow that needs longer is unusable. */
const ASK_MS = 5_000;

/**
 * Sends all requests to MLflow, each after those that it depends on. An unusable response becomes a finding with the remedy, never
 * an exception.
 */
async function checkServer(
  upstream: Upstream,
  wanted: WantedStrategy,
  prefix: string | undefined,
): Promise<Finding[]> {
  const at = `MLflow at ${upstream.name}`;
  const reachable = await upstream.reachable();
  if (!reachable.ok) return [failed(at, reachable.why)];
  const findings: Finding[] = [{ ok: true, what: `${at}: answers its health check` }];
  const { version, finding } = await checkVersion(upstream, prefix);
  findings.push(finding);
  let strategy: 'workspaces' | 'tags' | undefined;
  try {
    const facts = await readServerFacts(upstream, prefix);
    const chosen = chooseStrategy(wanted, facts);
    strategy = chosen.strategy;
    findings.push({
      ok: strategy !== undefined,
      what: `tenancy: ${strategy === undefined ? chosen.why : explainStrategy(strategy, facts, version)}`,
    });
  } catch (error) {
    findings.push(failed('tenancy', `MLflow's features cannot be read: ${messageOf(error)}`));
  }
  // Sent even without a strategy: the result is useful under either one.
  const refused = await askAsTenant(upstream, strategy ?? 'tags', { prefix });
  if (refused !== undefined) return [...findings, failed('operation', refused.why)];
  findings.push({
    ok: true,
    what: 'operation: MLflow answers a search for experiments, as tenants send it',
  });
  try {
    findings.push(...(await checkSurface(upstream, version)));
  } catch (error) {
    findings.push(
      failed('surface', `MLflow stopped answering during the survey of its paths: ${messageOf(error)}`),
    );
  }
  return findings;
}

const failed = (subject: string, why: string): Finding => ({ ok: false, what: `${subject}: ${why}` });

/** The gateway's own sentences are shown whole; any other message is cut to the length of a line. */
const messageOf = (error: unknown): string =>
  error instanceof DenialError || error instanceof UnusableResponse
    ? error.message
    : printable(error instanceof Error ? error.message : String(error));

/** A version (PEP 440), limited in length. */
const VERSION = /^\d{1,5}\.\d{1,5}[0-9A-Za-z.+-]{0,30}$/;

async function checkVersion(
  upstream: Upstream,
  prefix: string | undefined,
): Promise<{ readonly version: string; readonly finding: Finding }> {
  const unknown = (why: string) => ({ version: '', finding: failed('version', why) });
  try {
    const answer = await upstream.ask(writeCall(callOperation('version'), {}, {}), { timeoutMs: ASK_MS });
    const wrong = judgeStatus(answer, { what: 'the request for its version', prefix, host: upstream.host });
    if (wrong !== undefined) return unknown(wrong.why);
    const version = answer.body.subarray(0, 64).toString('utf8').trim().replaceAll('"', '');
    if (VERSION.test(version)) return { version, finding: judgeVersion(version) };
    return unknown(
      "the response is no version: GW_TARGET_BASE_URL is not MLflow's address, or a server in front of MLflow answers",
    );
  } catch (error) {
    return unknown(messageOf(error));
  }
}

function judgeVersion(version: string): Finding {
  if (SURVEYED_VERSIONS.includes(version)) return { ok: true, what: `version: ${version}, surveyed` };
  return {
    ok: true,
    warning: true,
    what: `version: ${version} was not surveyed (surveyed: ${SURVEYED_VERSIONS.join(', ')}; described: ${DESCRIBED_VERSION}); operations new in it are refused`,
  };
}

/** The strategy in use, and the setting for the other one. */
function explainStrategy(
  strategy: 'workspaces' | 'tags',
  { workspacesEnabled }: ServerFacts,
  version: string,
): string {
  const later = 'changing later is a migration, see docs/migration.md';
  if (strategy === 'workspaces')
    return `workspaces (each tenant is a workspace of MLflow; GW_TENANCY=tags would keep tenants apart by tags instead; ${later})`;
  if (workspacesEnabled)
    return `tags (GW_TENANCY=tags, though MLflow runs with workspaces; GW_TENANCY=workspaces would use them; ${later})`;
  const known = SURVEYED_VERSIONS.includes(version) ? callOperation('getWorkspace').versions : [version];
  if (!known.includes(version))
    return `tags (MLflow ${version} has no workspaces; ${known[0]} is the first surveyed one that has; ${later})`;
  return `tags (MLflow runs without workspaces; for workspaces start it with ${ENABLE_WORKSPACES}; ${later})`;
}

/** The maximum number of missing paths that are named, so that a wrong address does not fill the screen. */
const NAMED = 20;

/** Reports the paths that could be probed and those that could not, so that a missing result does not look like a success. */
async function checkSurface(upstream: Upstream, version: string): Promise<Finding[]> {
  const report = await surveySurface(upstream, OPERATIONS, version);
  const { confirmed, absent, unaskable, unknown, described, neighbours } = report;
  const expected = confirmed.length + absent.length + unaskable.length;
  const findings: Finding[] = [
    {
      ok: confirmed.length > 0,
      what: `surface: ${confirmed.length} of ${expected} catalogued pairs confirmed, ${neighbours} neighbouring paths probed`,
    },
  ];
  if (absent.length > 0) {
    const more = absent.length > NAMED ? ` and ${absent.length - NAMED} more` : '';
    findings.push({
      ok: true,
      warning: true,
      what: `surface: other servers of MLflow ${version} serve these, and this one does not: ${absent.slice(0, NAMED).join(', ')}${more}`,
    });
  }
  findings.push({
    ok: true,
    what: `surface, not seen: ${unaskable.length} catalogued pairs could not be probed without side effects${
      described === undefined
        ? '; this MLflow publishes no description, so FastAPI routes at paths unlike any of the catalog are not found (the gateway refuses them all the same)'
        : `; MLflow describes ${described} FastAPI pairs, all of which were compared`
    }`,
  });
  if (unknown.length > 0) {
    findings.push({
      ok: false,
      what: `surface: MLflow also serves these, which the gateway refuses: ${unknown.join(', ')}`,
    });
  }
  return findings;
}
