import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

/** The identity of a team, and the gateway of its requests. */
export interface TeamOptions {
  readonly port: number;
  readonly authorization: string;
  readonly name: string;
}

/** The measurements of a team since the last report. */
export interface TeamReport {
  /** Milliseconds of each request to MLflow. */
  readonly latencies: readonly number[];
  /** Milliseconds of each `/healthz`: as long as the gateway's event loop was blocked, and a little. */
  readonly probes: readonly number[];
  readonly ids: readonly string[];
  /** Requests with a status other than 200, after one retry. */
  readonly failures: readonly string[];
}

const BETWEEN_MS = 20;
const BETWEEN_PROBES_MS = 10;
/** MLflow's client tries again for these (`_TRANSIENT_FAILURE_RESPONSE_CODES`, mlflow/utils/request_utils.py). */
const TRANSIENT: ReadonlySet<number> = new Set([429, 502, 503, 504]);
const BEFORE_AGAIN_MS = 100;

interface Answer {
  readonly status: number;
  readonly id: string | undefined;
  readonly text: string;
}

/** A team that logs and reads its runs, one request at a time, as a training script and a person beside it do. */
export class TeamAtWork {
  readonly #options: TeamOptions;
  readonly #agent = new Agent({ keepAlive: true });
  #report = emptyReport();
  #working = true;

  constructor(options: TeamOptions) {
    this.#options = options;
  }

  /** Works until it is stopped. */
  async work(): Promise<void> {
    const experiment = await this.#make('/api/2.0/mlflow/experiments/create', {
      name: `at-work-${this.#options.name}`,
    });
    const experiment_id = (JSON.parse(experiment) as { experiment_id: string }).experiment_id;
    const run = await this.#make('/api/2.0/mlflow/runs/create', { experiment_id, start_time: 1 });
    const { run_id } = (JSON.parse(run) as { run: { info: { run_id: string } } }).run.info;
    const probing = this.#probe();
    for (let step = 0; this.#working; step++) {
      const metric = { run_id, key: 'loss', value: 1 / (step + 1), timestamp: step, step };
      await this.#timed('POST', '/api/2.0/mlflow/runs/log-metric', metric);
      await this.#timed('GET', `/api/2.0/mlflow/runs/get?run_id=${run_id}`);
      await this.#timed('POST', '/api/2.0/mlflow/runs/search', {
        experiment_ids: [experiment_id],
        max_results: 5,
      });
      await this.#timed('GET', `/api/2.0/mlflow/experiments/get?experiment_id=${experiment_id}`);
    }
    await probing;
    this.#agent.destroy();
  }

  stop(): void {
    this.#working = false;
  }

  /** The observations since the last call. */
  take(): TeamReport {
    const taken = this.#report;
    this.#report = emptyReport();
    return taken;
  }

  async #make(path: string, body: object): Promise<string> {
    const { status, text } = await this.#send('POST', path, body);
    if (status !== 200) throw new Error(`${path} answered ${status} ${text}`);
    return text;
  }

  async #probe(): Promise<void> {
    while (this.#working) {
      const started = performance.now();
      const { status } = await this.#send('GET', '/healthz');
      this.#report.probes.push(performance.now() - started);
      if (status !== 200) this.#report.failures.push(`/healthz: ${status}`);
      await sleep(BETWEEN_PROBES_MS);
    }
  }

  async #timed(method: string, path: string, body?: object): Promise<void> {
    const started = performance.now();
    let { status, id, text } = await this.#send(method, path, body);
    if (TRANSIENT.has(status)) {
      if (id !== undefined) this.#report.ids.push(id);
      await sleep(BEFORE_AGAIN_MS);
      ({ status, id, text } = await this.#send(method, path, body));
    }
    this.#report.latencies.push(performance.now() - started);
    if (id !== undefined) this.#report.ids.push(id);
    if (status !== 200) this.#report.failures.push(`${path}: ${status} ${text.slice(0, 300)}`);
    await sleep(BETWEEN_MS);
  }

  #send(method: string, path: string, body?: object): Promise<Answer> {
    const { port, authorization } = this.#options;
    return new Promise((resolve) => {
      const failed = (error: Error): void => resolve({ status: 0, id: undefined, text: error.message });
      const headers = {
        authorization,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      };
      const sent = request(
        { port, host: '127.0.0.1', method, path, headers, agent: this.#agent },
        (answer) => {
          let text = '';
          answer.setEncoding('utf8').on('data', (chunk: string) => {
            text += chunk;
          });
          answer.on('error', failed);
          answer.on('end', () =>
            resolve({ status: answer.statusCode!, id: String(answer.headers['x-request-id']), text }),
          );
        },
      );
      sent.on('error', failed).end(body === undefined ? undefined : JSON.stringify(body));
    });
  }
}

function emptyReport(): { latencies: number[]; probes: number[]; ids: string[]; failures: string[] } {
  return { latencies: [], probes: [], ids: [], failures: [] };
}
