import { Gauge, type Registry } from 'prom-client';
import { type AuditEntry, type AuditReason, LET_THROUGH } from '../audit/entry.ts';
import type { Operation } from '../catalog/types.ts';
import { isFailure, REASONS, type Reason } from '../denial.ts';
import { Durations } from './durations.ts';
import { SeriesCounter } from './series-counter.ts';

/** The `operation` of a request that is not in the catalog. */
const NO_OPERATION = 'none';

/** The facts of a finished request that are counted. */
export interface Ended {
  readonly operation: Operation | undefined;
  readonly decision: AuditEntry['decision'];
  readonly reason: AuditReason;
  readonly status: number;
  /** From its arrival until it was sent to MLflow, or refused. */
  readonly decisionMs: number;
  /** From its arrival until the whole response was sent. */
  readonly totalMs: number;
}

/**
 * The possible pairs of decision and status: MLflow's responses by class (`allow`), refusals (`deny`, counted as 4xx, also 501),
 * failures (`error`, always 5xx). In this order the index of a series follows from decision and status.
 */
const OUTCOMES = [
  ['allow', '2xx'],
  ['allow', '3xx'],
  ['allow', '4xx'],
  ['allow', '5xx'],
  ['deny', '4xx'],
  ['error', '5xx'],
] as const;

const DECISIONS: readonly AuditEntry['decision'][] = ['allow', 'deny', 'error'];

/** Seconds. MLflow answers in milliseconds to seconds; uploads take what they take. */
const REQUEST_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
/** Seconds. A decision without a lookup takes less than a millisecond. */
const DECISION_BUCKETS = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05, 0.25, 1, 5];

/**
 * Counts requests. Labels come from the catalog and from closed sets only, never from a request: callers can neither add
 * series nor put text into the metrics.
 */
export class RequestMetrics {
  readonly #requests: SeriesCounter;
  readonly #decisions: SeriesCounter;
  readonly #durations: Durations;
  readonly #decisionDurations: Durations;
  /** For each operation: the index of its first series of requests, and the index of its resource. */
  readonly #operations = new Map<string, { readonly first: number; readonly resource: number }>();
  readonly #places: ReadonlyMap<AuditReason, number>;
  #inFlight = 0;

  constructor(register: Registry, operations: readonly Operation[]) {
    const names = [...operations.map(({ id }) => id), NO_OPERATION];
    this.#requests = new SeriesCounter({
      name: 'mlflow_gateway_requests_total',
      help: 'Requests that have ended, by operation of the catalog, decision, and class of the status.',
      labels: ['operation', 'decision', 'status'],
      register,
      series: names.flatMap((name) => OUTCOMES.map((outcome) => [name, ...outcome])),
      showZero: false,
    });
    const reasons: readonly AuditReason[] = [...LET_THROUGH, ...(Object.keys(REASONS) as Reason[])];
    this.#decisions = new SeriesCounter({
      name: 'mlflow_gateway_decisions_total',
      help: 'Requests that have ended, by decision and reason (docs/reference/reasons.md).',
      labels: ['decision', 'reason'],
      register,
      series: reasons.map((reason) => [decisionOf(reason), reason]),
      showZero: true,
    });
    this.#places = new Map(reasons.map((reason, place) => [reason, place]));
    const resourceOf = (i: number): string => (operations[i]?.permission ?? NO_OPERATION).split(':', 1)[0]!;
    const resources = [...new Set(names.map((_, i) => resourceOf(i)))];
    this.#durations = new Durations({
      name: 'mlflow_gateway_request_duration_seconds',
      help: 'From the arrival of a request until MLflow’s whole response was sent, by resource of the permission.',
      labels: ['resource'],
      buckets: REQUEST_BUCKETS,
      register,
      series: resources.map((resource) => [resource]),
    });
    this.#decisionDurations = new Durations({
      name: 'mlflow_gateway_decision_duration_seconds',
      help: 'From the arrival of a request until it was sent to MLflow or refused: reading, identity, permission, tenancy.',
      labels: ['decision'],
      buckets: DECISION_BUCKETS,
      register,
      series: DECISIONS.map((decision) => [decision]),
    });
    names.forEach((name, i) => {
      this.#operations.set(name, { first: i * OUTCOMES.length, resource: resources.indexOf(resourceOf(i)) });
    });
    const inFlight = (): number => this.#inFlight;
    new Gauge({
      name: 'mlflow_gateway_requests_in_flight',
      help: 'Requests in flight, probes included.',
      registers: [register],
      collect() {
        this.set(inFlight());
      },
    });
  }

  /** A request has arrived. */
  begin(): void {
    this.#inFlight++;
  }

  /** A request has ended, with any result. */
  end(): void {
    this.#inFlight--;
  }

  /** Counts decision and response; once for each audit line. */
  note({ operation, decision, reason, status, decisionMs, totalMs }: Ended): void {
    const { first, resource } = this.#operations.get(operation?.id ?? NO_OPERATION)!;
    this.#requests.add(first + outcomeOf(decision, status));
    this.#decisions.add(this.#places.get(reason)!);
    this.#decisionDurations.note(DECISIONS.indexOf(decision), decisionMs / 1000);
    // The time until a caller leaves does not measure MLflow.
    if (reason === 'forwarded') this.#durations.note(resource, totalMs / 1000);
  }
}

function decisionOf(reason: AuditReason): AuditEntry['decision'] {
  if (!(reason in REASONS)) return 'allow';
  return isFailure(REASONS[reason as Reason].status) ? 'error' : 'deny';
}

function outcomeOf(decision: AuditEntry['decision'], status: number): number {
  if (decision === 'deny') return 4;
  if (decision === 'error') return 5;
  return Math.min(3, Math.max(0, Math.floor(status / 100) - 2));
}
