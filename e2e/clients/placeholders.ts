/**
 * Replaces what differs between any two servers: each id by its kind and the place where it first occurs, times and
 * durations by a word. The second id of a run in one report is so equal to the second in another, and an answer that
 * names the wrong run is not.
 */
export class Placeholders {
  readonly #seen = new Map<string, Map<string, number>>();
  readonly #server: string;

  /** @param server the address that the client was given. */
  constructor(server: string) {
    this.#server = server;
  }

  /** A copy with placeholders. The order of calls matters: ids are numbered as they come. */
  of(value: unknown, key = ''): unknown {
    if (typeof value === 'number') return this.#number(value, key);
    if (typeof value === 'string') return this.#string(value, key);
    if (Array.isArray(value)) {
      const items = value.map((item) => this.of(item, key));
      // MLflow orders them by their ids.
      return key === 'model_outputs' ? items.toSorted(byText) : items;
    }
    if (value === null || typeof value !== 'object') return value;
    // `{ key: "mlflow.runName", value }` is an entry as `{ "mlflow.runName": value }` is.
    const { key: entry } = value as { readonly key?: unknown };
    const nameOf = (name: string): string => (name === 'value' && typeof entry === 'string' ? entry : name);
    return Object.fromEntries(
      Object.entries(value).map(([name, item]) => [this.#string(name, ''), this.of(item, nameOf(name))]),
    );
  }

  #number(value: number, key: string): unknown {
    if (DURATION.test(key)) return '<duration>';
    if (!Number.isInteger(value)) return value;
    if ((value >= RECENT_MS && value < FAR_MS) || NANOSECONDS.test(key)) return '<time>';
    // Too large for a count: it is a hash of an id.
    return Number.isSafeInteger(value) ? value : this.#id('number', `${value}`);
  }

  #string(value: string, key: string): string {
    if (DURATION.test(key)) return '<duration>';
    if (SIZE.test(key)) return '<size>';
    // The commit of the checkout, which may change during a run.
    if (key === 'mlflow.source.git.commit') return '<commit>';
    if (key === 'request_id' && UUID.test(value)) return '<request>';
    // OpenTelemetry's ids in JSON are base64, which looks like any word.
    if (ENCODED_ID.test(key) && BASE64.test(value)) return this.#id('otel', value);
    if (EXPERIMENT_KEY.test(key)) return value.replace(NUMBER, (id) => this.#experiment(id));
    if (NAME_KEY.test(key) && MADE_UP_NAME.test(value)) return this.#id('name', value);
    return value
      .replaceAll(this.#server, '<server>')
      .replaceAll(`port=${new URL(this.#server).port}`, 'port=<port>')
      .replace(REQUEST_ID, '<request>')
      .replace(EXPERIMENT_IN_TEXT, (id) => this.#experiment(id))
      .replace(TEMPORARY, '<folder>')
      .replace(TIME, '<time>')
      .replace(ID, (id) => this.#id(/^([a-z]+)-/.exec(id)?.[1] ?? `${id.length}`, id));
  }

  /** "Default" is 0 everywhere. */
  #experiment(id: string): string {
    return id === '0' ? id : this.#id('experiment', id);
  }

  #id(kind: string, id: string): string {
    const ids = this.#seen.get(kind) ?? new Map<string, number>();
    this.#seen.set(kind, ids);
    const place = ids.get(id) ?? ids.size + 1;
    ids.set(id, place);
    return `<${kind} ${place}>`;
  }
}

function byText(a: unknown, b: unknown): number {
  return JSON.stringify(a) < JSON.stringify(b) ? -1 : 1;
}

// The day itself sets some times, all in 2023; times of a clock are later.
const RECENT_MS = Date.UTC(2025, 0);
const FAR_MS = Date.UTC(2100, 0);
/** Times of a span; a hash is as large. */
const NANOSECONDS = /_unix_nano$/;
const DURATION =
  /^(execution_duration(_ms)?|execution_time_ms|duration_ms|execution_duration_seconds|(train|eval)_(runtime|(samples|steps)_per_second))$/;
/** The size of a trace, which includes times and ids of varying length. */
const SIZE = /^mlflow\.trace\.size(Stats|Bytes)$/;
const ENCODED_ID = /^(trace_id|span_id|parent_span_id)$/;
const BASE64 = /^[A-Za-z0-9+/]{11}=$|^[A-Za-z0-9+/]{22}==$/;
const EXPERIMENT_KEY = /^(experiment_ids?|_mlflow_experiment_ids|mlflow\.experimentId)$/;
const NUMBER = /\d+/g;
const NAME_KEY = /^(run_name|name|mlflow\.runName)$/;
const MADE_UP_NAME = /^[a-z]+-[a-z]+-\d{1,4}$/;
/** The request id of a refusal, in a client that quotes the whole response. */
const REQUEST_ID = /(?<="request_id": ?")[0-9a-f-]{36}/g;
/** The value of `request_id` in a refusal. Older clients use this name for trace ids, which are longer or shorter. */
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
/** An experiment id in locations, in links, before the id of a resource in the experiment, and in SQL that MLflow quotes. */
const EXPERIMENT_IN_TEXT =
  /(?<=mlflow-artifacts:\/(?:workspaces\/[a-z0-9-]+\/)?|#\/experiments\/|[Ee]xperiment (?:with )?(?:ID|id) '?|for experiment |\[parameters: \('[^']*', \d+, )\d+|(?<=[/='"]|%2F|^)\d+(?=(?:\/|%2F)(?:models(?:\/|%2F)m-|traces(?:\/|%2F)(?:tr-)?)?[0-9a-f]{32})/g;
const TEMPORARY = /\/tmp\/[\w./-]+/g;
const TIME =
  /\b(?:int )?1[7-9]\d{17}\b|\b(?:1[89]\d{11}|17[4-9]\d{10})\b|20[2-9]\d-\d\d-\d\d[T ]\d\d[:.]\d\d[:.]\d\d(?:\.\d+)?(?:Z|\+00:00)?/g;
/** The id in the name of an image begins with any letter; 16 digits after a point are a number's. */
const ID =
  /(?:\b|(?<=%2[F5]))(?:(?:[a-z]{1,3}-)?[0-9a-f]{32}|[0-9a-z][0-9a-f]{7}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|(?<!\d\.)(?:0x)?[0-9a-f]{16})\b/g;
