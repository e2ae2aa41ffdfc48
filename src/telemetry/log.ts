import { type DestinationStream, destination, type Logger as PinoLogger, pino, stdTimeFunctions } from 'pino';

/** The operational log. */
export type Logger = PinoLogger;

export type LogLevel = 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent';

/** The most bytes of lines that wait to be written. */
const MAX_WAITING = 1024 * 1024;

/** Properties that are redacted, at the top level or one below. */
const SECRET = [
  'authorization',
  'proxy-authorization',
  'cookie',
  'set-cookie',
  'token',
  'x-api-key',
  'password',
];

/**
 * Makes the operational log: events of the gateway itself. Requests of callers are in the audit log. The lines are JSON
 * on standard error, so that the two logs never mix. They are written synchronously, since there are few of them and the
 * last line before a crash matters most.
 *
 * Properties that may hold credentials are replaced by `[redacted]`. That is a second line of defence: no code logs
 * headers or bodies on purpose.
 *
 * @param options `level`: the lowest level that is logged; `stream`: for tests
 * @example
 * const log = createLogger({ level: 'info' });
 * log.warn({ request_id: id }, 'MLflow closed the connection');
 */
export function createLogger(options: {
  readonly level: LogLevel;
  readonly stream?: DestinationStream;
}): Logger {
  const { level, stream = standardError() } = options;
  return pino(
    {
      level,
      base: null,
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: {
        paths: SECRET.flatMap((name) => [`["${name}"]`, `*["${name}"]`, `*.headers["${name}"]`]),
        censor: '[redacted]',
      },
    },
    stream,
  );
}

/** A full disk or a closed reader must not end the gateway: pino throws without an error listener. */
function standardError(): DestinationStream {
  const stream = destination({ fd: 2, sync: true, maxLength: MAX_WAITING });
  stream.on('error', () => {});
  return stream;
}
