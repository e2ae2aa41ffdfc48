import { MLFLOW_METRICS_PATH } from '../catalog/generated/catalog.ts';
import { DenialError } from '../denial.ts';
import { LIMITS } from '../limits.ts';
import type { OutgoingRequest, Upstream } from '../upstream/types.ts';
import { judgeStatus } from '../upstream/unusable-response.ts';

/** The response to a request for metrics. */
export interface Page {
  readonly status: number;
  readonly type: string;
  readonly body: Buffer | string;
}

/** prometheus-flask-exporter serves it at the root, also below a static prefix (mlflow/server/prometheus_exporter.py). */
const CALL: OutgoingRequest = {
  method: 'GET',
  path: MLFLOW_METRICS_PATH,
  headers: { accept: 'text/plain' },
  body: undefined,
  atRoot: true,
};

/** Content types of the formats that Prometheus reads: https://prometheus.io/docs/instrumenting/content_negotiation/ */
const METRICS_TYPE = /^(?:text\/plain|application\/openmetrics-text)(?:;[ -~]{0,200})?$/;
/** Text without a version can be anything, for example a page of a proxy. */
const SAMPLE_OR_COMMENT = /^(?:#|[a-zA-Z_:][a-zA-Z0-9_:]*[ {])/;

/**
 * Fetches MLflow's own metrics, for readers of the gateway's metrics. They cover all tenants (they have numbers, but no
 * paths with ids), so callers cannot read them.
 *
 * Simultaneous calls share one request to MLflow, limited in size and time.
 *
 * @example
 * const metrics = new MlflowMetrics(upstream);
 * const { status, type, body } = await metrics.read();
 */
export class MlflowMetrics {
  readonly #upstream: Pick<Upstream, 'ask' | 'host'>;
  #inFlight: Promise<Page> | undefined;

  constructor(upstream: Pick<Upstream, 'ask' | 'host'>) {
    this.#upstream = upstream;
  }

  /** The metrics, or the reason for their absence: 404 if MLflow has none, 502 and 504 if it fails. */
  read(): Promise<Page> {
    this.#inFlight ??= this.#ask().finally(() => {
      this.#inFlight = undefined;
    });
    return this.#inFlight;
  }

  async #ask(): Promise<Page> {
    const options = {
      timeoutMs: LIMITS.mlflowMetricsTime.value * 1_000,
      limit: LIMITS.mlflowMetricsBytes.value,
    };
    try {
      const answer = await this.#upstream.ask(CALL, options);
      if (answer.status === 404)
        return sentence(
          404,
          'MLflow serves no metrics: start it with --expose-prometheus DIRECTORY, with the package prometheus-flask-exporter installed',
        );
      const wrong = judgeStatus(answer, { what: 'a question for its metrics', host: this.#upstream.host });
      if (wrong !== undefined) return sentence(502, wrong.why);
      const type = String(answer.headers['content-type'] ?? '');
      if (METRICS_TYPE.test(type) && (answer.body.length === 0 || SAMPLE_OR_COMMENT.test(head(answer.body))))
        return { status: 200, type, body: answer.body };
      return sentence(
        502,
        'The response of MLflow, or of a proxy in front of it, has no metrics in a Prometheus format',
      );
    } catch (error) {
      if (!(error instanceof DenialError)) throw error;
      return sentence(error.reason === 'upstream_timeout' ? 504 : 502, error.message.replace(/\.$/, ''));
    }
  }
}

const head = (body: Buffer): string => body.subarray(0, 256).toString('latin1').trimStart();

const sentence = (status: number, text: string): Page => ({ status, type: 'text/plain', body: `${text}.\n` });
