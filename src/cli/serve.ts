import type { AddressInfo } from 'node:net';
import { assemble } from '../assemble.ts';
import { DESCRIBED_VERSION, OPERATIONS } from '../catalog/generated/catalog.ts';
import { makeServer } from '../http/server.ts';
import { createLogger } from '../telemetry/log.ts';
import { CliError, loadAll } from './load.ts';
import { askedToEnd, endGracefully } from './shutdown.ts';

/**
 * Runs the gateway until SIGTERM or SIGINT, then drains: unready but serving for `GW_DRAIN_DELAY_SECONDS`, then no new
 * connections; what is under way may finish within `GW_DRAIN_SECONDS`.
 */
export async function serve(env: NodeJS.ProcessEnv): Promise<void> {
  const { config, files } = loadAll(env);
  const log = createLogger({ level: config.log.level });
  for (const warning of config.warnings) log.warn(warning);
  const parts = assemble(config, files, log);
  const server = makeServer(parts.gateway);
  // Before anything is waited for: whoever stops a gateway that is just starting must not lose what it has audited.
  const asked = askedToEnd();
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(new CliError(listenProblem(error, config.listen))),
    );
    server.listen(config.listen.port, config.listen.host, resolve);
  });
  const { address, port } = server.address() as AddressInfo;
  log.info(
    {
      address,
      port,
      upstream: parts.upstreamName,
      auth: config.auth.mode,
      operations: OPERATIONS.length,
      mlflow: DESCRIBED_VERSION,
    },
    'mlflow-gateway listens',
  );
  await Promise.race([parts.start(), asked]);
  const { drainMs, drainDelayMs: delayMs } = config.listen;
  await endGracefully(server, {
    signal: await asked,
    drainMs,
    delayMs,
    drain: parts.drain,
    closeWhenDone: () => server.closeWhenDone(),
    log,
  });
  await parts.close();
  log.info('stopped');
}

function listenProblem(error: NodeJS.ErrnoException, { host, port }: { host: string; port: number }): string {
  const where = `GW_LISTEN_HOST=${host}, GW_LISTEN_PORT=${port}`;
  if (error.code === 'EADDRINUSE')
    return `Cannot listen (${where}): the port is taken. Choose another GW_LISTEN_PORT.`;
  if (error.code === 'EACCES')
    return `Cannot listen (${where}): not permitted. Ports below 1024 need privileges.`;
  if (error.code === 'EADDRNOTAVAIL') return `Cannot listen (${where}): this machine has no such address.`;
  return `Cannot listen (${where}): ${error.message}`;
}
