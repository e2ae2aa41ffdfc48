import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { REASONS } from '../denial.ts';
import { type AuditEntry, type AuditLine, type AuditReason, LET_THROUGH } from './entry.ts';
import { formatLine } from './format.ts';
import { ENTRY } from './testing.ts';

interface PropertySchema {
  readonly type: string | readonly string[];
  readonly enum?: readonly string[];
}
const schema = JSON.parse(
  readFileSync(new URL('../../docs/reference/audit.schema.json', import.meta.url), 'utf8'),
) as { readonly required: readonly string[]; readonly properties: Readonly<Record<string, PropertySchema>> };
const validator = z.fromJSONSchema(schema as unknown as Parameters<typeof z.fromJSONSchema>[0]);

const NOW = Date.UTC(2026, 0, 2, 3, 4, 5, 678);

function parse(entry: AuditEntry, now = NOW): Record<string, unknown> {
  return JSON.parse(formatLine(entry, now)) as Record<string, unknown>;
}

test('an ordinary line', () => {
  expect(formatLine(ENTRY, NOW)).toBe(
    '{"schema_version":1,"timestamp":"2026-01-02T03:04:05.670Z","request_id":"7b1f0a52-6c0c-4f0e-9c1b-0d9a5a1f3c11",' +
      '"tenant":"team-a","tenant_chosen_by":"only","team_cookie_ignored":null,"subject":"alice","issuer":"https://idp.example.com/realms/ml","roles":["contributor"],' +
      '"platform_admin":false,"client_address":"10.1.2.3","method":"GET","path":"/api/2.0/mlflow/runs/get",' +
      '"operation":"getRun","permission":"runs:read","resources":[{"kind":"run","id":"3f2a"}],"resources_omitted":0,' +
      '"decision":"allow","reason":"forwarded","status_code":200,"upstream":"unix:/run/mlflow/mlflow.sock",' +
      '"duration_ms":7.125,"bytes_in":0,"bytes_out":1024}\n',
  );
});

describe('the schema and the type', () => {
  /** The JSON Schema type of a TypeScript type; `tsc` compares TYPES with `AuditLine`. */
  type SchemaType<T> = T extends readonly unknown[]
    ? 'array'
    : T extends boolean
      ? 'boolean'
      : T extends number
        ? 'integer' | 'number'
        : 'string';
  const TYPES: {
    [K in keyof AuditLine]-?: null extends AuditLine[K]
      ? readonly [SchemaType<NonNullable<AuditLine[K]>>, 'null']
      : SchemaType<AuditLine[K]>;
  } = {
    schema_version: 'integer',
    timestamp: 'string',
    request_id: 'string',
    tenant: ['string', 'null'],
    tenant_chosen_by: ['string', 'null'],
    team_cookie_ignored: ['string', 'null'],
    subject: ['string', 'null'],
    issuer: ['string', 'null'],
    roles: 'array',
    platform_admin: 'boolean',
    client_address: ['string', 'null'],
    method: 'string',
    path: 'string',
    operation: ['string', 'null'],
    permission: ['string', 'null'],
    resources: 'array',
    resources_omitted: 'integer',
    decision: 'string',
    reason: 'string',
    status_code: 'integer',
    upstream: ['string', 'null'],
    duration_ms: 'number',
    bytes_in: 'integer',
    bytes_out: 'integer',
  };

  test('have the same properties, all of them required, of the same types', () => {
    const types = Object.fromEntries(
      Object.entries(schema.properties).map(([name, { type }]) => [name, type]),
    );
    expect(types).toEqual(TYPES);
    expect([...schema.required].sort()).toEqual(Object.keys(TYPES).sort());
  });

  test('have the same decisions', () => {
    const decisions: Record<AuditEntry['decision'], true> = { allow: true, deny: true, error: true };
    expect(schema.properties.decision?.enum).toEqual(Object.keys(decisions));
  });

  test('the validator of these tests refuses an invalid line', () => {
    const good = parse(ENTRY);
    expect(validator.safeParse(good).success).toBe(true);
    for (const bad of [
      { tenant: 5 },
      { more: 1 },
      { decision: 'maybe' },
      { bytes_in: -1 },
      { timestamp: '2026-01-02' },
      { path: 'x'.repeat(2049) },
      { resources: [{ kind: 'run' }] },
    ]) {
      expect(validator.safeParse({ ...good, ...bad }).success).toBe(false);
    }
  });
});

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 3000 }),
  // Lone surrogates too.
  fc
    .array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 600 })
    .map((codes) => String.fromCharCode(...codes)),
  fc.constantFrom('\n{"schema_version":1}\n', '\u2028', '\u009b31m', '\u202e', '"\\', '…'.repeat(3000)),
);
const reasons: AuditReason[] = [...(Object.keys(REASONS) as AuditReason[]), ...LET_THROUGH];
const number = fc.oneof(fc.double(), fc.nat(), fc.constantFrom(Number.NaN, Infinity, -1, -0, 1e21, 1e300));
const entries: fc.Arbitrary<AuditEntry> = fc.record({
  request_id: text,
  tenant: fc.option(text),
  tenant_chosen_by: fc.option(fc.constantFrom('only', 'header', 'cookie', 'page')),
  team_cookie_ignored: fc.option(fc.constantFrom('malformed', 'other_caller', 'not_granted')),
  subject: fc.option(text),
  issuer: fc.option(text),
  roles: fc.array(text, { maxLength: 60 }),
  platform_admin: fc.boolean(),
  client_address: fc.option(text),
  method: text,
  path: text,
  operation: fc.option(text),
  permission: fc.option(text),
  resources: fc.array(fc.record({ kind: text, id: text }), { maxLength: 150 }),
  decision: fc.constantFrom('allow', 'deny', 'error'),
  reason: fc.constantFrom(...reasons),
  status_code: fc.integer({ min: 100, max: 599 }),
  upstream: fc.option(text),
  duration_ms: number,
  bytes_in: number,
  bytes_out: number,
});

test('the lines in docs/audit.md are valid', () => {
  const page = readFileSync(new URL('../../docs/audit.md', import.meta.url), 'utf8');
  const shown = page.split('\n').filter((line) => line.startsWith('{"schema_version"'));
  const lines = shown.map((line) => JSON.parse(line) as AuditLine);
  expect(lines.map((line) => line.decision)).toEqual(['allow', 'deny', 'error']);
  for (const line of lines) expect(validator.safeParse(line).error?.issues).toBeUndefined();
  for (const name of Object.keys(schema.properties)) expect(page).toContain(`\`${name}\``);
});

describe('any entry', () => {
  const moment = fc.integer({ min: 0, max: Date.UTC(9999, 0) });

  test('becomes one line of JSON that the schema accepts', () => {
    fc.assert(
      fc.property(entries, moment, (entry, now) => {
        const line = formatLine(entry, now);
        expect(line.indexOf('\n')).toBe(line.length - 1);
        expect(validator.safeParse(JSON.parse(line)).error?.issues).toBeUndefined();
      }),
      { numRuns: 300 },
    );
  });

  test('contains no character that controls a terminal, ends a line or changes the direction of text', () => {
    fc.assert(
      fc.property(entries, (entry) => {
        expect(formatLine(entry, NOW).slice(0, -1)).not.toMatch(
          /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u061c\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]/u,
        );
      }),
      { numRuns: 300 },
    );
  });

  test('is read back unchanged if it is within the limits', () => {
    const short = fc.string({ unit: 'grapheme', maxLength: 20 }).filter((value) => value.length <= 60);
    fc.assert(
      fc.property(short, (value) => {
        expect(parse({ ...ENTRY, subject: value, resources: [{ kind: 'run', id: value }] })).toMatchObject({
          subject: value,
          resources: [{ kind: 'run', id: value }],
        });
      }),
    );
  });
});

describe('limits', () => {
  test('a long value is cut with a visible mark, never inside a character', () => {
    const line = parse({ ...ENTRY, tenant: `${'a'.repeat(126)}😀b` });
    expect(line.tenant).toBe(`${'a'.repeat(126)}…`);
  });

  test('resources beyond the limit are counted', () => {
    const resources = Array.from({ length: 130 }, (_, i) => ({ kind: 'run', id: String(i) }));
    const line = parse({ ...ENTRY, resources });
    expect(line.resources).toHaveLength(100);
    expect(line.resources_omitted).toBe(30);
  });

  test('the query is cut off', () => {
    expect(parse({ ...ENTRY, path: '/x?token=secret' }).path).toBe('/x');
    expect(parse({ ...ENTRY, path: '/x#secret' }).path).toBe('/x');
  });

  test('the timestamp is that of arrival, in UTC', () => {
    expect(parse({ ...ENTRY, duration_ms: 1678 }).timestamp).toBe('2026-01-02T03:04:04.000Z');
  });
});
