import { deflateSync, gzipSync } from 'node:zlib';
import { field } from '../src/request/otlp/testing/wire.ts';

/** A request with a worst-case body. */
export interface WorstBody {
  readonly name: string;
  readonly path: string;
  readonly type: string;
  readonly coding?: string;
  readonly body: Buffer;
  /** Sent in chunks without a length. */
  readonly chunked?: true;
}

const MIB = 1024 * 1024;
const JSON_TYPE = 'application/json';
const BATCH = '/api/2.0/mlflow/runs/log-batch';
const RUN = '0'.repeat(32);

/** The cases of the gateway's own tests, and bodies near each bound. */
export function worstBodies(): readonly WorstBody[] {
  const json = (name: string, text: string, path = BATCH): WorstBody => ({
    name,
    path,
    type: JSON_TYPE,
    body: Buffer.from(text),
  });
  const otlp = (name: string, body: Buffer, coding?: string): WorstBody => ({
    name,
    path: '/v1/traces',
    type: 'application/x-protobuf',
    body,
    ...(coding === undefined ? {} : { coding }),
  });
  const list = (item: string, bytes: number): string =>
    `{"metrics":[${item.repeat(bytes / item.length)}${item.slice(0, -1)}]}`;
  const long = (item: string, bytes: number): string =>
    `{"run_id":"${RUN}","tags":[{"key":"k","value":"${item.repeat(bytes / item.length)}"}]}`;
  const emptySpans = (bytes: number): Buffer =>
    field(0x0a, field(0x12, Buffer.alloc(bytes, Buffer.from('1200', 'hex'))));
  const metric = { key: 'k', value: 1, timestamp: 1, step: 1 };
  const span = field(0x12, Buffer.concat([ids(), attribute('a', 'v'), attribute('b', 'v')]));
  const spans = (one: Buffer, n: number): Buffer =>
    field(0x0a, field(0x12, Buffer.concat(Array<Buffer>(n).fill(one))));
  const keys = Array.from({ length: 24_000 }, (_, at) => `"key-${at}":1`).join(',');
  return [
    json('3.9 MiB of empty objects', list('{},', 3.9 * MIB)),
    json('3.9 MiB of short strings', list('"1",', 3.9 * MIB)),
    json('15 MiB of empty objects', list('{},', 15 * MIB)),
    { ...json('3.9 MiB of numbers, in chunks', list('1,', 3.9 * MIB)), chunked: true },
    json('3.9 MiB of escaped quotes', long('\\"', 3.9 * MIB)),
    json('3.9 MiB of text in two bytes', long('\u4e00x', 3.9 * MIB * 0.5)),
    json('24,000 keys', `{"run_id":"${RUN}","metrics":[{${keys}}]}`),
    json('16,000 objects', `{"run_id":"${RUN}","metrics":[${'{"key":"k"},'.repeat(16_000)}{}]}`),
    json('1,000 metrics', JSON.stringify({ run_id: RUN, metrics: Array(1_000).fill(metric) })),
    json('nesting', `{"metrics":[${`${'['.repeat(97)}${']'.repeat(97)},`.repeat(500)}0]}`),
    json(
      '10,000 big integers',
      `{"run_id":"${RUN}","metrics":[{"key":"k","value":1,"timestamp":[${'9007199254740993,'.repeat(9_999)}1]}]}`,
    ),
    json('3.9 MiB of GraphQL', JSON.stringify({ query: `{ a(b: "${'x'.repeat(3.9 * MIB)}") }` }), '/graphql'),
    json('3.9 MiB of brackets in GraphQL', JSON.stringify({ query: '{a'.repeat(1.9 * MIB) }), '/graphql'),
    otlp('4 KB of gzip, 4 MiB of empty spans', gzipSync(emptySpans(4 * MIB - 64), { level: 9 }), 'gzip'),
    otlp('15 KB of gzip, 15 MiB of empty spans', gzipSync(emptySpans(15 * MIB), { level: 9 }), 'gzip'),
    otlp('4 KB of deflate', deflateSync(emptySpans(4 * MIB - 64), { level: 9 }), 'deflate'),
    otlp('3.9 MiB of empty spans', emptySpans(3.9 * MIB)),
    otlp('4,096 spans', spans(span, 4_096)),
    otlp(
      'one attribute of 3.9 MiB',
      spans(field(0x12, Buffer.concat([ids(), attribute('a', 'v'.repeat(3.9 * MIB))])), 1),
    ),
    otlp(
      '12,000 attributes',
      spans(field(0x12, Buffer.concat([ids(), ...Array<Buffer>(12_000).fill(attribute('k', 'v'))])), 1),
    ),
  ];
}

function ids(): Buffer {
  return Buffer.concat([field(0x0a, Buffer.alloc(16, 1)), field(0x12, Buffer.alloc(8, 1))]);
}

function attribute(key: string, value: string): Buffer {
  return field(
    0x4a,
    Buffer.concat([field(0x0a, Buffer.from(key)), field(0x12, field(0x0a, Buffer.from(value)))]),
  );
}
