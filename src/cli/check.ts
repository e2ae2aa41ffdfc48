import { connectUpstream } from '../assemble.ts';
import { DESCRIBED_VERSION, OPERATIONS, SURVEYED_VERSIONS } from '../catalog/generated/catalog.ts';
import { CatalogIndex, isMatch, METHODS } from '../catalog/match.ts';
import { createLogger } from '../telemetry/log.ts';
import { callOperation, writeCall } from '../tenancy/call.ts';
import { chooseStrategy, readServerFacts, type WantedStrategy } from '../tenancy/discover.ts';
import type { Upstream, UpstreamAnswer } from '../upstream/types.ts';
import { loadAll } from './load.ts';

interface Finding {
  readonly ok: boolean;
  /** It works, and somebody should look all the same. */
  readonly warning?: true;
  readonly what: string;
}

/**
 * Checks the configuration and, unless offline, the MLflow behind it: reachable, which version, which strategy it can
 * carry, and whether the surface it serves is the one the catalog knows.
 *
 * @returns the exit code: 0 when nothing is wrong
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
  process.stdout.write(
    options.json
      ? `${JSON.stringify({ ok, findings }, null, 2)}\n`
      : findings.map((f) => `${markOf(f)}  ${f.what}\n`).join(''),
  );
  return ok ? 0 : 1;
}

const markOf = ({ ok, warning }: Finding): string => (ok ? (warning ? 'warn' : 'ok  ') : 'FAIL');

async function checkServer(
  upstream: Upstream,
  wanted: WantedStrategy,
  prefix: string | undefined,
): Promise<Finding[]> {
  const reachable = await upstream.reachable();
  if (!reachable.ok) return [{ ok: false, what: `MLflow at ${upstream.name}: ${reachable.why}` }];
  const findings: Finding[] = [{ ok: true, what: `MLflow at ${upstream.name}: answers its health check` }];
  const answer = await upstream.ask(writeCall(callOperation('version'), {}, {}));
  const version = answer.status === 200 ? answer.body.toString('utf8').trim().replaceAll('"', '') : '';
  findings.push(judgeVersion(version));
  const chosen = chooseStrategy(wanted, await readServerFacts(upstream, prefix));
  findings.push({ ok: chosen.strategy !== undefined, what: `tenancy: ${chosen.strategy ?? chosen.why}` });
  return [...findings, ...(await checkSurface(upstream, version))];
}

function judgeVersion(version: string): Finding {
  if (SURVEYED_VERSIONS.includes(version)) return { ok: true, what: `version: ${version}, surveyed` };
  return {
    ok: /^\d+\.\d+/.test(version),
    warning: true,
    what: `version: ${version || 'unknown'} was not surveyed (surveyed: ${SURVEYED_VERSIONS.join(', ')}; described: ${DESCRIBED_VERSION}); operations new in it are refused`,
  };
}

const PLACEHOLDER = 'mlflow-gateway-check';

/**
 * Asks every catalogued path which methods it serves. OPTIONS runs no handler: Flask answers it by itself, Starlette
 * with 405; both list the methods in Allow (RFC 9110 section 10.2.1). Paths that the catalog does not know cannot be
 * found this way; the version tells of those.
 */
async function checkSurface(upstream: Upstream, version: string): Promise<Finding[]> {
  const index = new CatalogIndex(OPERATIONS);
  const templates = new Set(OPERATIONS.flatMap((operation) => operation.paths));
  const unknown: string[] = [];
  const served = new Set<string>();
  for (const template of templates) {
    const path = template.replace(/\{\w+\}/g, PLACEHOLDER);
    const answer = await upstream.ask({ method: 'OPTIONS', path, headers: {}, body: undefined });
    for (const method of allowed(answer)) {
      served.add(`${method} ${template}`);
      // A fixed path can also be read as a parameter of a sibling route, which the catalog then knows as such.
      if (!isMatch(index.find(method, path))) unknown.push(`${method} ${template}`);
    }
  }
  const expected = OPERATIONS.filter((o) => o.versions.includes(version)).flatMap((o) =>
    o.paths.map((path) => `${o.method} ${path}`),
  );
  const confirmed = expected.filter((pair) => served.has(pair)).length;
  const findings: Finding[] = [
    {
      ok: confirmed > 0,
      what: `surface: ${confirmed} of ${expected.length} catalogued pairs confirmed (FastAPI routes do not answer OPTIONS)`,
    },
  ];
  if (unknown.length > 0) {
    findings.push({
      ok: false,
      what: `surface: MLflow also serves these, which the gateway refuses: ${unknown.join(', ')}`,
    });
  }
  return findings;
}

function allowed({ headers }: UpstreamAnswer): string[] {
  return String(headers.allow ?? '')
    .split(',')
    .map((method) => method.trim())
    .filter((method) => METHODS.has(method));
}
