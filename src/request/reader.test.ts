import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OPERATIONS } from '../catalog/generated/catalog.ts';
import { CatalogIndex, isMatch, type Match } from '../catalog/match.ts';
import type { Field, Operation } from '../catalog/types.ts';
import { DenialError, REASONS } from '../denial.ts';
import { readHeaders } from '../http/headers.ts';
import { parseTarget } from '../http/target.ts';
import { exactInteger } from './json/parse.ts';
import { splitName } from './qualified-name.ts';
import { RequestReader } from './reader.ts';
import { canonicalLocation } from './storage/canonical-location.ts';
import type { CanonicalRequest } from './types.ts';
import { writeBody, writeTarget } from './write.ts';

/**
 * The checked request is the sent request: the gateway refuses a request, or sends one that reads as the same canonical request.
 * Tested with the whole catalog.
 */

const index = new CatalogIndex(OPERATIONS);
const reader = new RequestReader(OPERATIONS, { maxBytes: 1024 * 1024, timeoutMs: 60_000 });
const JSON_HEADERS = readHeaders(['content-type', 'application/json']);
const NO_HEADERS = readHeaders([]);
const READERS = OPERATIONS.filter((o) => o.body === 'json');

/** The canonical request, or `undefined` if it is refused with a status below 500. Any other error is a defect. */
function understood<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof DenialError && REASONS[error.reason].status < 500) return undefined;
    throw error;
  }
}

function readTarget(method: string, raw: string): CanonicalRequest | undefined {
  return understood(() => {
    const target = parseTarget(raw);
    const match = index.find(method, target.path);
    if (!isMatch(match)) throw new DenialError('unknown_operation', '');
    return reader.readHead(match, target, method === 'GET' ? NO_HEADERS : headersOf(match.operation));
  });
}

const headersOf = ({ contentTypes, body }: Operation) =>
  body === 'json' || body === 'none' || body === 'graphql'
    ? JSON_HEADERS
    : readHeaders(['content-type', contentTypes![0]!]);

const headOf = (operation: Operation): CanonicalRequest => {
  const template = operation.paths[0];
  const rawParameters = Object.fromEntries(operation.path.map(({ name }) => [name, '1']));
  const match: Match = { operation, template, rawParameters };
  return reader.readHead(match, { path: template, query: '' }, JSON_HEADERS);
};

/** Values for a field: mostly of its type, sometimes not. */
function valueFor(field: Field): fc.Arbitrary<unknown> {
  const one = scalarFor(field);
  const right = field.repeated ? fc.array(one, { maxLength: 3 }) : one;
  return fc.oneof(
    { weight: 12, arbitrary: right },
    { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 2 }) },
    { weight: 1, arbitrary: fc.constant(null) },
  );
}

function scalarFor(field: Field): fc.Arbitrary<unknown> {
  switch (field.type) {
    case 'object':
      return messageFor(field.fields!);
    case 'map':
      return fc.dictionary(fc.string({ maxLength: 8 }), valueFor(field.fields![0]!), { maxKeys: 3 });
    case 'enum':
      return fc.constantFrom<unknown>(
        ...field.values!,
        ...(field.numbers ?? []),
        ...(field.numbers ?? []).map(String),
      );
    case 'boolean':
      return fc.boolean();
    case 'double':
      return fc.oneof(
        fc.double({ noNaN: true, noDefaultInfinity: true }),
        fc.constantFrom('NaN', '0.90', '-1e-3', '7'),
      );
    case 'int32':
    case 'int64':
      return fc.oneof(
        fc.maxSafeInteger(),
        fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }).map(String),
        fc.constantFrom('5.0', '1e3', '-2.00'),
      );
    case 'any':
      return fc.jsonValue({ maxDepth: 3 });
    case 'timestamp':
      return fc.constant('2024-01-01T00:00:00Z');
    case 'duration':
      return fc.constant('1.5s');
    default:
      return fc.string({ unit: 'binary', maxLength: 12 });
  }
}

function messageFor(fields: readonly Field[], depth = 0): fc.Arbitrary<Record<string, unknown>> {
  const shown = fields.slice(0, depth > 2 ? 2 : fields.length);
  return fc.record(Object.fromEntries(shown.map((field) => [field.name, valueFor(field)])), {
    requiredKeys: [],
  });
}

/**
 * The message with the permitted differences removed: paths and storage URIs in canonical form and, if protobuf parses the
 * message, numbers in place of digits and names in place of enum numbers.
 */
function canonical(
  message: Record<string, unknown>,
  fields: readonly Field[],
  parsed: boolean,
): Record<string, unknown> {
  const one = (value: unknown, field: Field): unknown => {
    if (parsed && field.numbers !== undefined) return nameOf(value, field as Required<Field>);
    if (parsed && typeof value === 'string' && /^(?:int|double)/.test(field.type))
      return Number.isNaN(Number(value)) ? value : Number(value);
    if (typeof value === 'string') return canonicalLocation(value, field.policy, field.name);
    if (value === null || Array.isArray(value) || typeof value !== 'object') return value;
    if (field.type === 'object') return canonical(value as Record<string, unknown>, field.fields!, parsed);
    if (field.type !== 'map') return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, inner]) => [key, one(inner, field.fields![0]!)]),
    );
  };
  return Object.fromEntries(
    Object.entries(message).map(([name, value]) => {
      const field = fields.find((candidate) => candidate.name === name);
      // The older name of a field is left out beside today's.
      const today = parsed ? fields.find(({ older }) => older === name)?.name : undefined;
      if (today !== undefined && (message[today] ?? null) !== null) return [name, null];
      if (field === undefined) return [name, value];
      return [name, Array.isArray(value) ? value.map((item) => one(item, field)) : one(value, field)];
    }),
  );
}

const nameOf = (value: unknown, { values, numbers }: Required<Field>): unknown =>
  value === null || values.includes(value as string) ? value : values[numbers.indexOf(Number(value))];

const readerWithBody = fc
  .constantFrom(...READERS)
  .chain((operation) => messageFor(operation.bodyFields).map((body) => ({ operation, body })));

describe('the catalog', () => {
  it('has storage locations only in text fields, which are read into canonical form', () => {
    const places: string[] = [];
    const walk = ({ name, type, policy, fields = [] }: Field, at: string): void => {
      if (policy?.class === 'artifact-path' || policy?.class === 'storage-uri')
        places.push(`${at}.${name}: ${type}`);
      for (const inner of fields) walk(inner, `${at}.${name}`);
    };
    for (const { id, query, headers, bodyFields } of OPERATIONS)
      for (const field of [...query, ...headers, ...bodyFields]) walk(field, id);
    expect(places.length).toBeGreaterThan(10);
    expect(places.filter((place) => !place.endsWith(': string'))).toEqual([]);
  });
});

describe('operations that access the artifact store', () => {
  const byId = (id: string): Operation => OPERATIONS.find((operation) => operation.id === id)!;
  const graphql = (query: string): CanonicalRequest =>
    reader.withBody(headOf(byId('graphql')), Buffer.from(JSON.stringify({ query })));

  it.each([
    'proxyDownloadArtifact',
    'listArtifacts',
    'getTraceArtifact',
    'getTrace',
    'batchGetTraces',
    'deleteTracesV3',
  ])('%s awaits storage', (id) => {
    expect(headOf(byId(id)).awaitsStorage).toBe(true);
  });

  it.each(['getRun', 'getTraceInfoV3', 'searchTracesV3', 'createModelVersion'])(
    '%s does not await storage',
    (id) => {
      expect(headOf(byId(id)).awaitsStorage).toBe(false);
    },
  );

  it('a GraphQL document that lists artifacts awaits storage', () => {
    const run = `mlflowGetRun(input: { runId: "${'a'.repeat(32)}" }) { run { info { runId } } }`;
    const files = `mlflowListArtifacts(input: { runId: "${'a'.repeat(32)}" }) { files { path } }`;
    expect(graphql(`{ ${run} }`).awaitsStorage).toBe(false);
    expect(graphql(`{ ${run} ${files} }`).awaitsStorage).toBe(true);
  });
});

describe('a JSON body', () => {
  it('is refused, or sent with the same reading', () => {
    let read = 0;
    fc.assert(
      fc.property(readerWithBody, ({ operation, body }) => {
        const head = headOf(operation);
        const first = understood(() => reader.withBody(head, Buffer.from(JSON.stringify(body))));
        if (first === undefined) return;
        read++;
        const sent = writeBody(first)!.bytes;
        const second = reader.withBody(head, sent);
        expect(writeBody(second)!.bytes.equals(sent)).toBe(true);
        expect(second.uses).toEqual(first.uses);
        // Another parser reads the same values in the sent body as in the received one, except for nulls that mean absent.
        const received = JSON.parse(JSON.stringify(body)) as Record<string, unknown>;
        const compared = (message: unknown): unknown => values(message, operation.nulls === true);
        expect(compared(JSON.parse(sent.toString()))).toEqual(
          compared(canonical(received, operation.bodyFields, operation.message === true)),
        );
      }),
      { numRuns: 3_000 },
    );
    expect(read).toBeGreaterThan(300);
  });

  it('has null as the value of each field that MLflow clears by it, and nowhere else', () => {
    const clearing = READERS.filter(({ nulls }) => nulls);
    expect(clearing.length).toBeGreaterThan(20);
    const sent: string[] = [];
    for (const operation of clearing) {
      const head = headOf(operation);
      for (const { name, type, repeated, nullable } of operation.bodyFields) {
        const body = Buffer.from(JSON.stringify({ [name]: null }));
        const read = understood(() => reader.withBody(head, body));
        const carries = nullable === true || (type === 'any' && !repeated);
        expect([operation.id, name, read?.body]).toEqual([
          operation.id,
          name,
          carries ? { [name]: null } : undefined,
        ]);
        if (!carries) continue;
        expect(read!.uses).toEqual(head.uses);
        sent.push(`${operation.id} ${name}`);
      }
    }
    expect(sent).toEqual(
      expect.arrayContaining([
        'updateSkill description',
        'updateSkill icons',
        'updateMcpServer display_name',
      ]),
    );
    expect(sent).not.toContain('updateSkillVersion status');
    expect(sent).not.toContain('createSkillVersion name');
  });

  it('of damaged bytes is refused, or sent with the same reading', () => {
    fc.assert(
      fc.property(
        readerWithBody,
        fc.array(
          fc.tuple(
            fc.nat(),
            fc.nat(3),
            fc.oneof(fc.constantFrom(...PIECES), fc.uint8Array({ maxLength: 4 })),
          ),
          {
            minLength: 1,
            maxLength: 3,
          },
        ),
        ({ operation, body }, cuts) => {
          let bytes = Buffer.from(JSON.stringify(body));
          for (const [at, drop, piece] of cuts) {
            const start = at % (bytes.length + 1);
            bytes = Buffer.concat([
              bytes.subarray(0, start),
              Buffer.from(piece as string),
              bytes.subarray(start + drop),
            ]);
          }
          const head = headOf(operation);
          const first = understood(() => reader.withBody(head, bytes));
          if (first?.body === undefined) return;
          const sent = writeBody(first)!.bytes;
          const second = reader.withBody(head, sent);
          expect(writeBody(second)!.bytes.equals(sent)).toBe(true);
          expect(second.uses).toEqual(first.uses);
        },
      ),
      { numRuns: 5_000 },
    );
  });

  it('records every reference that is sent', () => {
    fc.assert(
      fc.property(readerWithBody, ({ operation, body }) => {
        const head = headOf(operation);
        const first = understood(() => reader.withBody(head, Buffer.from(JSON.stringify(body))));
        if (first === undefined) return;
        const noted = first.uses.map(({ value }) => value);
        for (const field of operation.bodyFields) {
          const policy = field.policy?.class ?? 'opaque';
          // A qualifier is a part of the names beside it (qualified-name.test.ts).
          if (policy === 'opaque' || policy === 'qualifier' || field.type === 'map') continue;
          for (const value of [first.body?.[field.name] ?? []].flat()) {
            const text = exactInteger(value) ?? String(value);
            expect(noted.map((id) => splitName(id)?.name ?? id)).toContain(splitName(text)?.name ?? text);
          }
        }
      }),
      { numRuns: 1_000 },
    );
  });
});

/** Text that parsers read in different ways. */
const PIECES = [
  '"',
  '\\',
  '\\u0000',
  '\\u005f',
  ':',
  ',',
  '{',
  '}',
  '[',
  ']',
  'null',
  'NaN',
  '1e999',
  '\ufeff',
  '\u0000',
  '//',
  '/**/',
  '"run_id":"x",',
  '"runId":"x",',
  '"__proto__":{},',
  "'",
  '\ud800',
  '01',
  '+1',
  '1.',
  'Infinity',
  '\\ud800',
  '\n',
] as const;

const values = (value: unknown, nulls: boolean): unknown => {
  if (Array.isArray(value)) return value.map((item) => values(item, nulls));
  if (typeof value !== 'object' || value === null) return Object.is(value, -0) ? 0 : value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, inner]) => nulls || inner !== null)
      .map(([key, inner]) => [key, values(inner, nulls)]),
  );
};

const segment = fc.oneof(
  { weight: 4, arbitrary: fc.stringMatching(/^[A-Za-z0-9._~-]{1,12}$/) },
  { weight: 2, arbitrary: fc.string({ unit: 'binary', maxLength: 6 }).map(percentEncoded) },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      '',
      '.',
      '..',
      '%2e',
      '%2E%2e',
      '%2f',
      '%252f',
      '%00',
      '%',
      '%zz',
      'a%2Fb',
      ';x',
      'a;b',
      'x:',
      ':x',
      'a+b',
      '@',
      '#',
      '\\',
    ),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom('versions', 'aliases', 'tags', 'artifacts', 'latest', 'endpoints'),
  },
);

function percentEncoded(text: string): string {
  return [...Buffer.from(text)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');
}

const target = fc.constantFrom(...OPERATIONS).chain((operation) =>
  fc.constantFrom(...operation.paths).chain((template) => {
    const names = template.split('/').map((part) => /^\{\w+\}(.*)$/.exec(part));
    const parts = template
      .split('/')
      .map((part, i) =>
        names[i] === null
          ? fc.constant(part)
          : fc
              .array(segment, { minLength: 1, maxLength: 2 })
              .map((some) => some.join('/') + (names[i]![1] ?? '')),
      );
    return fc.tuple(...parts).map((some) => ({ operation, path: (some as string[]).join('/') }));
  }),
);

describe('a path', () => {
  it('is refused, or sent as the same operation with the same parameters', () => {
    let read = 0;
    fc.assert(
      fc.property(target, ({ operation, path }) => {
        const first = readTarget(operation.method, path);
        if (first === undefined) return;
        if (path.includes('%')) read++;
        const sent = writeTarget(first);
        const second = readTarget(operation.method, sent)!;
        expect(second.operation).toBe(first.operation);
        expect(second.template).toBe(first.template);
        expect(second.parameters).toEqual(first.parameters);
        expect(second.uses).toEqual(first.uses);
        expect(writeTarget(second)).toBe(sent);
        // A parser that normalises changes nothing.
        expect(new URL(sent, 'http://mlflow').pathname).toBe(sent);
        // One that decodes once finds the same segments.
        expect(decodeURIComponent(sent).split('/')).toHaveLength(sent.split('/').length);
      }),
      { numRuns: 10_000 },
    );
    expect(read).toBeGreaterThan(100);
  });
});

const querying = OPERATIONS.filter((o) => o.query.length > 0);
const pair = (fields: readonly Field[]): fc.Arbitrary<string> =>
  fc
    .tuple(
      fc.oneof(
        { weight: 6, arbitrary: fc.constantFrom(...fields.map(({ name }) => name)) },
        { weight: 1, arbitrary: fc.constantFrom(...fields.map(({ name }) => percentEncoded(name))) },
        { weight: 1, arbitrary: fc.string({ maxLength: 5 }) },
      ),
      fc.constantFrom('=', '=', '=', '=', '', '==', '%3d'),
      fc.oneof(
        fc.stringMatching(/^[A-Za-z0-9._-]{0,10}$/),
        fc.nat().map(String),
        fc.string({ unit: 'binary', maxLength: 5 }).map(percentEncoded),
        fc.constantFrom(
          'a+b',
          'a%20b',
          '%',
          '%ff',
          'a;b',
          'True',
          'false',
          'x%26run_id%3dy',
          '"',
          "'",
          '[',
          '|',
        ),
      ),
    )
    .map(([name, equals, value]) => name + equals + value);
const query = fc
  .constantFrom(...querying)
  .chain((operation) =>
    fc
      .tuple(
        fc.array(pair(operation.query), { minLength: 1, maxLength: 4 }),
        fc.constantFrom('&', '&', '&', ';', '&&'),
      )
      .map(([pairs, joint]) => ({ operation, query: pairs.join(joint) })),
  );

const sorted = (uses: readonly unknown[]): string[] => uses.map((use) => JSON.stringify(use)).sort();

describe('a query', () => {
  it('is refused, or sent with the same reading, also by another parser', () => {
    let read = 0;
    fc.assert(
      fc.property(query, ({ operation, query: text }) => {
        const path = operation.paths[0].replace(/\{\w+\}/g, '1');
        const first = readTarget(operation.method, `${path}?${text}`);
        if (first === undefined) return;
        read++;
        const sent = writeTarget(first);
        const second = readTarget(operation.method, sent)!;
        expect([...second.query]).toEqual([...first.query]);
        // Items of a list that were separated by other parameters are sent together.
        expect(sorted(second.uses)).toEqual(sorted(first.uses));
        const entries = [...first.query].flatMap(([name, value]) =>
          [value].flat().map((item) => [name, item]),
        );
        expect([...new URL(sent, 'http://mlflow').searchParams]).toEqual(entries);
        // That parser reads the caller's query in the same way, except for the case of booleans and the order of lists.
        const lower = (pairs: string[][]): string[] =>
          pairs
            .map(
              ([name, value]) => `${name}=${/^(true|false)$/i.test(value!) ? value!.toLowerCase() : value}`,
            )
            .sort();
        const given = [...new URLSearchParams(text)].map(([name, value]) => {
          const field = operation.query.find((candidate) => candidate.name === name)!;
          if (operation.message && field.numbers)
            return [name, String(nameOf(value, field as Required<Field>))];
          return [name, canonicalLocation(value, field.policy, name)];
        });
        // The older name of a field is left out beside today's.
        const older = operation.query.find((field) => first.query.has(field.name) && field.older)?.older;
        expect(lower(given.filter(([name]) => name !== older))).toEqual(lower(entries as string[][]));
      }),
      { numRuns: 10_000 },
    );
    expect(read).toBeGreaterThan(500);
  });
});

const headerName = fc.oneof(
  fc.constantFrom(
    'Authorization',
    'authorization',
    'X-Tenant',
    'x_tenant',
    'X.Tenant',
    'X-Subject',
    'X-MLFLOW-WORKSPACE',
    'X_MLFLOW-Workspace',
    'Content-Type',
    'content_type',
    'Host',
    'Origin',
    'Accept',
    'Range',
    'Cookie',
    'X-Forwarded-For',
    'User-Agent',
    'X-Request-ID',
  ),
  fc.stringMatching(/^[A-Za-z0-9._-]{1,10}$/),
);

describe('headers', () => {
  it('are refused, or each decisive one occurs once and in its own spelling, and no others are passed on', () => {
    const passable = new Set(['accept', 'range', 'user-agent']);
    const decisive = [
      'authorization',
      'x-tenant',
      'x-subject',
      'x-mlflow-workspace',
      'content-type',
      'host',
      'origin',
      'x-request-id',
    ];
    fc.assert(
      fc.property(
        fc.array(fc.tuple(headerName, fc.string({ maxLength: 5 })), { maxLength: 8 }),
        (headers) => {
          const bag = understood(() => readHeaders(headers.flat()));
          const folded = headers.map(
            ([name, value]) => [name.toLowerCase().replace(/[_.]/g, '-'), value, name] as const,
          );
          for (const name of decisive) {
            const given = folded.filter(([fold]) => fold === name);
            const plain = given.length <= 1 && given.every(([fold, , spelt]) => spelt.toLowerCase() === fold);
            if (!plain) expect(bag).toBeUndefined();
            else if (bag !== undefined) expect(bag.get(name)).toBe(given[0]?.[1]);
          }
          for (const name of Object.keys(bag?.passed() ?? {})) {
            expect(folded.some(([, , spelt]) => spelt.toLowerCase() === name)).toBe(true);
            if (!/^(?:if-|accept-|x-mlflow-client-version)/.test(name)) expect(passable).toContain(name);
          }
        },
      ),
      { numRuns: 5_000 },
    );
  });
});
