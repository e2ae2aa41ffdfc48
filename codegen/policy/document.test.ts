import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { validate } from '@readme/openapi-parser';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { OPERATIONS } from '../../src/catalog/generated/catalog.ts';
import { type Description, operationsOf } from '../description.ts';

const root = join(import.meta.dirname, '../..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');

describe('openapi/generated/mlflow.openapi.yaml', () => {
  const text = read('openapi/generated/mlflow.openapi.yaml');
  const document = parse(text) as Description;
  const operations = [...operationsOf(document)].map(({ described }) => described);

  it('is valid OpenAPI 3.1', async () => {
    expect(document).toMatchObject({ openapi: expect.stringMatching(/^3\.1\./) });
    expect(await validate(structuredClone(document) as never)).toMatchObject({ valid: true });
  });

  it('is the description with x-gateway added, otherwise unchanged', () => {
    const bare = structuredClone(document);
    const strip = (value: object): void => {
      Reflect.deleteProperty(value, 'x-gateway');
      for (const inner of Object.values(value)) if (typeof inner === 'object' && inner !== null) strip(inner);
    };
    strip(bare);
    expect(bare).toEqual(parse(read('openapi/mlflow.yaml')));
  });

  it('has the policy of each operation, and the class of each parameter and body field', () => {
    expect(operations).toHaveLength(OPERATIONS.length);
    for (const { id, permission } of OPERATIONS) {
      const described = operations.find(({ operationId }) => operationId === id)!;
      expect(described['x-gateway'], id).toMatchObject({ permission });
      for (const parameter of described['x-gateway']?.body === 'graphql' ? [] : (described.parameters ?? []))
        expect(parameter, `${id} ${parameter.name}`).toHaveProperty(['x-gateway']);
    }
    const logBatch = operations.find(({ operationId }) => operationId === 'logBatch')!;
    expect(logBatch['x-gateway']!.fields).toMatchObject({
      run_id: 'reference:run',
      'metrics[].model_id': 'reference:logged-model:lookup',
      'metrics[].key': 'opaque',
    });
    const getRun = operations.find(({ operationId }) => operationId === 'getRun')!;
    expect(getRun.parameters).toContainEqual(
      expect.objectContaining({ name: 'run_id', 'x-gateway': 'reference:run' }),
    );
  });

  it('has no YAML aliases, which not every tool resolves', () => {
    expect(text).not.toMatch(/^\s*[^"'\n]*: [&*]\w/m);
  });
});

describe('docs/reference/x-gateway.md', () => {
  const page = read('docs/reference/x-gateway.md');
  const documented = new Set([...page.matchAll(/^\| `([^`]+)`/gm)].map(([, name]) => name));
  const document = parse(read('openapi/generated/mlflow.openapi.yaml')) as Description;

  it('documents every name that an operation has', () => {
    const names = [...operationsOf(document)].flatMap(({ described }) =>
      Object.keys(described['x-gateway'] ?? {}),
    );
    expect([...new Set(names)].filter((name) => !documented.has(name))).toEqual([]);
  });

  it('documents every name that the document and its kinds have', () => {
    const { kinds = {}, ...settings } = document['x-gateway']!;
    const names = [
      ...Object.keys(settings),
      ...Object.values(kinds).flatMap((kind) => Object.keys(kind).map((name) => `kinds.KIND.${name}`)),
    ];
    expect([...new Set(names)].filter((name) => !documented.has(name))).toEqual([]);
  });
});
