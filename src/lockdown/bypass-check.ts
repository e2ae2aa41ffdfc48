import { isIPv6 } from 'node:net';
import type { Address } from '../upstream/address.ts';
import { type Answering, askAt } from './answers.ts';
import { isOwn, type Listener, ownAddresses } from './own-addresses.ts';

const EVERY_MS = 10_000;
/** Readiness is asked of by anybody, any number of times. */
const FRESH_MS = 1_000;

export interface BypassCheckOptions {
  /** TCP ports that MLflow may have been told to listen on. */
  readonly ports: readonly number[];
  /** Where the gateway itself listens: for callers, and for those who read its metrics. */
  readonly listeners: readonly Listener[];
  /** Where MLflow is expected. */
  readonly upstream: Address;
  /** Of MLflow's health check. */
  readonly path: string;
  readonly log: { warn(facts: object, message: string): void; info(facts: object, message: string): void };
  /** Between looks that nobody asks for. Default 10,000. */
  readonly everyMs?: number;
  /** For tests. Default: every address of this machine. */
  readonly addresses?: () => readonly string[];
}

/**
 * Looks whether MLflow can be reached around the gateway that shares its pod: at any of the pod's addresses, on any
 * port it was configured with, besides the gateway's own listeners and the place where MLflow is meant to be. While it
 * can, the gateway is not ready, so that a pod that is open by mistake serves nobody.
 *
 * @example
 * const check = new BypassCheck({ ports: [5000], listeners: [{ host: '0.0.0.0', port: 8000 }], upstream, path, log });
 * await check.start();
 * await check.problem(); // undefined, or a sentence
 */
export class BypassCheck {
  readonly #options: BypassCheckOptions;
  #open: readonly string[] = [];
  #lookedAt = Number.NEGATIVE_INFINITY;
  #underWay: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: BypassCheckOptions) {
    this.#options = options;
  }

  /** Looks now, and from then on regularly. Resolves after the first look, whatever came of it. */
  async start(): Promise<void> {
    const { everyMs = EVERY_MS } = this.#options;
    this.#timer = setInterval(() => void this.#look(), everyMs);
    this.#timer.unref();
    await this.#look();
  }

  /**
   * Why the gateway must not be ready; `undefined` when nothing is found. Looks anew unless it has within a second: an
   * MLflow that has come up since the last look is found before the pod is called ready.
   */
  async problem(): Promise<string | undefined> {
    if (performance.now() - this.#lookedAt > FRESH_MS) await this.#look();
    if (this.#open.length === 0) return undefined;
    return (
      `MLflow can be reached around the gateway, at ${this.#open.join(', ')}: ` +
      'let it listen on its Unix socket only (UVICORN_UDS), or on 127.0.0.1'
    );
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #look(): Promise<void> {
    this.#underWay ??= this.#ask().finally(() => {
      this.#underWay = undefined;
    });
    return this.#underWay;
  }

  async #ask(): Promise<void> {
    const { path } = this.#options;
    const asked = await Promise.all(
      this.#places().map(async ({ address, port, name }) => ({
        name,
        found: await askAt(address, port, path),
      })),
    );
    this.#lookedAt = performance.now();
    this.#note(asked.filter(({ name, found }) => this.#counts(name, found)).map(({ name }) => name));
  }

  /** An MLflow that was found and is now too busy to answer is still there. */
  #counts(name: string, found: Answering): boolean {
    return found === 'answers' || (found === 'unclear' && this.#open.includes(name));
  }

  #places(): { readonly address: string; readonly port: number; readonly name: string }[] {
    const { ports, listeners, addresses = ownAddresses } = this.#options;
    return addresses().flatMap((address) =>
      ports
        .filter((port) => !listeners.some((own) => isOwn(own, address, port)))
        .filter((port) => !this.#isUpstream(address, port))
        .map((port) => ({ address, port, name: `${isIPv6(address) ? `[${address}]` : address}:${port}` })),
    );
  }

  #isUpstream(address: string, port: number): boolean {
    const { upstream } = this.#options;
    return upstream.kind !== 'unix' && isOwn(upstream, address, port);
  }

  #note(open: readonly string[]): void {
    const before = this.#open.join();
    this.#open = open;
    if (open.join() === before) return;
    const { log } = this.#options;
    if (open.length > 0) log.warn({ at: open }, 'MLflow can be reached around the gateway: not ready');
    else log.info({}, 'MLflow can no longer be reached around the gateway');
  }
}
