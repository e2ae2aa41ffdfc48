import { connectUpstream } from '../assemble.ts';
import { DESCRIBED_VERSION, OPERATIONS, SURVEYED_VERSIONS } from '../catalog/generated/catalog.ts';
import { createLogger } from '../telemetry/log.ts';
import { callOperation, writeCall } from '../tenancy/call.ts';
import { chooseStrategy, readServerFacts, type WantedStrategy } from '../tenancy/discover.ts';
import type { Upstream } from '../upstream/types.ts';
import { loadAll } from './load.ts';
import { printOut } from './output.ts';
import { surveySurface } from './surface.ts';

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
  await printOut(
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

/** At most this many of what is missing are named, so that a wrong address does not fill the screen. */
const NAMED = 20;

/** Says what could be asked and what could not, so that silence is not taken for agreement. */
async function checkSurface(upstream: Upstream, version: string): Promise<Finding[]> {
  const report = await surveySurface(upstream, OPERATIONS, version);
  const { confirmed, absent, unaskable, unknown, described, neighbours } = report;
  const expected = confirmed.length + absent.length + unaskable.length;
  const findings: Finding[] = [
    {
      ok: confirmed.length > 0,
      what: `surface: ${confirmed.length} of ${expected} catalogued pairs confirmed, ${neighbours} paths beside them asked for`,
    },
  ];
  if (absent.length > 0) {
    const more = absent.length > NAMED ? ` and ${absent.length - NAMED} more` : '';
    findings.push({
      ok: true,
      warning: true,
      what: `surface: MLflow ${version} is known to serve these, and this one does not: ${absent.slice(0, NAMED).join(', ')}${more}`,
    });
  }
  findings.push({
    ok: true,
    what: `surface, not seen: ${unaskable.length} catalogued pairs answer nothing but a request that does something${
      described === undefined
        ? '; this MLflow does not describe itself, so that FastAPI routes at paths unlike any of the catalog stay unseen (they are refused all the same)'
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
