import { type Draft, put, toWire } from '../../harness/requests/draft.ts';
import { type Place, placesOf } from '../../harness/requests/places.ts';
import { type HostileCase, render } from '../case.ts';
import type { Random } from '../random.ts';
import { pickAuthorization, type Tokens } from './tokens.ts';
import { hostileValue, type Targets, textFor } from './values.ts';

/** The ordinary request of each operation on the attackers' own resources. */
export type Drafts = readonly Draft[];

const UNKNOWN = ['"unknown_field":1', '"runId":"x"', '"experimentId":"1"', '"__proto__":{"a":1}', '"":""'];
const EXTRA_HEADERS: readonly Readonly<Record<string, string | readonly string[]>>[] = [
  { 'X-MLFLOW-WORKSPACE': 'team-b' },
  { 'X-MLFLOW-WORKSPACE': ['team-a', 'team-b'] },
  { X_MLFLOW_WORKSPACE: 'team-b' },
  { 'X-Tenant': 'team-b' },
  { 'X-Forwarded-For': '127.0.0.1' },
  { 'X-Forwarded-For': '1.2.3.4,'.repeat(900) },
  { Cookie: 'a=b; '.repeat(900) },
  { Origin: 'https://evil.example' },
  { 'Content-Encoding': 'gzip' },
  { Expect: '100-continue' },
  { Expect: 'magic' },
  { 'X-HTTP-Method-Override': 'DELETE' },
  { Range: 'bytes=0-5,1-6' },
  { Accept: 'text/html' },
];

/** An operation of the catalog with up to three values, fields or headers that do not belong there. */
export function catalogCase(random: Random, drafts: Drafts, targets: Targets, tokens: Tokens): HostileCase {
  const ordinary = random.one(drafts);
  let draft = { ...ordinary, template: random.one(ordinary.operation.paths) };
  const fragments: string[] = [];
  const places = placesOf(draft.operation);
  for (let left = random.chance(0.02) ? 0 : 2 + random.below(3); left > 0 && places.length > 0; left--)
    draft = damage(random, draft, random.one(places), targets, fragments);
  const wire = toWire(draft);
  const authorization = pickAuthorization(random, tokens);
  const headers: Record<string, string | readonly string[]> = { ...wire.headers };
  if (authorization !== undefined) headers.Authorization = authorization;
  if (random.chance(0.12)) Object.assign(headers, random.one(EXTRA_HEADERS));
  if (draft.raw === undefined && draft.body !== undefined && random.chance(0.05))
    headers['content-type'] = random.one([
      'text/plain',
      'application/json; charset=utf-16',
      'multipart/form-data',
    ]);
  const body = wire.body === undefined ? undefined : withFragments(random, wire.body, fragments, draft);
  const path = withQuery(random, wire.path, body === undefined ? 0.93 : 0.05);
  const method = random.chance(0.03)
    ? random.one(['HEAD', 'OPTIONS', 'PUT', 'DELETE', 'TRACE'])
    : wire.method;
  return {
    name: `catalog ${draft.operation.id}`,
    pieces: [render(method, path, headers, method === 'HEAD' ? undefined : body)],
    method,
    // A length or a transfer coding among the example's headers would be a second framing.
    framed: true,
    ending: 'answer',
  };
}

function damage(random: Random, draft: Draft, place: Place, targets: Targets, fragments: string[]): Draft {
  if (place.in === 'body') {
    fragments.push(hostileValue(random, place.policy, targets));
    return put(draft, place, `@@${fragments.length - 1}@@`, random.one(['only', 'first', 'last']));
  }
  const value = textFor(random, place.policy, targets);
  // What cannot stand in a header's value would be refused by Node before it is looked at.
  if (place.in === 'header') return put(draft, place, value.replace(/[^\x20-\x7e]/g, '?'));
  return put(draft, place, value.isWellFormed() ? value : 'odd');
}

function withFragments(random: Random, body: Buffer, fragments: readonly string[], { raw }: Draft): Buffer {
  if (raw !== undefined) return body;
  let text = body.toString('utf8').replace(/"@@(\d+)@@"/g, (_, n: string) => fragments[Number(n)]!);
  // Most are refused for it: what MLflow takes keeps it busy, and is not what this is about.
  if (random.chance(0.85)) text = text.replace('{', `{${random.one(UNKNOWN)},`);
  if (random.chance(0.03)) text = text.replace(/^\{("[^"]+":[^,{[]+)/, '{$1,$1');
  if (random.chance(0.02)) text = `\ufeff${text}`;
  return Buffer.from(text, 'utf8');
}

/** What an operation without a body has few other places for. */
function withQuery(random: Random, path: string, share: number): string {
  if (!random.chance(share)) return path;
  const more = random.one([
    'a=1',
    'run_id=x&run_id=y',
    'run%5Fid=x',
    '='.repeat(50),
    'a=%ff',
    'max_results=1&max_results=2',
  ]);
  return `${path}${path.includes('?') ? '&' : '?'}${more}`;
}
