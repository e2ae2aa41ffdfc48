import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { compareVersions } from '../src/catalog/compare-versions.ts';
import type { Field } from '../src/catalog/types.ts';
import type { Description } from './description.ts';
import { readFieldClass } from './field-class.ts';
import { generateAll } from './generate.ts';
import { buildOperations } from './operations.ts';
import { applyPolicy } from './policy/apply.ts';
import { type Policy, parsePolicy, policyFiles } from './policy/read.ts';
import { uncoveredRoutes, unreachableTemplates } from './surfaces.ts';

const root = join(import.meta.dirname, '..');
const text = (path: string): string => readFileSync(join(root, path), 'utf8');

function description(): Description {
  return {
    info: { version: '3.17.2' },
    paths: {
      '/runs/{run_id}/tags': {
        post: {
          operationId: 'setTag',
          tags: ['runs'],
          'x-mlflow-mounts': ['/runs/{run_id}/tags', '/ajax/runs/{run_id}/tags'],
          'x-mlflow-versions': ['3.17.2'],
          parameters: [
            { name: 'run_id', in: 'path', required: true, schema: { type: 'string' } },
            { name: 'deep', in: 'query', schema: { type: 'boolean' } },
          ],
          requestBody: {
            content: { 'application/json': { schema: { $ref: '#/components/schemas/SetTag' } } },
          },
        },
      },
    },
    components: {
      schemas: {
        SetTag: {
          type: 'object',
          properties: {
            run_id: { type: 'string' },
            tags: { type: 'array', items: { $ref: '#/components/schemas/Tag' } },
            labels: { type: 'object', additionalProperties: { type: 'string' } },
          },
        },
        Tag: { type: 'object', properties: { key: { type: 'string' }, value: { type: 'string' } } },
      },
    },
  };
}

const FIELDS = {
  run_id: 'reference:run',
  deep: 'opaque',
  'tags[].key': 'tag-key:run',
  'tags[].value': 'tag-value:run',
  labels: 'opaque',
  'labels.*': 'opaque',
};

/** The policy of `setTag` alone, as in its file. */
function policy(fields: Record<string, string> = FIELDS, extra: Record<string, unknown> = {}): Policy {
  const { permission = 'runs:write', ...rules } = extra;
  const classified = Object.entries(fields).filter(([, written]) => written !== 'opaque');
  const opaque = Object.keys(fields).filter((name) => fields[name] === 'opaque');
  const file = {
    defaults: { workspaces: 'pin', tags: 'references' },
    [`${permission}`]: { setTag: { rules, ...Object.fromEntries(classified), opaque } },
  };
  const files = new Map([...policyFiles(root), ['openapi/policy/runs.yaml', stringify(file)]]);
  const { entries, ...read } = parsePolicy(files);
  return {
    ...read,
    entries: entries.filter((entry) => entry.file === 'openapi/policy/runs.yaml'),
    settings: { kinds: { run: {} } },
  };
}

function build(fields?: Record<string, string>, extra?: Record<string, unknown>) {
  const document = description();
  expect(applyPolicy(document, policy(fields, extra))).toEqual([]);
  return buildOperations(document);
}

describe('buildOperations', () => {
  it('builds an operation if every field is classified', () => {
    const { operations, problems } = build();
    expect(problems).toEqual([]);
    expect(operations[0]).toMatchObject({
      id: 'setTag',
      paths: ['/runs/{run_id}/tags', '/ajax/runs/{run_id}/tags'],
      path: [{ name: 'run_id', policy: { class: 'reference', kind: 'run', workspaces: 'upstream' } }],
      bodyFields: [
        { name: 'run_id', policy: { class: 'reference' } },
        {
          name: 'tags',
          repeated: true,
          fields: [{ name: 'key', policy: { class: 'tag-key' } }, { name: 'value' }],
        },
        { name: 'labels', type: 'map', fields: [{ name: '*' }] },
      ],
    });
  });

  describe('fields that may be null', () => {
    const nullable = (schema: object) => ({ anyOf: [schema, { type: 'null' }] });
    const fieldsOf = (nulls: boolean) => {
      const document = structuredClone(description()) as { components: object; paths: object };
      const text = { type: 'string' };
      document.components = {
        schemas: {
          SetTag: {
            type: 'object',
            properties: {
              run_id: nullable(text),
              tags: nullable({ type: 'array', items: { $ref: '#/components/schemas/Tag' } }),
              labels: nullable({ type: 'object', additionalProperties: nullable(text) }),
              free: nullable({ 'x-mlflow-any': true }),
              name: { type: ['string', 'null'] },
              names: { type: 'array', items: nullable(text) },
            },
          },
          Tag: { type: 'object', properties: { key: nullable(text), value: nullable(text) } },
        },
      };
      const [operation] = Object.values(document.paths) as { post: Record<string, unknown> }[];
      if (nulls) operation!.post['x-mlflow-nulls'] = true;
      const written = { ...FIELDS, free: 'opaque', name: 'new-name:run', 'names[]': 'opaque' };
      expect(applyPolicy(document as Description, policy(written))).toEqual([]);
      const { operations, problems } = buildOperations(document as Description);
      expect(problems).toEqual([]);
      const places: string[] = [];
      const walk = ({ name, nullable, fields = [] }: Field, above: string): void => {
        if (nullable) places.push(above + name);
        for (const inner of fields) walk(inner, `${above}${name}.`);
      };
      for (const field of operations[0]!.bodyFields) walk(field, '');
      return { nulls: operations[0]!.nulls, places };
    };

    it('are those without a reference, in an operation that reads nulls', () => {
      expect(fieldsOf(true)).toEqual({
        nulls: true,
        places: ['run_id', 'tags', 'labels', 'labels.*', 'free'],
      });
    });

    it('do not exist in other operations', () => {
      expect(fieldsOf(false)).toEqual({ nulls: undefined, places: [] });
    });
  });

  it.each(Object.keys(FIELDS))('reports that %s is not classified', (name) => {
    const { [name as 'run_id']: _left, ...fields } = FIELDS;
    expect(build(fields).problems).toContain(`setTag: field ${name} not classified`);
  });

  it('reports all problems at once', () => {
    const { problems } = build(
      {},
      { permission: 'write', workspaces: 'somehow', tags: 'maybe', feature: 'x' },
    );
    expect(problems).toEqual(
      expect.arrayContaining([
        'setTag: permission must be resource:verb',
        'setTag: unknown workspaces rule somehow',
        'setTag: unknown tags rule maybe',
        'setTag: feature goes with the rule server-feature',
        ...Object.keys(FIELDS).map((name) => `setTag: field ${name} not classified`),
      ]),
    );
  });

  it('refuses a class for a field that the description lacks', () => {
    expect(build({ ...FIELDS, gone: 'opaque' }).problems).toEqual([
      'setTag: the policy classifies gone, which the description lacks',
    ]);
  });

  it('refuses an operation without policy', () => {
    expect(buildOperations(description()).problems).toEqual([
      'setTag (POST /runs/{run_id}/tags): operation not classified',
    ]);
  });

  it('refuses a class of an unknown kind or form', () => {
    const kinds = new Set(['run']);
    expect(readFieldClass('reference:run:or-none', kinds)).toEqual({
      class: 'reference',
      kind: 'run',
      workspaces: 'upstream',
      elseLeftOut: true,
    });
    expect(readFieldClass('lifetime:900', kinds)).toEqual({ class: 'lifetime', seconds: 900 });
    expect(() => readFieldClass('reference:walk', kinds)).toThrow('unknown resource kind; known: run');
    for (const wrong of [
      'reference',
      'reference:run:maybe',
      'opaque:run',
      'artifact-path',
      'tag',
      'filter',
      'lifetime',
      'lifetime:0',
      'lifetime:1.5',
      'lifetime:soon',
      'presigned:true',
      '',
    ]) {
      expect(() => readFieldClass(wrong, kinds)).toThrow();
    }
  });
});

describe('a request that protobuf parses', () => {
  const protobuf = (older: Record<string, string>) => {
    const document = structuredClone(description()) as {
      paths: Record<string, Record<string, object>>;
      components: { schemas: Record<string, { properties: Record<string, object> }> };
    };
    Object.assign(document.paths['/runs/{run_id}/tags']!.post!, { 'x-mlflow-message': true });
    Object.assign(document.components.schemas.SetTag!.properties, {
      status: { type: 'string', enum: ['A', 'B'], 'x-mlflow-numbers': [1, 3] },
      weight: { type: 'number', format: 'float', 'x-mlflow-oneof': 'size' },
      count: { type: 'integer', format: 'uint32', 'x-mlflow-oneof': 'size' },
    });
    const fields = { ...FIELDS, status: 'opaque', weight: 'opaque', count: 'opaque' };
    expect(applyPolicy(document as never, policy(fields))).toEqual([]);
    Object.assign((document as unknown as Description)['x-gateway']!, { 'older-names': older });
    return buildOperations(document as never);
  };

  it('has the numbers of its enums, its ranges, its groups and its older names', () => {
    const { operations, problems } = protobuf({ run_uuid: 'run_id' });
    expect(problems).toEqual([]);
    expect(operations[0]).toMatchObject({ message: true });
    expect(operations[0]!.bodyFields).toMatchObject([
      { name: 'run_id', older: 'run_uuid' },
      { name: 'tags' },
      { name: 'labels' },
      { name: 'status', values: ['A', 'B'], numbers: [1, 3] },
      { name: 'weight', single: true, oneof: 'size' },
      { name: 'count', type: 'int32', unsigned: true, oneof: 'size' },
    ]);
  });

  it('refuses the older name of a field that no such operation has', () => {
    expect(protobuf({ run_uuid: 'run' }).problems).toEqual(['older-names: there is no field run']);
  });

  it('is not one that FastAPI parses', () => {
    expect(build().operations[0]!.message).toBeUndefined();
    expect(build().operations[0]!.bodyFields[0]!.older).toBeUndefined();
  });
});

describe('surfaces', () => {
  const { operations } = build();

  it('finds a route of any version that the catalog lacks', () => {
    const surfaces = [
      {
        mlflow: '2.22.5',
        routes: [
          { method: 'POST', path: '/runs/{run_id}/tags', operation: 'setTag' },
          { method: 'POST', path: '/old/tags', operation: 'setTag' },
        ],
      },
    ];
    expect(uncoveredRoutes(surfaces, operations)).toEqual([
      'MLflow 2.22.5 serves POST /old/tags, which the catalog lacks',
    ]);
  });

  it('finds every template of the catalog', () => {
    expect(unreachableTemplates(operations)).toEqual([]);
  });

  it('orders versions by number', () => {
    expect(['3.5.1', '3.17.2', '2.22.5', '3.10.1'].sort(compareVersions)).toEqual([
      '2.22.5',
      '3.5.1',
      '3.10.1',
      '3.17.2',
    ]);
  });
});

describe('the real description and policy', () => {
  it('generate the committed files, with the same bytes in two runs', async () => {
    const [one, two] = [await generateAll(root), await generateAll(root)];
    expect(one.problems).toEqual([]);
    expect([...two.files]).toEqual([...one.files]);
    for (const [path, content] of one.files) expect(readFileSync(path, 'utf8') === content, path).toBe(true);
  });

  it('are refused if the policy lacks one operation', () => {
    const whole = parsePolicy(policyFiles(root));
    const last = whole.entries.at(-1)!;
    const document = parse(text('openapi/mlflow.yaml')) as Description;
    expect(applyPolicy(document, { ...whole, entries: whole.entries.slice(0, -1) })).toEqual([]);
    expect(buildOperations(document).problems).toEqual([expect.stringContaining(`${last.id} (`)]);
  });
});
