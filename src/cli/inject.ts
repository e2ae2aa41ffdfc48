import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { formatErrors } from '../config/format-errors.ts';
import { INJECT_VARIABLES } from '../config/inject-variables.ts';
import { type InjectConfig, loadInjectConfig } from '../config/load-inject.ts';
import { CertificateFiles } from '../inject/certificate.ts';
import { makeInjectServer } from '../inject/server.ts';
import { readSettings, type Settings } from '../inject/settings.ts';
import { SettingsError } from '../inject/settings-error.ts';
import { createLogger } from '../telemetry/log.ts';
import { unexpectedErrors } from '../telemetry/unexpected.ts';
import { CliError } from './load.ts';
import { askedToEnd, endGracefully } from './shutdown.ts';
import { exitAfterDrain, handleUncaught, UNEXPECTED_END } from './uncaught.ts';

/**
 * Runs the admission webhook that adds the gateway to pods, until SIGTERM or SIGINT.
 *
 * @throws CliError if its configuration, its settings or its certificate cannot be used
 */
export async function inject(env: NodeJS.ProcessEnv): Promise<void> {
  const { config, settings } = load(env);
  const { drainMs, drainDelayMs: delayMs, certFile, keyFile } = config;
  const log = createLogger({ level: config.logLevel });
  const torn = handleUncaught(unexpectedErrors(log));
  const endSignal = Promise.race([askedToEnd(), torn]);
  const certificate = await CertificateFiles.open({
    certFile,
    keyFile,
    onChange: (pair) => {
      server.useCertificate(pair);
      log.info({ valid_to: pair.validTo.toISOString() }, 'certificate changed');
    },
    onProblem: (why) =>
      log.warn({ why }, 'the certificate’s files cannot be used; the previous certificate stays in use'),
  }).catch((error: Error) => {
    throw new CliError(error.message);
  });
  const server = makeInjectServer({ settings, certificate, log });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) =>
      reject(new CliError(`Cannot listen on ${config.port}: ${error.message}`)),
    );
    server.listen(config.port, resolve);
  });
  const { port } = server.address() as AddressInfo;
  const valid = certificate.current.validTo.toISOString();
  log.info(
    { port, image: settings.image, sidecar: settings.sidecar, valid_to: valid },
    'mlflow-gateway inject listens',
  );
  const signal = await endSignal;
  if (signal === 'exception') exitAfterDrain(drainMs);
  await endGracefully(server, {
    signal,
    drainMs,
    delayMs,
    drain: () => server.drain(),
    closeWhenDone: () => {
      server.close();
      server.closeIdleConnections();
    },
    log,
  });
  certificate.close();
  log.info('stopped');
  if (signal === 'exception') throw new CliError(UNEXPECTED_END);
}

function load(env: NodeJS.ProcessEnv): { readonly config: InjectConfig; readonly settings: Settings } {
  const loaded = loadInjectConfig(env);
  const errors = 'errors' in loaded ? [...loaded.errors] : [];
  const read = readFile(
    env[INJECT_VARIABLES.configFile.name]?.trim() ?? '',
    env[INJECT_VARIABLES.image.name] ?? '',
  );
  if (read !== undefined && 'problems' in read) {
    const fix = 'Correct the path or the file.';
    errors.push(
      ...read.problems.map((problem) => ({ variable: INJECT_VARIABLES.configFile.name, problem, fix })),
    );
  }
  if (errors.length > 0 || 'errors' in loaded || read === undefined || 'problems' in read)
    throw new CliError(formatErrors(errors));
  return { config: loaded.config, settings: read.settings };
}

/** Reads the settings even if there are other problems, so that all are reported at once. */
function readFile(
  path: string,
  image: string,
): { readonly settings: Settings } | { readonly problems: readonly string[] } | undefined {
  if (path === '') return undefined;
  try {
    return { settings: readSettings(readFileSync(path, 'utf8'), image.trim()) };
  } catch (error) {
    const whys = error instanceof SettingsError ? error.problems : [(error as Error).message];
    return { problems: whys.map((why) => `names ${JSON.stringify(path)}, which cannot be used: ${why}`) };
  }
}
