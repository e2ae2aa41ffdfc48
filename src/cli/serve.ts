import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { assemble } from '../assemble.ts';
import { DESCRIBED_VERSION, OPERATIONS } from '../catalog/generated/catalog.ts';
import type { Config } from '../config/config.ts';
import type { Gateway } from '../gateway/gateway.ts';
import { makeServer } from '../http/server.ts';
import { JOBS_HOST } from '../identity/jobs/jobs-identifier.ts';
import type { Metrics } from '../metrics/metrics.ts';
import type { MlflowMetrics } from '../metrics/mlflow-metrics.ts';
import { createLogger, type Logger } from '../telemetry/log.ts';
import type { Upstream } from '../upstream/types.ts';
import { CliError, loadAll } from './load.ts';
import { askedToEnd, endGracefully } from './shutdown.ts';
import { exitAfterDrain, handleUncaught, UNEXPECTED_END } from './uncaught.ts';

/**
 * Runs the gateway until SIGTERM or SIGINT, then drains: unready but serving for `GW_DRAIN_DELAY_SECONDS`, then no new
 * connections; requests in flight may finish within `GW_DRAIN_SECONDS`. After an uncaught exception it drains
 * immediately, without serving new connections.
 *
 * @throws CliError if the configuration cannot be used, and after such an exception
 */
export async function serve(env: NodeJS.ProcessEnv): Promise<void> {
  const { config, files } = loadAll(env);
  const log = createLogger({ level: config.log.level });
  for (const warning of config.warnings) log.warn(warning);
  const metrics = await makeMetrics(config);
  const parts = assemble(config, files, log, metrics === undefined ? {} : { metrics });
  const torn = handleUncaught(parts.unexpected);
  const server = makeServer(parts.gateway, { tls: parts.tls });
  // Before the first `await`: a gateway that is stopped while it starts must not lose its audit lines.
  const endSignal = Promise.race([askedToEnd(), torn]);
  const metricsServer = metrics && (await serveMetrics(metrics, parts.upstream, config, log));
  const jobsServer = parts.jobs && (await serveJobs(parts.jobs, config, log));
  const { address, port } = await listen(server, 'LISTEN', config.listen);
  log.info(
    {
      address,
      port,
      tls: config.tls.certFile !== undefined,
      upstream: parts.upstream.name,
      auth: config.auth.mode,
      operations: OPERATIONS.length,
      mlflow: DESCRIBED_VERSION,
    },
    'mlflow-gateway listens',
  );
  await Promise.race([parts.start(), endSignal]);
  const { drainMs, drainDelayMs: delayMs } = config.listen;
  const signal = await endSignal;
  if (signal === 'exception') exitAfterDrain(drainMs);
  await endGracefully(server, {
    signal,
    drainMs,
    delayMs,
    drain: parts.drain,
    closeWhenDone: () => server.closeWhenDone(),
    giveUp: () => parts.gateway.giveUp(),
    log,
  });
  jobsServer?.close();
  jobsServer?.closeAllConnections();
  // Last, so that Prometheus sees the drain.
  metricsServer?.close();
  metricsServer?.closeAllConnections();
  await parts.close();
  log.info('stopped');
  if (signal === 'exception') throw new CliError(UNEXPECTED_END);
}

/** Loaded only if metrics are on: nothing else needs prom-client. */
async function makeMetrics({ metrics }: Config): Promise<Metrics | undefined> {
  if (metrics.port === undefined) return undefined;
  const { Metrics } = await import('../metrics/metrics.ts');
  return new Metrics();
}

/** Loaded only if metrics are on. */
async function makeMlflowMetrics(upstream: Upstream): Promise<MlflowMetrics> {
  const { MlflowMetrics } = await import('../metrics/mlflow-metrics.ts');
  return new MlflowMetrics(upstream);
}

async function serveMetrics(
  metrics: Metrics,
  upstream: Upstream,
  config: Config,
  log: Logger,
): Promise<Server> {
  const { makeMetricsServer } = await import('../metrics/listener.ts');
  const server = makeMetricsServer(
    metrics,
    (error) => log.error({ err: error }, 'metrics could not be collected'),
    config.metrics.mlflow ? await makeMlflowMetrics(upstream) : undefined,
  );
  const { address, port } = await listen(server, 'METRICS', {
    host: config.metrics.host,
    port: config.metrics.port!,
  });
  // A gateway that cannot listen for callers ends.
  server.unref();
  log.info({ address, port }, 'metrics are served');
  return server;
}

/** Served during the drain: a job in MLflow may still call. */
async function serveJobs(jobs: Gateway, config: Config, log: Logger): Promise<Server> {
  const server = makeServer(jobs);
  const { address, port } = await listen(server, 'JOBS', { host: JOBS_HOST, port: config.jobs.port! });
  server.unref();
  log.info({ address, port }, 'listens for MLflow’s own jobs');
  return server;
}

interface Place {
  readonly host: string;
  readonly port: number;
}

/** Listens at `GW_<name>_HOST` and `GW_<name>_PORT`. */
async function listen(
  server: Server,
  name: 'LISTEN' | 'METRICS' | 'JOBS',
  place: Place,
): Promise<AddressInfo> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(new CliError(listenProblem(error, name, place))),
    );
    server.listen(place.port, place.host, resolve);
  });
  return server.address() as AddressInfo;
}

function listenProblem(error: NodeJS.ErrnoException, name: string, { host, port }: Place): string {
  const where = name === 'JOBS' ? `GW_JOBS_PORT=${port}` : `GW_${name}_HOST=${host}, GW_${name}_PORT=${port}`;
  if (error.code === 'EADDRINUSE')
    return `Cannot listen (${where}): the port is in use. Choose another GW_${name}_PORT.`;
  if (error.code === 'EACCES')
    return `Cannot listen (${where}): not permitted. Ports below 1024 need privileges.`;
  if (error.code === 'EADDRNOTAVAIL') return `Cannot listen (${where}): this machine has no such address.`;
  return `Cannot listen (${where}): ${error.message}`;
}
