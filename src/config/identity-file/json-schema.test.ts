import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { createRoles } from '../../rbac/roles.ts';
import { parseIdentityFile } from './identity-file.ts';
import { renderIdentitySchema, renderIdentityTableSchema } from './json-schema.ts';

const page = readFileSync(join(import.meta.dirname, '../../../docs/identity.md'), 'utf8');
const examples = [...page.matchAll(/^```(?:yaml|json)\n([\s\S]*?)^```$/gm)].map(([, text = '']) => text);
const files = examples.filter((text) => !text.startsWith('gateway:'));
const schema = JSON.parse(renderIdentitySchema());
// `examples` and `format` are for editors.
const isValid = new Ajv({ strict: false, validateFormats: false }).compile(schema);

const read = (text: string) =>
  parseIdentityFile(text, {
    path: '/identity.yaml',
    roles: createRoles(),
    readTable: () => '{"0b1c":{"tenant":"vision","role":"viewer"}}',
  });

describe('docs/identity.md', () => {
  test('has examples', () => expect(files.length).toBeGreaterThanOrEqual(8));

  test.each(files.map((text) => [text]))('the parser and the schema accept %s', (text) => {
    expect(read(text).issuers.length).toBeGreaterThan(0);
    isValid(parse(text));
    expect(isValid.errors).toBeNull();
  });

  test('the example of the chart’s values is an identity file', () => {
    const [values = ''] = examples.filter((text) => text.startsWith('gateway:'));
    const { identity } = parse(values).gateway;
    expect(isValid(identity)).toBe(true);
    expect(read(JSON.stringify(identity)).issuers).toHaveLength(1);
  });
});

const issuer = { issuer: 'https://a', audience: ['m'], grants: [{ tenantClaim: 't', roleClaims: ['r'] }] };

test.each<[string, object]>([
  ['an unknown field', { issuers: [{ ...issuer, audiences: ['x'] }] }],
  ['no issuer', { issuers: [] }],
  ['a missing field', { issuers: [{ issuer: 'https://a', audience: ['m'] }] }],
  ['a number for text', { issuers: [{ ...issuer, audience: [1] }] }],
  ['text for a list', { issuers: [{ ...issuer, audience: 'm' }] }],
  ['a symmetric algorithm', { issuers: [{ ...issuer, algorithms: ['HS256'] }] }],
  ['a tolerance out of range', { issuers: [{ ...issuer, clockToleranceSeconds: 301 }] }],
  ['another word for keys', { issuers: [{ ...issuer, keys: 'jwks' }] }],
  [
    'a rule of two kinds',
    { issuers: [{ ...issuer, grants: [{ tenantClaim: 't', roleClaims: ['r'], groups: 'g' }] }] },
  ],
  ['17 issuers', { issuers: Array.from({ length: 17 }, (_, i) => ({ ...issuer, issuer: `https://${i}` })) }],
])('parser and schema refuse %s', (_what, file) => {
  expect(isValid(file)).toBe(false);
  expect(() => read(JSON.stringify(file))).toThrow('The identity file cannot be used');
});

test.each([
  ['a grant', { a: { tenant: 'vision', role: 'viewer' } }, true],
  ['a list of grants', { a: [{ tenant: 'vision', role: 'viewer' }] }, true],
  ['no group', {}, false],
  ['a grant without a role', { a: { tenant: 'vision' } }, false],
  ['an unknown field', { a: { tenant: 'vision', role: 'viewer', roles: 'x' } }, false],
])('parser and schema of a table file agree about %s', (_what, table, good) => {
  const file = { issuers: [{ ...issuer, grants: [{ groups: 'g', tableFile: 'table.json' }] }] };
  const parsed = () =>
    parseIdentityFile(JSON.stringify(file), {
      path: '/identity.yaml',
      roles: createRoles(),
      readTable: () => JSON.stringify(table),
    });
  expect(new Ajv({ strict: false }).validate(JSON.parse(renderIdentityTableSchema()), table)).toBe(good);
  if (good) expect(parsed().issuers).toHaveLength(1);
  else expect(parsed).toThrow('The identity file cannot be used');
});

test('every field of the schema has a description', () => {
  const bare: string[] = [];
  const visit = (value: unknown, at: string): void => {
    if (typeof value !== 'object' || value === null) return;
    const properties = (value as { properties?: Record<string, { description?: string }> }).properties ?? {};
    // The members of a JSON Web Key Set are those of RFC 7517.
    for (const [name, property] of at.endsWith('.jwks') ? [] : Object.entries(properties))
      if (typeof property.description !== 'string') bare.push(`${at}.${name}`);
    for (const [name, one] of Object.entries(value)) visit(one, `${at}.${name}`);
  };
  visit(schema, '');
  expect(bare).toEqual([]);
});
