import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { HostileCase } from './case.ts';
import { readAnswer } from './read-answer.ts';

/** The result of a case. */
export interface Outcome {
  /** `cut`: closed without a response, for a request that is malformed or too large. */
  readonly how: 'answered' | 'cut' | 'left' | 'unanswered';
  readonly status: number;
  /** The bytes of the response. */
  readonly text: string;
  /** `X-Request-ID` of each answer. */
  readonly ids: readonly string[];
}

/** Longer than the gateway's own time-outs. */
const NO_ANSWER_MS = 60_000;
const BETWEEN_PIECES_MS = 15;
/** The gateway stops reading a refused body; its response may be lost to a reset (RFC 9112 section 9.6). */
const READ_TO_ITS_END = 1024 * 1024;

/** Sends cases one after the other, on a kept connection where the case lets it. */
export class Lane {
  readonly #port: number;
  #kept: Socket | undefined;

  constructor(port: number) {
    this.#port = port;
  }

  async send(one: HostileCase): Promise<Outcome> {
    const keeps = one.framed && one.ending === 'answer';
    const known = keeps ? this.#takeKept() : undefined;
    const outcome = await this.#exchange(one, known ?? (await open(this.#port)));
    // A kept connection may have been closed at the moment of use; then the request was not read.
    if (known !== undefined && outcome.how === 'cut') return this.#exchange(one, await open(this.#port));
    return outcome;
  }

  close(): void {
    this.#kept?.destroy();
  }

  #takeKept(): Socket | undefined {
    const kept = this.#kept;
    this.#kept = undefined;
    return kept === undefined || kept.destroyed || kept.readableEnded ? undefined : kept;
  }

  #exchange(one: HostileCase, socket: Socket): Promise<Outcome> {
    const { framed, ending, method, pieces } = one;
    return new Promise((resolve) => {
      const chunks: Buffer[] = [];
      let over = false;
      let received = 0;
      let atLeast = 0;
      const done = (how: Outcome['how'], keep: boolean): void => {
        if (over) return;
        over = true;
        clearTimeout(timer);
        socket.off('data', onData).off('close', onClose);
        if (keep) this.#kept = socket;
        else socket.destroy();
        const text = Buffer.concat(chunks).toString('utf8');
        resolve({ how, text, status: statusIn(text), ids: idsIn(text) });
      };
      const timer = setTimeout(() => done('unanswered', false), NO_ANSWER_MS);
      const onData = (chunk: Buffer): void => {
        chunks.push(chunk);
        received += chunk.length;
        if (!framed || ending !== 'answer' || received < atLeast) return;
        const reading = readAnswer(Buffer.concat(chunks), method);
        if ('keeps' in reading) done('answered', reading.keeps && method !== 'CONNECT');
        else atLeast = reading.atLeast;
      };
      const onClose = (): void => {
        if (chunks.length > 0) done('answered', false);
        else
          done(
            framed && sizeOf(pieces) < READ_TO_ITS_END ? (ending === 'reset' ? 'left' : 'cut') : 'cut',
            false,
          );
      };
      socket.on('data', onData).on('close', onClose);
      void write(socket, pieces).then(async () => {
        if (over) return;
        if (ending === 'half-close') socket.end();
        if (ending !== 'reset') return;
        await sleep(sizeOf(pieces) % 20);
        if (!over) socket.resetAndDestroy();
        done('left', false);
      });
    });
  }
}

function open(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.off('error', reject);
      // Errors are expected, and always followed by `close`.
      socket.on('error', () => {});
      resolve(socket);
    });
  });
}

async function write(socket: Socket, pieces: readonly Buffer[]): Promise<void> {
  for (const [at, piece] of pieces.entries()) {
    if (at > 0) await sleep(BETWEEN_PIECES_MS);
    if (!socket.destroyed) socket.write(piece);
  }
}

function sizeOf(pieces: readonly Buffer[]): number {
  return pieces.reduce((sum, { length }) => sum + length, 0);
}

function statusIn(text: string): number {
  const statuses = [...text.matchAll(/^HTTP\/1\.1 ([2-5]\d\d)/gm)];
  return Number(statuses[0]?.[1] ?? 0);
}

function idsIn(text: string): readonly string[] {
  return [...text.matchAll(/^x-request-id: (\S+)\r?$/gim)].map(([, id]) => id!);
}
