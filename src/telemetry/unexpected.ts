import type { Logger } from './log.ts';

/**
 * The place of an unexpected error:
 *
 * - `request`: inside the handling of one request, which was answered with 500
 * - `rejection`: a rejected promise without a handler
 * - `socket`: a connection that broke without an error listener
 * - `exception`: anywhere else, with the process in an unknown state
 */
export const UNEXPECTED = ['request', 'rejection', 'socket', 'exception'] as const;
export type Unexpected = (typeof UNEXPECTED)[number];

/** The facts of an error, without text of a caller. */
export interface ErrorFacts {
  readonly error: string;
  readonly code?: string;
  readonly syscall?: string;
  readonly stack: readonly string[];
}

/** The most frames of a stack that are logged. */
const MOST_FRAMES = 20;
const FRAME = /^ {4}at /;

/**
 * Describes an error by its name, its code and the places in the code. Its message is left out: messages of `JSON.parse` and
 * of many libraries quote the input.
 */
export function factsOf(error: unknown): ErrorFacts {
  if (!(error instanceof Error)) return { error: typeof error, stack: [] };
  const { name, stack = '', code, syscall } = error as NodeJS.ErrnoException;
  return {
    error: String(name),
    ...(code === undefined ? {} : { code: String(code) }),
    ...(syscall === undefined ? {} : { syscall: String(syscall) }),
    stack: String(stack)
      .split('\n')
      .filter((line) => FRAME.test(line))
      .slice(0, MOST_FRAMES)
      .map((line) => line.trim()),
  };
}

/**
 * Logs and counts an unexpected error. Its callers are the last handlers of an error, so it never throws: a failure of
 * the log or the counter is ignored.
 *
 * @param count called for each, if there are metrics
 * @example
 * const note = unexpectedErrors(log, (kind) => metrics.unexpected(kind));
 * note('rejection', reason);
 */
export function unexpectedErrors(
  log: Pick<Logger, 'fatal'>,
  count?: (kind: Unexpected) => void,
): (kind: Unexpected, error: unknown, requestId?: string) => void {
  return (kind, error, requestId) => {
    attempt(() => count?.(kind));
    attempt(() =>
      log.fatal(
        { kind, ...factsOf(error), ...(requestId === undefined ? {} : { request_id: requestId }) },
        'unexpected error',
      ),
    );
  };
}

/** Runs one of several actions so that its failure does not prevent the others. @returns the error that it threw, if any */
export function attempt(act: () => void): { readonly error: unknown } | undefined {
  try {
    act();
    return undefined;
  } catch (error) {
    return { error };
  }
}
