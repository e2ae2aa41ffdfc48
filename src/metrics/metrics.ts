import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import manifest from '../../package.json' with { type: 'json' };
import { DESCRIBED_VERSION, OPERATIONS } from '../catalog/generated/catalog.ts';
import { UNEXPECTED, type Unexpected } from '../telemetry/unexpected.ts';
import { OTHER, type UnknownOperation } from '../telemetry/unknown-operations.ts';
import type { Upstream } from '../upstream/types.ts';
import { RequestMetrics } from './requests.ts';

/** Why the gateway is not ready, as a closed set. */
export const CAUSES = [
  'draining',
  'signing_keys',
  'upstream',
  'strategy',
  'operation',
  'bypass',
  'audit',
] as const;
export type Cause = (typeof CAUSES)[number];

/** Values that are read on each scrape. */
export interface Sources {
  /** The causes that make the gateway unready now, as in `/readyz`. */
  readonly unready: () => Promise<readonly { readonly cause: Cause }[]>;
  readonly tokens: () => { readonly size: number; readonly hits: number; readonly misses: number };
  /** How many issuers of several cannot verify tokens, while others can. */
  readonly issuersFailing: () => number;
  readonly audit: () => { readonly written: number; readonly lost: number; readonly waitingBytes: number };
  readonly unknownOperations: () => readonly UnknownOperation[];
}

/** Seconds: a lookup is one small request to MLflow, or a page of a thousand runs. */
const LOOKUP_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5];

/**
 * The gateway's metrics for Prometheus, in a separate registry. Loaded and made only if `GW_METRICS_PORT` is
 * set.
 *
 * No label has a value from a request or of a tenant: operations and resources come from the catalog, all others from
 * closed sets (docs/metrics.md). The one exception is the template of a refused unknown path (ADR 57).
 *
 * @example
 * const metrics = new Metrics();
 * const parts = assemble(config, files, log, { metrics });
 * const { type, text } = await metrics.render();
 */
export class Metrics {
  readonly requests: RequestMetrics;
  readonly #register = new Registry();
  readonly #keyFetches: Counter<'result'>;
  readonly #keysAt: Gauge;
  readonly #lookups: Histogram<'result'>;
  readonly #unexpected: Counter<'kind'>;
  readonly #ready: Gauge;
  readonly #unready: Gauge<'cause'>;
  #sources: Sources | undefined;
  #rendering: Promise<string> | undefined;

  constructor() {
    const registers = [this.#register];
    this.requests = new RequestMetrics(this.#register, OPERATIONS);
    this.#keyFetches = new Counter({
      name: 'mlflow_gateway_signing_key_fetches_total',
      help: 'Fetches of the identity provider’s signing keys, by result.',
      labelNames: ['result'],
      registers,
    });
    for (const result of ['ok', 'failed']) this.#keyFetches.inc({ result }, 0);
    this.#keysAt = new Gauge({
      name: 'mlflow_gateway_signing_keys_fetched_timestamp_seconds',
      help: 'Time of the last successful fetch of signing keys, in seconds since 1970; 0 without one.',
      registers,
    });
    this.#lookups = new Histogram({
      name: 'mlflow_gateway_lookup_duration_seconds',
      help: 'Resource lookups of the gateway at MLflow, by result.',
      labelNames: ['result'],
      buckets: LOOKUP_BUCKETS,
      registers,
    });
    for (const result of ['answered', 'failed']) this.#lookups.zero({ result });
    this.#unexpected = new Counter({
      name: 'mlflow_gateway_unexpected_errors_total',
      help: 'Unexpected errors, by the place where they were caught.',
      labelNames: ['kind'],
      registers,
    });
    for (const kind of UNEXPECTED) this.#unexpected.inc({ kind }, 0);
    this.#ready = new Gauge({
      name: 'mlflow_gateway_ready',
      help: 'Whether the gateway is ready, as in /readyz: 1 or 0.',
      registers,
    });
    this.#unready = new Gauge({
      name: 'mlflow_gateway_unready',
      help: 'Whether this cause makes the gateway unready: 1 or 0.',
      labelNames: ['cause'],
      registers,
    });
    new Gauge({
      name: 'mlflow_gateway_build_info',
      help: 'Always 1: the versions of the gateway, of Node, and of the MLflow in the catalog.',
      labelNames: ['version', 'node', 'mlflow'],
      registers,
    }).set({ version: manifest.version, node: process.version, mlflow: DESCRIBED_VERSION }, 1);
    this.#addSourced();
    collectDefaultMetrics({ register: this.#register });
  }

  /** Sets the source of the values that are not counted here. Call it before the first `render`. */
  connect(sources: Sources): void {
    this.#sources = sources;
  }

  /** A fetch of signing keys has ended. */
  keysFetched(ok: boolean): void {
    this.#keyFetches.inc({ result: ok ? 'ok' : 'failed' });
    if (ok) this.#keysAt.setToCurrentTime();
  }

  /** An unexpected error has occurred. */
  unexpected(kind: Unexpected): void {
    this.#unexpected.inc({ kind });
  }

  /** The same MLflow, with its requests counted as lookups. */
  countLookups(upstream: Upstream): Upstream {
    const ask: Upstream['ask'] = async (outgoing, options) => {
      const started = performance.now();
      let result: 'answered' | 'failed' = 'failed';
      try {
        const answer = await upstream.ask(outgoing, options);
        if (answer.status < 500) result = 'answered';
        return answer;
      } finally {
        this.#lookups.observe({ result }, (performance.now() - started) / 1000);
      }
    };
    return {
      name: upstream.name,
      ...(upstream.host === undefined ? {} : { host: upstream.host }),
      forward: (...args) => upstream.forward(...args),
      ask,
      reachable: () => upstream.reachable(),
      close: () => upstream.close(),
    };
  }

  /** Content type and text as Prometheus reads them. Simultaneous calls get the same result. */
  async render(): Promise<{ readonly type: string; readonly text: string }> {
    this.#rendering ??= this.#render().finally(() => {
      this.#rendering = undefined;
    });
    return { type: this.#register.contentType, text: await this.#rendering };
  }

  async #render(): Promise<string> {
    const found = new Set((await this.#sources?.unready())?.map(({ cause }) => cause));
    this.#ready.set(found.size === 0 ? 1 : 0);
    for (const cause of CAUSES) this.#unready.set({ cause }, found.has(cause) ? 1 : 0);
    return await this.#register.metrics();
  }

  /** Counted elsewhere, at the cost of an addition, and read on each scrape. */
  #addSourced(): void {
    const registers = [this.#register];
    const now = (read: (sources: Sources) => number): number =>
      this.#sources === undefined ? 0 : read(this.#sources);
    const counted = (name: string, help: string, read: (sources: Sources) => number): void => {
      new Counter({
        name,
        help,
        registers,
        collect() {
          this.reset();
          this.inc(now(read));
        },
      });
    };
    const measured = (name: string, help: string, read: (sources: Sources) => number): void => {
      new Gauge({
        name,
        help,
        registers,
        collect() {
          this.set(now(read));
        },
      });
    };
    const unknown = (): readonly UnknownOperation[] => this.#sources?.unknownOperations() ?? [];
    new Counter({
      name: 'mlflow_gateway_unknown_operations_total',
      help: 'Refused operations that the catalog lacks, of identified callers, by method and path template.',
      labelNames: ['method', 'template'],
      registers,
      collect() {
        this.reset();
        this.inc({ method: OTHER, template: OTHER }, 0);
        for (const { method, template, count } of unknown()) this.inc({ method, template }, count);
      },
    });
    measured(
      'mlflow_gateway_issuers_failing',
      'Issuers without keys, while the gateway is ready because another issuer has some.',
      ({ issuersFailing }) => issuersFailing(),
    );
    measured(
      'mlflow_gateway_tokens_remembered',
      'Verified tokens in the cache.',
      ({ tokens }) => tokens().size,
    );
    counted(
      'mlflow_gateway_token_hits_total',
      'Requests with a cached token.',
      ({ tokens }) => tokens().hits,
    );
    counted(
      'mlflow_gateway_token_misses_total',
      'Requests with a token that was not in the cache, with any result.',
      ({ tokens }) => tokens().misses,
    );
    counted(
      'mlflow_gateway_audit_lines_total',
      'Audit lines made, written or waiting.',
      ({ audit }) => audit().written,
    );
    counted('mlflow_gateway_audit_lines_lost_total', 'Audit lines lost.', ({ audit }) => audit().lost);
    measured(
      'mlflow_gateway_audit_waiting_bytes',
      'Bytes of audit lines that wait to be written; at 8 MiB lines are lost.',
      ({ audit }) => audit().waitingBytes,
    );
  }
}
