import { connect, type Socket } from 'node:net';
import { type Answer, ResponseReader } from './response-reader.ts';

/** The address of the server. */
export interface Target {
  readonly host: string;
  readonly port: number;
}

/** Returns the bytes of the next request. May return the same buffer repeatedly. */
export type NextRequest = () => Buffer;

export interface LoadOptions {
  readonly target: Target;
  readonly next: NextRequest;
  /** Kept-alive connections, each with one request in flight. */
  readonly connections: number;
  /** Ends after this time, or after this number of responses, whichever comes first; one of them must be given. */
  readonly seconds?: number;
  readonly answers?: number;
}

export interface LoadResult {
  /** Milliseconds from the first request to the last response. */
  readonly elapsedMs: number;
  /** Milliseconds of each request, from the write to the complete response. */
  readonly latencies: readonly number[];
}

const NO_ANSWER_MS = 60_000;

/**
 * Keeps `connections` connections busy, in a closed loop: each sends its next request when the last response is complete. Requests are
 * rendered beforehand and responses hardly parsed, on plain TCP sockets with TCP_NODELAY.
 *
 * @throws Error if a response has another status than 200, or is missing: a refusal must not count as a fast response
 * @example
 * const { latencies } = await load({ target, next: () => request, connections: 32, seconds: 2 });
 */
export async function load(options: LoadOptions): Promise<LoadResult> {
  const { target, next, connections, seconds = Number.POSITIVE_INFINITY, answers } = options;
  const sockets = await Promise.all(Array.from({ length: connections }, () => open(target)));
  const latencies: number[] = [];
  let toSend = answers ?? Number.POSITIVE_INFINITY;
  const started = performance.now();
  const deadline = started + seconds * 1000;
  const more = (): boolean => toSend-- > 0 && performance.now() < deadline;
  try {
    await Promise.all(sockets.map((socket) => keepBusy(socket, next, latencies, more)));
    return { elapsedMs: performance.now() - started, latencies };
  } finally {
    for (const socket of sockets) socket.destroy();
  }
}

/**
 * Sends one request on its own connection and returns the response with any status; for checks before a measurement.
 *
 * @throws Error if there is no response
 */
export async function askOnce(target: Target, request: Buffer): Promise<Answer> {
  const socket = await open(target);
  try {
    const reader = new ResponseReader();
    return await new Promise<Answer>((resolve, reject) => {
      socket.on('data', (chunk: Buffer) => settle(() => reader.push(chunk), resolve, reject));
      socket.on('error', reject).on('close', () => reject(new Error('the connection was closed')));
      socket.write(request);
    });
  } finally {
    socket.destroy();
  }
}

function keepBusy(
  socket: Socket,
  next: NextRequest,
  latencies: number[],
  more: () => boolean,
): Promise<void> {
  const reader = new ResponseReader();
  return new Promise((resolve, reject) => {
    let sentAt = 0;
    const send = (): void => {
      if (!more()) {
        resolve();
        return;
      }
      const request = next();
      sentAt = performance.now();
      socket.write(request);
    };
    socket.on('data', (chunk: Buffer) => {
      settle(
        () => reader.push(chunk),
        (answer) => {
          latencies.push(performance.now() - sentAt);
          if (answer.status !== 200) reject(unexpected(answer));
          else send();
        },
        reject,
      );
    });
    socket.on('error', reject).on('close', () => reject(new Error('the connection was closed')));
    socket.setTimeout(NO_ANSWER_MS, () => reject(new Error(`no response within ${NO_ANSWER_MS / 1000} s`)));
    send();
  });
}

function settle(
  read: () => Answer | undefined,
  whole: (answer: Answer) => void,
  failed: (error: unknown) => void,
): void {
  try {
    const answer = read();
    if (answer !== undefined) whole(answer);
  } catch (error) {
    failed(error);
  }
}

function unexpected({ head, body }: Answer): Error {
  return new Error(`a response other than 200:\n${head}\n\n${body.toString('utf8', 0, 1000)}`);
}

function open({ host, port }: Target): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, noDelay: true });
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.off('error', reject);
      resolve(socket);
    });
  });
}
