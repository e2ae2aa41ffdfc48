import type { Config } from '../config/config.ts';
import type { ConfigFiles } from '../config/files.ts';
import type { FileLabel } from '../files/file-status.ts';
import { RereadFile } from '../files/reread-file.ts';
import { type RereadFiles, rereadFiles } from '../files/reread-files.ts';
import { ListenerTls } from '../http/tls/listener-tls.ts';
import { LIMITS } from '../limits.ts';
import type { Logger } from '../telemetry/log.ts';
import { requireCertificates } from '../tls/authorities.ts';
import { type KeyPair, requireKeyPair } from '../tls/key-pair.ts';
import type { Credentials } from '../upstream/pools.ts';

/** TLS to callers and to MLflow. All of it follows the files of the configuration from `start` on. */
export interface Tls extends RereadFiles {
  /** Only with `GW_TLS_CERT_FILE`. */
  readonly listener: ListenerTls | undefined;
}

/**
 * Makes TLS of the listener, and keeps the credentials of the connections to MLflow up to date.
 *
 * @param upstream without one, as in `explain`, the files for MLflow are not read again
 */
export function makeTls(
  { tls, upstream: target }: Config,
  files: ConfigFiles,
  log: Logger,
  upstream: { useCredentials(credentials: Credentials): void } | undefined,
): Tls {
  const listener =
    files.tls === undefined
      ? undefined
      : new ListenerTls({ pair: files.tls, clientCa: files.clientCa, clientNames: tls.clientNames, log });
  const targetPair = pairFile(
    ['GW_TARGET_CERT_FILE', 'target_certificate'],
    target,
    files.targetPair,
    log,
    (pair) => upstream?.useCredentials({ ca: targetCa?.value, ...pair }),
  );
  const targetCa = authoritiesFile(['GW_TARGET_CA_FILE', 'target_ca'], target.caFile, files.ca, log, (ca) =>
    upstream?.useCredentials({ ca, ...targetPair?.value }),
  );
  const reread = rereadFiles([
    pairFile(['GW_TLS_CERT_FILE', 'tls_certificate'], tls, files.tls, log, (pair) => listener?.usePair(pair)),
    authoritiesFile(['GW_TLS_CLIENT_CA_FILE', 'tls_client_ca'], tls.clientCaFile, files.clientCa, log, (ca) =>
      listener?.useClientCa(ca),
    ),
    ...(upstream === undefined ? [] : [targetPair, targetCa]),
  ]);
  return { ...reread, listener };
}

type Named = readonly [variable: string, label: FileLabel];

/**
 * A certificate file with its key file. They are read together: while one is replaced and the other is not, the last pair stays in use.
 */
function pairFile(
  [variable, label]: Named,
  { certFile, keyFile }: { readonly certFile?: string | undefined; readonly keyFile?: string | undefined },
  pair: KeyPair | undefined,
  log: Logger,
  onChange: (pair: KeyPair) => void,
): RereadFile<KeyPair> | undefined {
  if (certFile === undefined || keyFile === undefined || pair === undefined) return undefined;
  return new RereadFile({
    variable,
    label,
    path: certFile,
    text: pair.cert,
    maxBytes: LIMITS.configurationFile.value,
    // The pair that was read at start, even if its files are being replaced just now.
    first: { value: pair, others: new Map([[keyFile, pair.key]]) },
    parse: (cert, read) => requireKeyPair(cert, read(keyFile)),
    onChange,
    log,
  });
}

function authoritiesFile(
  [variable, label]: Named,
  path: string | undefined,
  text: string | undefined,
  log: Logger,
  onChange: (ca: string) => void,
): RereadFile<string> | undefined {
  if (path === undefined || text === undefined) return undefined;
  const maxBytes = LIMITS.configurationFile.value;
  return new RereadFile({ variable, label, path, text, maxBytes, parse: requireCertificates, onChange, log });
}
