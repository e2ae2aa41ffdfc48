import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

/** The caller that a browser chose. */
export interface Session {
  readonly tenant: string;
  readonly subject: string;
}

/** How long a session lasts, in seconds: a working day. */
export const SESSION_SECONDS = 12 * 60 * 60;

/**
 * Sessions as text that only this process can write: JSON and its HMAC-SHA256, with a key made at start, so that a
 * restart ends all sessions.
 *
 * @see https://www.rfc-editor.org/rfc/rfc2104
 * @example
 * const sessions = new Sessions();
 * sessions.read(sessions.write({ tenant: 'team-a', subject: 'alice' }));
 */
export class Sessions {
  readonly #key = randomBytes(32);
  readonly #now: () => number;

  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  write({ tenant, subject }: Session): string {
    const ends = this.#now() + SESSION_SECONDS * 1_000;
    const payload = Buffer.from(JSON.stringify({ tenant, subject, ends })).toString('base64url');
    return `${payload}.${this.#sign(payload).toString('base64url')}`;
  }

  /** `undefined` for text that this process did not write, or for an expired session. */
  read(text: string): Session | undefined {
    const [payload = '', signature = '', ...more] = text.split('.');
    const given = Buffer.from(signature, 'base64url');
    const own = this.#sign(payload);
    if (more.length > 0 || given.length !== own.length || !timingSafeEqual(given, own)) return undefined;
    const { tenant, subject, ends } = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'));
    return ends > this.#now() ? { tenant, subject } : undefined;
  }

  #sign(payload: string): Buffer {
    return createHmac('sha256', this.#key).update(payload).digest();
  }
}
