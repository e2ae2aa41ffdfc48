/**
 * The time that the gateway spends on each byte before it has identified the caller (and on JSON and filters after that), in generated
 * worst cases of doubling size: `npm run bench -- --only parsers`.
 */

import { OPERATIONS } from '../src/catalog/generated/catalog.ts';
import { CatalogIndex, isMatch, type Match } from '../src/catalog/match.ts';
import { ForwardedHeaders } from '../src/http/forwarded.ts';
import { readHeaders } from '../src/http/headers.ts';
import { OriginCheck } from '../src/http/origin.ts';
import { parseTarget } from '../src/http/target.ts';
import { createIssuers } from '../src/identity/issuers.ts';
import { SignIn } from '../src/identity/sign-in/sign-in.ts';
import { createRoles } from '../src/rbac/roles.ts';
import { indexFields } from '../src/request/field-index.ts';
import { parseJson } from '../src/request/json/parse.ts';
import { decodeParameters, requireSameReading } from '../src/request/path.ts';
import { readQuery } from '../src/request/query.ts';
import { checkFilter } from '../src/tenancy/filter/tenant-filter.ts';

/** A family of inputs for one parser: the same shape at any size. */
export interface ParserCase {
  readonly parser: string;
  readonly shape: string;
  /** The largest size that the gateway reads, in characters. */
  readonly most: number;
  /** Makes an input of about `size` characters, and returns its exact size and a function that parses it. */
  readonly make: (size: number) => { readonly size: number; readonly read: () => unknown };
}

/** One row of the result. */
export interface ParserResult {
  readonly parser: string;
  readonly shape: string;
  readonly bytes: number;
  /** At the largest size. */
  readonly nsPerByte: number;
  readonly totalMs: number;
  /** `k` of time = c * size^k, over the last three doublings: 1 is linear, 2 quadratic. */
  readonly exponent: number;
}

const index = new CatalogIndex(OPERATIONS);
const ARTIFACTS = '/api/2.0/mlflow-artifacts/artifacts';
const SERVERS = '/api/3.0/mlflow/mcp-servers/n';
const identifier = createIssuers(
  [
    {
      issuer: 'https://idp.example',
      audience: ['mlflow'],
      // The public key of RFC 8037, appendix A.2.
      keys: {
        from: 'inline',
        jwks: {
          keys: [
            {
              kty: 'OKP',
              crv: 'Ed25519',
              alg: 'EdDSA',
              use: 'sig',
              kid: 'k',
              x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo',
            },
          ],
        },
      },
      algorithms: ['EdDSA'],
      clockToleranceMs: 30_000,
      subjectClaim: 'sub',
      grants: [{ kind: 'tenant-claim', claim: 'tenant', roleClaims: ['roles'], list: false }],
    },
  ],
  { roles: createRoles() },
);
const proxies = new ForwardedHeaders(['10.0.0.0/8']);
const origins = new OriginCheck(['https://page.example']);
const signIn = new SignIn();
const listed = OPERATIONS.find(({ query }) => query.some(({ repeated }) => repeated))!;
const listedFields = indexFields(listed.query);
const list = listed.query.find(({ repeated }) => repeated)!.name;

const base64 = (text: string): string => Buffer.from(text).toString('base64url');
const attempt = (read: () => unknown): unknown => {
  try {
    return read();
  } catch (error) {
    return error;
  }
};
const text = (
  parser: string,
  shape: string,
  most: number,
  write: (size: number) => string,
  read: (input: string) => unknown,
): ParserCase => ({
  parser,
  shape,
  most,
  make: (size) => {
    const input = write(size);
    return { size: input.length, read: () => attempt(() => read(input)) };
  },
});
const filled =
  (prefix: string, unit: string, suffix = '') =>
  (size: number) =>
    prefix +
    unit.repeat(Math.max(1, Math.floor((size - prefix.length - suffix.length) / unit.length))) +
    suffix;
const bag = (name: string, value: string) => readHeaders(['Host', 'g', name, value]);
const header = (
  parser: string,
  name: string,
  shape: string,
  write: (size: number) => string,
  read: typeof bag extends (...args: never) => infer Bag ? (headers: Bag) => unknown : never,
) => text(parser, shape, 32_768, write, (value) => read(bag(name, value)));

/** Reads a path as the line does, as far as the operation and its parameters. */
function readPath(raw: string): Match | undefined {
  const { path } = parseTarget(raw);
  return matchPath(path);
}
function matchPath(path: string): Match | undefined {
  const match = index.find('GET', path);
  if (!isMatch(match)) return undefined;
  const parameters = decodeParameters(match);
  if (path.includes('%')) requireSameReading(index, 'GET', match, parameters);
  return match;
}
const token = (payload: (size: number) => string) => (size: number) =>
  `Bearer ${base64('{"alg":"EdDSA","kid":"k"}')}.${base64(payload(Math.floor((size * 3) / 4) - 130))}.${'A'.repeat(86)}`;

/** Every parser before the caller is identified, and JSON and filters after that, each with the shapes that cost it most. */
export const PARSER_CASES: readonly ParserCase[] = [
  text('target', 'short segments, beyond the bound', 16_384, filled(ARTIFACTS, '/a'), readPath),
  text('target', 'one segment', 16_384, filled(`${ARTIFACTS}/`, 'a'), readPath),
  text('target', 'one segment, encoded', 16_384, filled(`${ARTIFACTS}/`, '%41'), readPath),
  text('target', 'almost a dot segment', 16_384, filled(`${ARTIFACTS}/`, '.%2e'), readPath),
  text('target', 'a bad character at the end', 16_384, filled(`${ARTIFACTS}/`, 'a', '^'), readPath),
  text('operation', 'short segments, without the bound', 16_384, filled(ARTIFACTS, '/a'), matchPath),
  text('operation', 'short segments, encoded', 16_384, filled(ARTIFACTS, '/%41'), matchPath),
  text('operation', 'a repeated fixed word', 16_384, filled(SERVERS, '/a/versions'), matchPath),
  text('operation', 'verbs', 16_384, filled(SERVERS, '/a:b'), matchPath),
  text('query', 'one value', 16_384, filled(`${list}=`, 'a'), (raw) => readQuery(raw, listedFields, [])),
  text('query', 'a list', 16_384, filled(`${list}=a`, `&${list}=a`), (raw) =>
    readQuery(raw, listedFields, []),
  ),
  text('query', 'encoded', 16_384, filled(`${list}=`, '%41+'), (raw) => readQuery(raw, listedFields, [])),
  text('query', 'separators', 16_384, filled('', '&'), (raw) => readQuery(raw, listedFields, [])),
  text('headers', 'one name, a hundred times', 32_768, filled('', 'a'), (value) =>
    readHeaders(
      Array.from({ length: 100 }, (_, i) => ['x-a', value.slice(i, i + value.length / 100)]).flat(),
    ).get('x-a'),
  ),
  text('headers', 'names to be folded', 32_768, filled('x', '_'), (name) =>
    readHeaders([name, 'a']).get('host'),
  ),
  header(
    'X-Forwarded-For',
    'X-Forwarded-For',
    'trusted hops',
    filled('', '10.0.0.2,', '10.0.0.2'),
    (headers) => proxies.read('10.0.0.1', headers),
  ),
  header('X-Forwarded-For', 'X-Forwarded-For', 'commas', filled('', ',', '10.0.0.2'), (headers) =>
    proxies.read('10.0.0.1', headers),
  ),
  header('X-Forwarded-For', 'X-Forwarded-For', 'blanks', filled('', ' ', '10.0.0.2'), (headers) =>
    proxies.read('10.0.0.1', headers),
  ),
  header('host', 'X-Forwarded-Host', 'ports', filled('a', ':80'), (headers) =>
    proxies.read('10.0.0.1', headers),
  ),
  header('host', 'X-Forwarded-Host', 'one name', filled('a', 'a'), (headers) =>
    proxies.read('10.0.0.1', headers),
  ),
  header('origin', 'Origin', 'ports', filled('http://g', ':80'), (headers) => origins.check(headers, 'g:80')),
  header('origin', 'Origin', 'one name', filled('http://', 'a'), (headers) => origins.check(headers, 'g')),
  header('cookie', 'Cookie', 'pairs', filled('', 'a=b; '), (headers) => signIn.session(headers)),
  header('cookie', 'Cookie', 'an invalid session', filled('mlflow-gateway-dev=', 'a', '.a'), (headers) =>
    signIn.session(headers),
  ),
  header('cookie', 'Cookie', 'dots', filled('mlflow-gateway-dev=', '.'), (headers) =>
    signIn.session(headers),
  ),
  ...(
    [
      ['dots', filled('Bearer ', '.')],
      ['blanks', filled('Bearer', ' ', 'a')],
      ['equals signs', filled('Bearer a', '=', 'a')],
      [
        'nested JSON',
        token((size) => `{"iss":"https://idp.example","a":${'['.repeat(size / 2)}${']'.repeat(size / 2)}}`),
      ],
      [
        'many members',
        token((size) => `{${Array.from({ length: size / 12 }, (_, i) => `"a${i}":1`).join()}}`),
      ],
    ] as const
  ).map(([shape, write]) =>
    text('token', shape, 16_384, write, (authorization) => {
      const found = identifier.identify({ authorization, tenant: undefined, subject: undefined });
      if (found instanceof Promise) found.catch(() => {});
    }),
  ),
  text('filter', 'comparisons', 16_384, filled("name = 'a'", " AND name = 'a'"), (raw) =>
    checkFilter(raw, 'experiments', 'filter'),
  ),
  text('filter', 'one value', 16_384, filled("name = '", 'a', "'"), (raw) =>
    checkFilter(raw, 'experiments', 'filter'),
  ),
  ...(
    [
      ['one string', filled('{"a":"', 'a', '"}')],
      ['escapes', filled('{"a":"', '\\u0041', '"}')],
      ['empty objects', filled('{"a":[', '{},', '{}]}')],
      ['members', (size: number) => `{${Array.from({ length: size / 12 }, (_, i) => `"k${i}":1`).join()}}`],
    ] as const
  ).map(([shape, write]) => text('JSON body', shape, 262_144, write, (raw) => parseJson(Buffer.from(raw)))),
];

/** Measures one case; takes some tenths of a second. */
export function measureCase({ parser, shape, most, make }: ParserCase, rounds = 15): ParserResult {
  const times: number[] = [];
  let bytes = 0;
  for (const size of [most / 8, most / 4, most / 2, most]) {
    const input = make(size);
    bytes = input.size;
    times.push(timeOf(input.read, rounds));
  }
  const ms = times.at(-1)!;
  return {
    parser,
    shape,
    bytes,
    nsPerByte: (ms * 1e6) / bytes,
    totalMs: ms,
    exponent: Math.log2(ms / times[0]!) / 3,
  };
}

/** Milliseconds of one reading: the shortest of rounds of at least two milliseconds each, since other load only adds time. */
function timeOf(read: () => unknown, rounds: number): number {
  let times = 1;
  const run = (): number => {
    const began = performance.now();
    for (let i = 0; i < times; i++) read();
    return performance.now() - began;
  };
  for (let warm = 0; warm < 50; warm++) run();
  while (run() < 2) times *= 2;
  return Math.min(...Array.from({ length: rounds }, run)) / times;
}

/** Measures all of them. */
export function benchParsers(progress: (line: string) => void): ParserResult[] {
  return PARSER_CASES.map((one) => {
    progress(`parsers: ${one.parser}, ${one.shape}`);
    return measureCase(one);
  });
}
