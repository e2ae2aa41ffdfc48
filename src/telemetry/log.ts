import { type DestinationStream, destination, type Logger as PinoLogger, pino, stdTimeFunctions } from 'pino';

/** The operational log. */
export type Logger = PinoLogger;

export type LogLevel = 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent';

/** Most bytes of lines that wait because they cannot be written. */
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
 * Makes the operational log: what the gateway itself does, as opposed to what callers do (the audit log). JSON lines
 * on standard error, so that the two never mix. Written synchronously, as there are few of them and the last one
 * before a crash is the one that matters.
 *
 * Properties that may hold credentials are replaced by `[redacted]`; that is a second line of defence - nothing
 * logs headers or bodies on purpose.
 *
 * @param options `level`: the least that is logged; `stream`: for tests
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

/** A disk that is full, or a reader that has gone, must not end the gateway: pino throws unless somebody listens. */
function standardError(): DestinationStream {
  const stream = destination({ fd: 2, sync: true, maxLength: MAX_WAITING });
  stream.on('error', () => {});
  return stream;
}
