import { compareNumbers, versionNumbers } from '../catalog/compare-versions.ts';
import type { Upstream } from '../upstream/types.ts';
import { callOperation, writeCall } from './call.ts';

/** MLflow may be upgraded while the gateway is running. */
const RECHECK_MS = 30_000;
const RETRY_MS = 1_000;
const TIMEOUT_MS = 5_000;

/**
 * The version of MLflow, read at start and then every 30 seconds (every second while it is unknown). It is unknown until MLflow
 * answers, and again once MLflow stops answering: another version may come back.
 *
 * @example
 * const version = new MlflowVersion(upstream);
 * await version.start();
 * version.isAfter('3.17.2'); // true for 3.18.0, and while the version is unknown
 */
export class MlflowVersion {
  readonly #upstream: Upstream;
  #numbers: readonly number[] | undefined;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(upstream: Upstream) {
    this.#upstream = upstream;
  }

  /** Starts reading the version. Resolves after the first attempt, whatever its result. */
  async start(): Promise<void> {
    this.#numbers = await this.#read();
    if (this.#closed) return;
    this.#timer = setTimeout(() => void this.start(), this.#numbers === undefined ? RETRY_MS : RECHECK_MS);
    this.#timer.unref();
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  /** Whether MLflow is older than a version. True for an unknown version, so that defects of older ones are handled. */
  isBefore(version: string): boolean {
    return this.#numbers === undefined || compareNumbers(this.#numbers, versionNumbers(version)) < 0;
  }

  /** Whether MLflow is newer than a version. True for an unknown version. */
  isAfter(version: string): boolean {
    return this.#numbers === undefined || compareNumbers(this.#numbers, versionNumbers(version)) > 0;
  }

  async #read(): Promise<readonly number[] | undefined> {
    try {
      const answer = await this.#upstream.ask(writeCall(callOperation('version'), {}, {}), {
        timeoutMs: TIMEOUT_MS,
      });
      const numbers = answer.status === 200 ? versionNumbers(answer.body.toString('utf8')) : [];
      return numbers.length === 0 ? undefined : numbers;
    } catch {
      return undefined;
    }
  }
}
