import { connectUpstream } from '../assemble.ts';
import { compareVersions } from '../catalog/compare-versions.ts';
import { OPERATIONS, SURVEYED_VERSIONS } from '../catalog/generated/catalog.ts';
import type { Operation } from '../catalog/types.ts';
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
import { findMissingFeatures, type MissingFeature } from './missing-features.ts';
import { printOut } from './output.ts';
import { signedUrlWarnings } from './signed-url-warnings.ts';
import { surveySurface } from './surface.ts';
import { readUiPaths, type UiPaths } from './ui-paths.ts';

interface Finding {
  readonly ok: boolean;
  /** It works, but the operator should look at it. */
  readonly warning?: true;
  /** The gateway refuses it, and the rest works. */
  readonly refused?: true;
  readonly what: string;
}

/** The result of the checks of a server. */
interface ServerReport {
  readonly findings: readonly Finding[];
  readonly missing: readonly MissingFeature[];
  /** Whether the server is newer than each surveyed one. */
  readonly newer: boolean;
}

/** The versions that a gateway knows, and their operations. */
export interface KnownSurface {
  readonly operations: readonly Operation[];
  /** The oldest first. */
  readonly versions: readonly string[];
}

const KNOWN: KnownSurface = { operations: OPERATIONS, versions: SURVEYED_VERSIONS };

/** The exit code for an MLflow that works and that has more than the gateway lets through. */
const PARTLY_REFUSED = 4;

/**
 * Checks the configuration and, unless offline, the MLflow behind it: whether it is reachable, its version, the strategies that
 * it supports, whether it serves the operations of the catalog, and the features that it has and the catalog lacks.
 *
 * @param known default: the catalog of this gateway
 * @returns the exit code: 1 if a check failed; 4 if none did, and MLflow is newer than the catalog or has features that the gateway
 *   refuses; else 0
 */
export async function check(
  env: NodeJS.ProcessEnv,
  options: { readonly offline: boolean; readonly json: boolean },
  known: KnownSurface = KNOWN,
): Promise<number> {
  const { config, files } = loadAll(env);
  const findings: Finding[] = [{ ok: true, what: `configuration: ${config.auth.mode} mode` }];
  for (const warning of config.warnings) findings.push({ ok: true, warning: true, what: warning });
  let missing: readonly MissingFeature[] = [];
  let newer = false;
  if (!options.offline) {
    const upstream = connectUpstream(config, files, createLogger({ level: 'silent' }));
    try {
      const { strategy } = config.tenancy;
      const server = await checkServer(upstream, {
        strategy,
        prefix: config.upstream.pathPrefix,
        presignedMaxSeconds: config.limits.presignedMaxSeconds,
        known,
      });
      findings.push(...server.findings);
      ({ missing, newer } = server);
    } finally {
      upstream.close();
    }
  }
  const ok = findings.every((finding) => finding.ok);
  await printOut(
    options.json
      ? `${JSON.stringify({ ok, newer, missing, findings }, null, 2)}\n`
      : findings.map((f) => `${markOf(f)}  ${f.what}\n`).join(''),
  );
  if (!ok) return 1;
  return newer || missing.length > 0 ? PARTLY_REFUSED : 0;
}

function markOf({ ok, warning, refused }: Finding): string {
  if (!ok) return 'FAIL';
  return refused ? 'miss' : warning ? 'warn' : 'ok  ';
}

/** The longest wait for MLflow's version, in milliseconds. An MLflow that needs longer is unusable. */
const ASK_MS = 5_000;

/**
 * Sends all requests to MLflow, each after those that it depends on. An unusable response becomes a finding with the remedy, never
 * an exception.
 */
async function checkServer(
  upstream: Upstream,
  options: {
    readonly strategy: WantedStrategy;
    readonly prefix: string | undefined;
    readonly presignedMaxSeconds: number;
    readonly known: KnownSurface;
  },
): Promise<ServerReport> {
  const { prefix, known } = options;
  const at = `MLflow at ${upstream.name}`;
  const reachable = await upstream.reachable();
  if (!reachable.ok) return { findings: [failed(at, reachable.why)], missing: [], newer: false };
  const findings: Finding[] = [{ ok: true, what: `${at}: answers its health check` }];
  const { version, finding } = await checkVersion(upstream, prefix, known.versions);
  const newer = compareVersions(version, known.versions.at(-1)!) > 0;
  findings.push(finding);
  let strategy: 'workspaces' | 'tags' | undefined;
  try {
    const facts = await readServerFacts(upstream, prefix);
    const chosen = chooseStrategy(options.strategy, facts);
    strategy = chosen.strategy;
    findings.push({
      ok: strategy !== undefined,
      what: `tenancy: ${strategy === undefined ? chosen.why : explainStrategy(strategy, facts, version)}`,
    });
    findings.push(
      ...signedUrlWarnings(facts, options.presignedMaxSeconds).map((what) => ({
        ok: true,
        warning: true as const,
        what,
      })),
    );
  } catch (error) {
    findings.push(failed('tenancy', `MLflow's features cannot be read: ${messageOf(error)}`));
  }
  // Sent even without a strategy: the result is useful under either one.
  const refused = await askAsTenant(upstream, strategy ?? 'tags', { prefix });
  if (refused !== undefined)
    return { findings: [...findings, failed('operation', refused.why)], missing: [], newer };
  findings.push({
    ok: true,
    what: 'operation: MLflow answers a search for experiments, as tenants send it',
  });
  let missing: readonly MissingFeature[] = [];
  try {
    const surface = await checkSurface(upstream, version, known);
    findings.push(...surface.findings);
    missing = surface.missing;
  } catch (error) {
    findings.push(
      failed('surface', `MLflow stopped answering during the survey of its paths: ${messageOf(error)}`),
    );
  }
  if (newer || missing.length > 0) findings.push(whatToDo(version, newer));
  return { findings, missing, newer };
}

/** The remedy for operations that MLflow has and the catalog lacks. */
function whatToDo(version: string, newer: boolean): Finding {
  const what = newer
    ? `to do: MLflow ${version} is newer than this gateway. Upgrade the gateway, or teach it the version (npm run new-version -- ${version}, docs/adding-an-mlflow-version.md). Until then the rest works, and new operations and new fields of known operations are refused`
    : 'to do: the catalog lacks what this MLflow serves, perhaps by a plugin (docs/adding-an-mlflow-version.md). It is refused, and the rest works';
  return { ok: true, warning: true, what };
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
  surveyed: readonly string[],
): Promise<{ readonly version: string; readonly finding: Finding }> {
  const unknown = (why: string) => ({ version: '', finding: failed('version', why) });
  try {
    const answer = await upstream.ask(writeCall(callOperation('version'), {}, {}), { timeoutMs: ASK_MS });
    const wrong = judgeStatus(answer, { what: 'the request for its version', prefix, host: upstream.host });
    if (wrong !== undefined) return unknown(wrong.why);
    const version = answer.body.subarray(0, 64).toString('utf8').trim().replaceAll('"', '');
    if (VERSION.test(version)) return { version, finding: findingOfVersion(version, surveyed) };
    return unknown(
      "the response is no version: GW_TARGET_BASE_URL is not MLflow's address, or a server in front of MLflow answers",
    );
  } catch (error) {
    return unknown(messageOf(error));
  }
}

function findingOfVersion(version: string, surveyed: readonly string[]): Finding {
  if (surveyed.includes(version)) return { ok: true, what: `version: ${version}, surveyed` };
  const newest = surveyed.at(-1)!;
  return {
    ok: true,
    warning: true,
    what:
      compareVersions(version, newest) > 0
        ? `version: ${version} is newer than the newest that the gateway knows, ${newest}; operations new in it are refused`
        : `version: ${version} was not surveyed (surveyed: ${surveyed.join(', ')}); operations that all of these lack are refused`,
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

/** The most paths of a feature that are named. */
const NAMED_OF_FEATURE = 2;

/**
 * Reports the paths that could be probed and those that could not, so that a missing result does not look like a success, and what the
 * gateway refuses, by feature.
 */
async function checkSurface(
  upstream: Upstream,
  version: string,
  { operations, versions }: KnownSurface,
): Promise<{ readonly findings: readonly Finding[]; readonly missing: readonly MissingFeature[] }> {
  // A version that is not surveyed should serve what the surveyed one before it does.
  const alike = versions.includes(version)
    ? version
    : (versions.findLast((one) => compareVersions(version, one) > 0) ?? versions[0]!);
  const report = await surveySurface(upstream, operations, alike);
  const { confirmed, absent, unaskable, unknown, described, neighbours } = report;
  const ui = await readUiPaths(upstream, operations);
  const { features, unconfirmed } = await findMissingFeatures(upstream, operations, unknown, ui);
  const expected = confirmed.length + absent.length + unaskable.length;
  const findings: Finding[] = [
    {
      ok: confirmed.length > 0,
      what: `surface: ${confirmed.length} of ${expected} catalogued pairs confirmed, ${neighbours} neighbouring paths probed`,
    },
  ];
  if (absent.length > 0) {
    const named = listed(absent, NAMED);
    findings.push({
      ok: true,
      warning: true,
      what:
        alike === version
          ? `surface: other servers of MLflow ${version} serve these, and this one does not: ${named}`
          : `surface: MLflow ${alike} serves these, and this one does not: ${named}`,
    });
  }
  findings.push({
    ok: true,
    what: `surface, not seen: ${unaskable.length} catalogued pairs could not be probed without side effects${
      described === undefined
        ? ''
        : `; MLflow describes ${described} FastAPI pairs, all of which were compared`
    }`,
  });
  findings.push(findingOfPages(ui, unconfirmed, described));
  findings.push(
    ...features.map((feature) => ({ ok: true, refused: true as const, what: sentenceOf(feature) })),
  );
  return { findings, missing: features };
}

function findingOfPages(
  ui: UiPaths | undefined,
  unconfirmed: readonly string[],
  described: number | undefined,
): Finding {
  const blind =
    described === undefined ? '; without them, FastAPI routes unlike any of the catalog are not found' : '';
  if (ui === undefined)
    return { ok: true, warning: true, what: `pages: this MLflow serves no pages to read${blind}` };
  const rest =
    unconfirmed.length === 0
      ? ''
      : `; named there and not confirmed here (of a plugin, of Databricks, or only for writing): ${listed(unconfirmed, NAMED)}`;
  const what = `pages: ${ui.templates.length} paths of the API found in ${ui.files} scripts${rest}`;
  return ui.complete
    ? { ok: true, what }
    : { ok: true, warning: true, what: `${what}; not all scripts could be read` };
}

/** The sentence about a missing feature: the feature and the page first, paths last. */
function sentenceOf({ feature, page, callers, parts, operations, whole }: MissingFeature): string {
  const where = page === undefined ? callers : `page ${page}; ${callers}`;
  const writing =
    whole && operations.every((pair) => pair.startsWith('GET ')) ? ', and all that changes them' : '';
  return `${feature} (${where}): ${listed(parts, NAMED)}${writing}; ${listed(operations, NAMED_OF_FEATURE)}`;
}

function listed(names: readonly string[], most: number): string {
  const more = names.length > most ? ` and ${names.length - most} more` : '';
  return names.slice(0, most).join(', ') + more;
}
