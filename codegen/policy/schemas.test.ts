import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { FIELD_CLASSES } from '../../src/catalog/field-classes.ts';
import { KINDS } from '../../src/catalog/generated/catalog.ts';
import { parsePolicy, policyFiles } from './read.ts';
import { policySchemas, type SchemaFile } from './schemas.ts';

const root = join(import.meta.dirname, '../..');
const files = policyFiles(root);
const schemas = policySchemas(KINDS.map(({ kind }) => kind));
const ajv = new Ajv2020({ strict: true, strictTypes: false, allErrors: true });

/** The schema named in the first line of a file. */
function schemaOf(path: string, text: string): SchemaFile {
  const named = /^# yaml-language-server: \$schema=(\S+)\n/.exec(text)?.[1];
  return join(dirname(path), named ?? '') as SchemaFile;
}

function errors(schema: SchemaFile, content: unknown): string[] {
  const validate = ajv.getSchema(schema) ?? ajv.addSchema(schemas[schema], schema).getSchema(schema)!;
  return validate(content) ? [] : validate.errors!.map((e) => `${e.instancePath} ${e.message}`);
}

const GROUP = 'openapi/policy/policy.schema.json';
const group = (operation: object, defaults: object = {}): object => ({
  defaults: { workspaces: 'pin', tags: 'references', ...defaults },
  'runs:read': { getRun: operation },
});

describe('the JSON Schemas of the policy', () => {
  it.each([...files])('%s names its schema, which accepts it', (path, text) => {
    const schema = schemaOf(path, text);
    expect(existsSync(join(root, schema)), schema).toBe(true);
    expect(errors(schema, parse(text))).toEqual([]);
  });

  it('accept every short form of the class table', () => {
    for (const { form } of FIELD_CLASSES) {
      const written = form.replace('KIND', 'run').replace('DIALECT', 'runs').replace('SECONDS', '900');
      const expected = form === 'opaque' ? 'must match a schema in anyOf' : undefined;
      expect(
        errors(GROUP, group({ 'field[]': { name: written } }))
          .at(-1)
          ?.split(' ')
          .slice(1)
          .join(' '),
      ).toBe(expected);
    }
  });

  it.each([
    ['a default permission', group({}, { permission: 'runs:read' })],
    ['an operation without permission', { ...group({}), getRun: {} }],
    ['a permission without verb', { ...group({}), runs: {} }],
    ['an unknown rule', group({ rules: { tags: 'maybe' } })],
    ['an unknown setting', group({ rules: { publik: true } })],
    ['an unknown class', group({ run_id: 'refrence:run' })],
    ['an unknown kind', group({ run_id: 'reference:walk' })],
    ['an unknown class inside a list', group({ 'tags[]': { key: 'tag-key:walk' } })],
    ['an opaque list that is not a list', group({ opaque: 'run_id' })],
    ['a file without defaults', { 'runs:read': { getRun: {} } }],
    ['two operations without a space between them', { ...group({}), 'runs:read': { 'a,b': {} } }],
  ])('refuse %s', (_what, content) => {
    expect(errors(GROUP, JSON.parse(JSON.stringify(content)))).not.toEqual([]);
  });

  it.each([
    'openapi/kinds.schema.json',
    'openapi/gateway.schema.json',
    'openapi/migration.schema.json',
  ] as const)('%s refuses an unknown key, like the reader', (schema) => {
    const path = schema.replace('.schema.json', '.yaml');
    const content = parse(files.get(path)!) as Record<string, object>;
    const wrong =
      schema === 'openapi/gateway.schema.json'
        ? { ...content, x: {} }
        : { ...content, run: { ...content.run, x: {} } };
    expect(errors(schema, wrong)).not.toEqual([]);
    const { problems } = parsePolicy(new Map([...files, [path, JSON.stringify(wrong)]]));
    expect(problems).toHaveLength(1);
    expect(problems[0]?.startsWith(`${path}: `)).toBe(true);
    expect(problems[0]).toContain('"x"');
  });
});
