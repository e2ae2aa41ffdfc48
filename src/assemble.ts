import { failingIssuers, type IdentityParts, makeIdentity } from './assemble/identity.ts';
import { makeTls } from './assemble/tls.ts';
import { type AuditLog, createAuditLog } from './audit/audit-log.ts';
import {
  ADMIN_TAGS,
  DESCRIBED_VERSION,
  JOB_CALLS,
  KINDS,
  KNOWN_TAGS,
  OPERATIONS,
  RESERVED_TAGS,
  TAG_ITEM,
} from './catalog/generated/catalog.ts';
import { CatalogIndex } from './catalog/match.ts';
import { PathShapes } from './catalog/path-shape.ts';
import { lookupTurns, Turns } from './concurrency/turns.ts';
import type { Config } from './config/config.ts';
import type { ConfigFiles } from './config/files.ts';
import { DenialError } from './denial.ts';
import { Gateway } from './gateway/gateway.ts';
import type { GatewayParts } from './gateway/parts.ts';
import { SignedUrls } from './gateway/signed-urls.ts';
import { BodyBudget, capacityFor } from './http/body-budget.ts';
import { ForwardedHeaders } from './http/forwarded.ts';
import { OriginCheck } from './http/origin.ts';
import { PathPrefix } from './http/path-prefix.ts';
import type { ListenerTls } from './http/tls/listener-tls.ts';
import { requireNotDenied } from './identity/deny-list/require-not-denied.ts';
import { createJobsIdentifier, JOBS_HOST } from './identity/jobs/jobs-identifier.ts';
import { jobOperations } from './identity/jobs/operations.ts';
import type { Identifier } from './identity/principal.ts';
import { SignIn } from './identity/sign-in/sign-in.ts';
import { LIMITS } from './limits.ts';
import type { Cause, Metrics } from './metrics/metrics.ts';
import { callOperation } from './mlflow/call.ts';
import { BypassCheck } from './mlflow/lockdown/bypass-check.ts';
import { listeningSockets } from './mlflow/lockdown/listening-sockets.ts';
import { ReadinessCheck } from './mlflow/readiness.ts';
import { MlflowVersion } from './mlflow/version.ts';
import { authorize } from './rbac/authorize.ts';
import { type BodyLimits, RequestReader } from './request/reader.ts';
import type { Logger } from './telemetry/log.ts';
import { type Unexpected, unexpectedErrors } from './telemetry/unexpected.ts';
import { UnknownOperations } from './telemetry/unknown-operations.ts';
import { TeamChoice } from './tenancy/choice/team-choice.ts';
import { Kinds } from './tenancy/kinds.ts';
import { observeRulings } from './tenancy/observe-rulings.ts';
import { ReservedTags } from './tenancy/reserved-tags.ts';
import type { Ruling } from './tenancy/ruling.ts';
import { StrategyChooser } from './tenancy/strategy-chooser.ts';
import { NameLocks } from './tenancy/tags/settle/name-locks.ts';
import { Ownership } from './tenancy/tags/settle/ownership.ts';
import { ResourceLookup } from './tenancy/tags/settle/resource-lookup.ts';
import { SharedExperiments } from './tenancy/tags/shared-experiments.ts';
import { TagsStrategy } from './tenancy/tags/tags-strategy.ts';
import { TenantTag } from './tenancy/tags/tenant-tag.ts';
import type { TenancyStrategy } from './tenancy/tenancy-strategy.ts';
import { TenantNames } from './tenancy/tenant-names.ts';
import { ChosenIds } from './tenancy/workspaces/chosen-ids.ts';
import { KnownWorkspaces } from './tenancy/workspaces/known-workspaces.ts';
import { WorkspaceLookup } from './tenancy/workspaces/workspace-lookup.ts';
import { WorkspacesStrategy } from './tenancy/workspaces/workspaces-strategy.ts';
import type { Upstream } from './upstream/types.ts';
import { type ConnectedUpstream, createUpstream } from './upstream/upstream.ts';

/** The time within which a JSON body must arrive, in milliseconds. */
const BODY_TIMEOUT_MS = LIMITS.bodyTime.value * 1_000;

/** The parts of a running gateway. */
export interface Assembled {
  readonly gateway: Gateway;
  /** Logs and counts an unexpected error; never throws. */
  readonly unexpected: (kind: Unexpected, error: unknown) => void;
  /** TLS of the listener for callers, if `GW_TLS_CERT_FILE` is set. */
  readonly tls: ListenerTls | undefined;
  /** The same line for MLflow's own jobs, if `GW_JOBS_PORT` is set. */
  readonly jobs: Gateway | undefined;
  readonly upstream: Upstream;
  readonly notReady: () => Promise<readonly string[]>;
  /** Answers `connection: close` from now on, and is not ready. */
  readonly drain: () => void;
  readonly start: () => Promise<void>;
  readonly close: () => Promise<void>;
}

/** The parts at both ends of the line. `mlflow-gateway explain` replaces them, as it sends and writes nothing. */
export interface Ends {
  readonly upstream: Upstream;
  readonly audit: AuditLog;
  /** For tests. */
  readonly identifier: Identifier;
  /** Default: no metrics. */
  readonly metrics: Metrics;
  /** Called with each ruling before it is settled. */
  readonly onRuling: (ruling: Ruling) => void;
  /** Called with the claims of each verified token. */
  readonly onClaims: IdentityParts['onClaims'];
}

/** A reason why the gateway is not ready. */
interface Problem {
  readonly cause: Cause;
  /** A sentence for the response of `/readyz`. */
  readonly why: string;
}

/**
 * Builds the gateway from its configuration: the one place where modules meet. Nothing is started.
 */
export function assemble(
  config: Config,
  files: ConfigFiles,
  log: Logger,
  ends: Partial<Ends> = {},
): Assembled {
  const { metrics } = ends;
  const unexpected = unexpectedErrors(log, metrics && ((kind) => metrics.unexpected(kind)));
  const budget = new BodyBudget({ capacity: capacityFor(config.limits.maxBodyBytes) });
  const connected = ends.upstream === undefined ? connectUpstream(config, files, log, budget) : undefined;
  const upstream = ends.upstream ?? connected!;
  const tls = makeTls(config, files, log, connected);
  const identity = makeIdentity(config, files, {
    log,
    onKeyFetch: metrics && ((ok) => metrics.keysFetched(ok)),
    onIntrospection: metrics && ((result) => metrics.introspected(result)),
    onClaims: ends.onClaims,
  });
  const identifier = ends.identifier ?? identity.identifier;
  const names = makeTenantNames(config);
  const version = new MlflowVersion(upstream);
  const reservedTags = makeReservedTags(config, version);
  const prefix = new PathPrefix(config.http.pathPrefix);
  const chooser = new StrategyChooser({
    wanted: config.tenancy.strategy,
    upstream,
    prefix: config.upstream.pathPrefix,
    make: (strategy) => {
      const counted = metrics?.countLookups(upstream) ?? upstream;
      const made =
        strategy === 'tags'
          ? makeTags(config, counted, reservedTags, log)
          : makeWorkspaces(config, counted, names, reservedTags, version);
      return ends.onRuling === undefined ? made : observeRulings(made, ends.onRuling);
    },
    log,
  });
  const working = new ReadinessCheck({
    upstream,
    strategy: () => chooser.current()?.name,
    prefix: config.upstream.pathPrefix,
    log,
  });
  const audit =
    ends.audit ?? createAuditLog({ file: config.audit.file, report: (problem) => log.error(problem) });
  // Not in `explain`, which sends no request.
  const bypass = ends.upstream === undefined ? makeBypassCheck(config, log) : undefined;
  let draining = false;
  const unready = async (): Promise<readonly Problem[]> => {
    const problems: Problem[] = [];
    const note = (cause: Cause, why: string): void => void problems.push({ cause, why });
    if (draining) note('draining', 'shutting down');
    const keys = identifier.ready();
    if (!keys.ok) note('signing_keys', keys.why);
    // In parallel: each may take seconds while MLflow hangs, and a probe waits six seconds at most.
    const [reachable, refused, open] = await Promise.all([
      upstream.reachable(),
      working.problem(),
      bypass?.problem(),
    ]);
    if (!reachable.ok) note('upstream', reachable.why);
    const problem = chooser.problem();
    if (problem !== undefined) note('strategy', problem);
    // An unreachable MLflow has one reason, not two.
    else if (reachable.ok && refused !== undefined) note('operation', refused);
    if (open !== undefined) note('bypass', open);
    const written = audit.ok();
    if (!written.ok) note('audit', written.why);
    return problems;
  };
  const notReady = async (): Promise<readonly string[]> => (await unready()).map(({ why }) => why);
  const unknownOperations = new UnknownOperations(new PathShapes(OPERATIONS), log);
  metrics?.connect({
    unready,
    tokens: () => identifier.tokens(),
    issuersFailing: () => failingIssuers(identifier).length,
    audit: () => audit.stats(),
    unknownOperations: () => unknownOperations.counts(),
    files: () => [...identity.files(), ...tls.files()],
  });
  const bodies = { maxBytes: config.limits.maxBodyBytes, timeoutMs: BODY_TIMEOUT_MS };
  const parts: GatewayParts = {
    prefix,
    index: new CatalogIndex(OPERATIONS),
    bodies: budget,
    reader: new RequestReader(OPERATIONS, bodies),
    identifier,
    requireNotDenied: (principal) => requireNotDenied(identity.denyList(), principal, Date.now()),
    signIn: config.auth.mode === 'off' ? new SignIn(prefix.text) : undefined,
    teams: new TeamChoice(prefix.text),
    authorize: (principal, tenant, permission) => authorize(identity.roles(), principal, tenant, permission),
    names,
    strategy: () => chooser.require(),
    signedUrls: new SignedUrls(config.limits.presignedMaxSeconds),
    upstream,
    turns: requestTurns(config.limits),
    audit,
    log,
    requireClientCertificate:
      config.tls.clientCaFile === undefined
        ? undefined
        : (req) => tls.listener?.requireClientCertificate(req),
    forwarded: new ForwardedHeaders(config.http.trustedProxies),
    origins: new OriginCheck(config.http.allowedOrigins),
    notReady,
    details: () => [...failingIssuers(identifier), ...identity.details(), ...tls.details()],
    draining: () => draining,
    unknownOperations,
    metrics: metrics?.requests,
    unexpected,
  };
  return {
    unexpected,
    tls: tls.listener,
    gateway: new Gateway(parts),
    jobs: config.jobs.port === undefined ? undefined : makeJobs(parts, bodies),
    upstream,
    notReady,
    drain: () => {
      draining = true;
    },
    start: async () => {
      identity.start();
      tls.start();
      await Promise.all([chooser.start(), version.start(), bypass?.start()]);
    },
    close: async () => {
      identity.close();
      tls.close();
      bypass?.close();
      chooser.close();
      version.close();
      upstream.close();
      await audit.close();
    },
  };
}

/** The line for MLflow's own jobs: other callers and fewer operations, otherwise the same. */
function makeJobs(parts: GatewayParts, bodies: BodyLimits): Gateway {
  const operations = jobOperations(OPERATIONS, JOB_CALLS);
  return new Gateway({
    ...parts,
    // Jobs do not call through an Ingress.
    prefix: new PathPrefix(),
    index: new CatalogIndex(operations),
    reader: new RequestReader(operations, bodies),
    identifier: createJobsIdentifier(),
    // Jobs have no token.
    requireNotDenied: () => {},
    signIn: undefined,
    teams: undefined,
    unknownOperations: undefined,
    // They call on loopback, without TLS.
    requireClientCertificate: undefined,
  });
}

/** The connection to MLflow alone, for commands without a gateway. */
export function connectUpstream(
  config: Config,
  files: ConfigFiles,
  log: Logger,
  budget?: BodyBudget,
): ConnectedUpstream {
  return createUpstream({
    budget,
    address: config.upstream.target,
    healthPath: callOperation('health').paths[0],
    connections: config.upstream.connections,
    socketCleanup: config.upstream.socketCleanup,
    requestTimeoutMs: config.limits.requestTimeoutMs,
    streamIdleTimeoutMs: config.limits.streamIdleTimeoutMs,
    logger: log,
    credentials: { ca: files.ca, ...files.targetPair },
    ...(config.upstream.pathPrefix === undefined ? {} : { prefix: config.upstream.pathPrefix }),
    ...(config.upstream.host === undefined ? {} : { host: config.upstream.host }),
    ...(config.http.pathPrefix === undefined ? {} : { publicPrefix: config.http.pathPrefix }),
  });
}

function makeBypassCheck(config: Config, log: Logger): BypassCheck | undefined {
  const { sidecarCheckPorts: ports, sidecarAllowedPorts, sidecarCheck, pathPrefix, target } = config.upstream;
  if (ports.length === 0) return undefined;
  const path = callOperation('health').paths[0];
  const version = callOperation('version').paths[0];
  const prefixes = pathPrefix === undefined ? [''] : ['', pathPrefix];
  const { port, host } = config.metrics;
  const { port: jobsPort } = config.jobs;
  const listeners = [
    config.listen,
    ...(port === undefined ? [] : [{ port, host }]),
    ...(jobsPort === undefined ? [] : [{ port: jobsPort, host: JOBS_HOST }]),
  ];
  const pod = {
    listening: () => listeningSockets(),
    allowedPorts: sidecarAllowedPorts,
    mlflow: prefixes.map((prefix) => ({ health: prefix + path, version: prefix + version })),
  };
  return new BypassCheck({
    ports,
    listeners,
    upstream: target,
    path,
    log,
    ...(sidecarCheck === 'listeners' ? { pod } : {}),
  });
}

function makeTenantNames(config: Config): TenantNames {
  return new TenantNames({ map: config.tenancy.map, allowDefault: config.tenancy.allowDefaultWorkspace });
}

function makeReservedTags({ tenancy: { unknownTags } }: Config, version: MlflowVersion): ReservedTags {
  const refused = {
    'refuse-on-newer': () => version.isAfter(DESCRIBED_VERSION),
    refuse: () => true,
    allow: () => false,
  }[unknownTags];
  return new ReservedTags({ reserved: RESERVED_TAGS, admin: ADMIN_TAGS }, { known: KNOWN_TAGS, refused });
}

function requestTurns({ requestTimeoutMs: ms, tenantRequestsAtOnce: perTenant }: Config['limits']): Turns {
  const total = LIMITS.requestsAtOnce.value;
  const error = (): DenialError =>
    new DenialError(
      'tenant_busy',
      `Your tenant has ${perTenant} requests in flight, or all tenants together have ${total}. Try again.`,
      { 'retry-after': '1' },
    );
  return new Turns({ total, perTenant, patience: { ms, error } });
}

function makeWorkspaces(
  config: Config,
  upstream: Upstream,
  names: TenantNames,
  reservedTags: ReservedTags,
  version: MlflowVersion,
): TenancyStrategy {
  const kinds = new Kinds(KINDS);
  const turns = lookupTurns();
  const lookup = new WorkspaceLookup(upstream, kinds, turns);
  return new WorkspacesStrategy({
    names,
    kinds,
    reservedTags,
    known: new KnownWorkspaces(upstream, config.tenancy.autocreateWorkspaces, turns),
    lookup,
    chosen: new ChosenIds(upstream, kinds, lookup, version, turns),
    serverFeatures: new Set(config.tenancy.serverFeatures),
  });
}

function makeTags(
  config: Config,
  upstream: Upstream,
  reservedTags: ReservedTags,
  log: Logger,
): TenancyStrategy {
  const several = config.tenancy.replicas > 1;
  if (several)
    log.warn(
      { replicas: config.tenancy.replicas },
      'several gateways under tags: deleting and renaming registered models, prompts, MCP servers and skills is refused (GW_REPLICAS)',
    );
  const kinds = new Kinds(KINDS);
  const tag = new TenantTag(config.tenancy.tagKey, TAG_ITEM);
  const turns = lookupTurns();
  const sharedExperiments = new SharedExperiments(config.tenancy.sharedExperiments);
  return new TagsStrategy({
    operations: OPERATIONS,
    tagItem: TAG_ITEM,
    tag,
    kinds,
    reservedTags,
    sharedExperiments,
    artifactRoot: config.tenancy.artifactRoot,
    ownership: new Ownership(new ResourceLookup(upstream, kinds, tag, turns), sharedExperiments),
    locks: new NameLocks(config.limits.requestTimeoutMs),
    upstream,
    turns,
    severalReplicas: several,
    showTag: config.tenancy.showTag,
    serverFeatures: new Set(config.tenancy.serverFeatures),
  });
}
