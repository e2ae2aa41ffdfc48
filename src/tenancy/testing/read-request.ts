import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { OPERATIONS } from '../../catalog/generated/catalog.ts';
import { CatalogIndex, isMatch } from '../../catalog/match.ts';
import { BodyBudget } from '../../http/body-budget.ts';
import { readHeaders } from '../../http/headers.ts';
import { parseTarget } from '../../http/target.ts';
import { RequestReader } from '../../request/reader.ts';
import type { CanonicalRequest } from '../../request/types.ts';

const INDEX = new CatalogIndex(OPERATIONS);
const CANONICALISER = new RequestReader(OPERATIONS, { maxBytes: 1_000_000, timeoutMs: 60_000 });
const BUDGET = new BodyBudget({ capacity: 64_000_000 });

/**
 * Reads a request as the gateway does, without a server. For tests.
 *
 * @example
 * await readRequest('POST /api/2.0/mlflow/runs/create', { experiment_id: '1' });
 */
export async function readRequest(line: string, body?: object): Promise<CanonicalRequest> {
  const [method, path] = line.split(' ') as [string, string];
  const text = body === undefined ? '' : JSON.stringify(body);
  const headers = readHeaders([
    'Host',
    'gateway',
    ...(text === '' ? [] : ['Content-Type', 'application/json', 'Content-Length', String(text.length)]),
  ]);
  const target = parseTarget(path);
  const match = INDEX.find(method, target.path);
  if (!isMatch(match)) throw new Error(`no operation for ${line}`);
  const head = CANONICALISER.readHead(match, target, headers);
  const incoming = Object.assign(Readable.from(text === '' ? [] : [Buffer.from(text)]), {
    method,
    headers: {},
  }) as unknown as IncomingMessage;
  const lease = BUDGET.open('team-a', 'alice');
  try {
    return await CANONICALISER.readBody(head, incoming, headers, lease);
  } finally {
    lease.release();
  }
}
