import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { DescribedOperation, Description } from '../description.ts';
import { buildOperations } from '../operations.ts';
import { applyPolicy, withFile } from './apply.ts';
import { placesOf } from './places.ts';
import { type Policy, parsePolicy, policyFiles } from './read.ts';

const root = join(import.meta.dirname, '../..');
const files = policyFiles(root);
const described = (): Description =>
  parse(readFileSync(join(root, 'openapi/mlflow.yaml'), 'utf8')) as Description;

const DEFAULTS = 'defaults: { workspaces: pin, tags: references }';

/** A file with these lines as the operations of one permission. */
const section = (operations: string, permission = 'runs:read'): string =>
  `${DEFAULTS}\n${permission}:\n${operations}\n`;

/** Reads the real files, some of them replaced or added. */
function read(changed: Readonly<Record<string, string>>): Policy {
  return parsePolicy(new Map([...files, ...Object.entries(changed)]));
}

function operation(id: string, group: string): DescribedOperation {
  return { operationId: id, tags: [group], 'x-mlflow-mounts': [], 'x-mlflow-versions': ['3.17.2'] };
}

function description(...operations: DescribedOperation[]): Description {
  return {
    info: { version: '3.17.2' },
    paths: Object.fromEntries(operations.map((post) => [`/${post.operationId}`, { post }])),
  };
}

describe('placesOf', () => {
  it('reads nested and dotted fields alike', () => {
    expect(
      placesOf({
        run_id: 'reference:run',
        'metrics[]': { model_id: 'reference:logged-model', opaque: ['key', 'dataset.name'] },
        trace: { info: { metadata: 'tag-key:trace', 'metadata.*': 'tag-value:trace' } },
        opaque: ['step', 'order_by[]'],
      }),
    ).toEqual({
      classes: {
        run_id: 'reference:run',
        'metrics[].model_id': 'reference:logged-model',
        'metrics[].key': 'opaque',
        'metrics[].dataset.name': 'opaque',
        'trace.info.metadata': 'tag-key:trace',
        'trace.info.metadata.*': 'tag-value:trace',
        step: 'opaque',
        'order_by[]': 'opaque',
      },
      problems: [],
    });
  });

  it('reports each field that is both opaque and classified, or listed twice', () => {
    expect(
      placesOf({
        run_id: 'reference:run',
        'tags[].key': 'tag-key:run',
        'tags[]': { key: 'tag-key:run', opaque: ['value'] },
        opaque: ['run_id', 'step', 'step'],
      }).problems,
    ).toEqual([
      'field tags[].key is listed twice as tag-key:run',
      'field run_id is both reference:run and opaque',
      'field step is listed twice as opaque',
    ]);
  });

  it('refuses the class opaque outside the opaque list', () => {
    expect(placesOf({ 'params[]': { key: 'opaque' } })).toEqual({
      classes: {},
      problems: ['field params[].key belongs in the opaque list'],
    });
  });

  it('treats names of JavaScript properties as names of fields', () => {
    const { classes, problems } = placesOf({ opaque: ['constructor', 'toString'] });
    expect(problems).toEqual([]);
    expect(classes).toEqual({ constructor: 'opaque', toString: 'opaque' });
  });
});

describe('parsePolicy', () => {
  it('reads the files of this repository without a problem', () => {
    expect(parsePolicy(files).problems).toEqual([]);
  });

  it('applies the defaults of a group to its operations, including those that share an entry', () => {
    const { entries } = read({
      'openapi/policy/runs.yaml': `
defaults: { workspaces: pin, tags: references, unshared: '*' }
runs:read:
  getRun, getRunByGet: { run_id: reference:run }
  searchRuns: { rules: { tags: search, unshared: false } }
`,
    });
    const found = entries.filter(({ file }) => file === 'openapi/policy/runs.yaml');
    const shared = {
      permission: 'runs:read',
      workspaces: 'pin',
      tags: 'references',
      unshared: '*',
      fields: { run_id: 'reference:run' },
    };
    expect(found.map(({ id, policy }) => [id, policy])).toEqual([
      ['getRun', shared],
      ['getRunByGet', shared],
      ['searchRuns', { permission: 'runs:read', workspaces: 'pin', tags: 'search', fields: {} }],
    ]);
  });

  it('refuses a default permission, and an operation outside the sections', () => {
    const { problems } = read({
      'openapi/policy/runs.yaml':
        'defaults: { workspaces: pin, tags: references, permission: runs:read }\ngetRun: { run_id: reference:run }\n',
    });
    expect(problems).toEqual([
      expect.stringMatching(/^openapi\/policy\/runs\.yaml: defaults: .*permission/),
      expect.stringMatching(/^openapi\/policy\/runs\.yaml: getRun: run_id: /),
    ]);
  });

  it('reports the problems of all files at once, each with its file', () => {
    const { problems } = read({
      'openapi/policy/runs.yaml': `${DEFAULTS}
runs:read:
  getRun: { run_id: reference:run, opaque: [run_id] }
  getRun: {}
runs:delete:
  deleteRun: { rules: { publik: true }, run_id: [reference:run] }
`,
      'openapi/policy/traces.yaml': `${DEFAULTS}\ntraces:read:\n  getTrace: {\n`,
      'openapi/kinds.yaml': 'run: { pattrn: x }\n',
      'openapi/migration.yaml': `
defaults: { pages: { field: page_token, next: next_page_token } }
walk:
  list: { operation: searchWalks, items: walks }
  variants: []
  item: { id: id, tags: tags }
  tag: { operation: setWalkTag, fields: {} }
`,
      'openapi/gateway.yaml': files.get('openapi/gateway.yaml')!.replace('metrics-path:', 'metrics:'),
    });
    expect(problems).toEqual([
      expect.stringMatching(/^openapi\/policy\/runs\.yaml:4: Map keys must be unique/),
      'openapi/policy/runs.yaml: runs:delete: deleteRun: rules: Unrecognized key: "publik"',
      'openapi/policy/runs.yaml: runs:delete: deleteRun: run_id: must be a field class, or the fields inside an object or a list',
      expect.stringMatching(/^openapi\/policy\/traces\.yaml:4: /),
      expect.stringMatching(/^openapi\/gateway\.yaml: metrics-path: /),
      expect.stringMatching(/^openapi\/gateway\.yaml: .*"metrics"/),
      expect.stringMatching(/^openapi\/kinds\.yaml: run: .*"pattrn"/),
      'openapi/migration.yaml: walk: openapi/kinds.yaml has no such kind',
    ]);
  });

  it.each([
    ['an empty file', ''],
    ['a file that is a list', '[]'],
    ['a permission without content', `${DEFAULTS}\nruns:read:\n`],
    ['a permission that is a text', `${DEFAULTS}\nruns:read: getRun\n`],
    ['an operation without content', section('  getRun:')],
    ['an operation that is a text', section('  getRun: runs:read')],
    ['rules that are a list', section('  getRun: { rules: [pin] }')],
    ['a field without class', section('  getRun: { run_id: }')],
    ['an opaque list that is a text', section('  getRun: { opaque: run_id }')],
  ])('reports %s, and continues', (_what, text) => {
    const { problems } = read({ 'openapi/policy/runs.yaml': text });
    expect(problems).not.toEqual([]);
    for (const problem of problems) expect(problem).toMatch(/^openapi\/policy\/runs\.yaml: /);
  });

  it('reports a missing file', () => {
    const { problems } = parsePolicy(new Map([...files].filter(([path]) => path !== 'openapi/kinds.yaml')));
    expect(problems).toContain('openapi/kinds.yaml: the file is missing');
  });
});

describe('applyPolicy', () => {
  const policy = (changed: Readonly<Record<string, string>>): Policy => {
    const all = read(changed);
    return { ...all, entries: all.entries.filter(({ file }) => file in changed), settings: { kinds: {} } };
  };

  it('reports an unknown operation, a repeated one, and one in the file of another group', () => {
    const document = description(operation('getRun', 'runs'), operation('getTrace', 'traces'));
    const problems = applyPolicy(
      document,
      policy({
        'openapi/policy/runs.yaml': `${section('  getRun, gone: {}')}traces:read:\n  "getTrace": {}\n`,
        'openapi/policy/traces.yaml': section('  getRun: {}', 'traces:read'),
      }),
    );
    expect(problems).toEqual([
      'openapi/policy/runs.yaml: gone: the description has no such operation',
      'openapi/policy/runs.yaml: getTrace: belongs to openapi/policy/traces.yaml',
      'openapi/policy/traces.yaml: getRun: listed twice, also in openapi/policy/runs.yaml',
    ]);
    expect(document.paths['/getRun']!.post!['x-gateway']?.permission).toBe('runs:read');
  });

  it('reports an operation that one file lists twice, below one permission or two', () => {
    expect(
      applyPolicy(
        description(operation('getRun', 'runs')),
        policy({
          'openapi/policy/runs.yaml': `${section('  getRun, getRun: {}')}runs:write:\n  getRun: {}\n`,
        }),
      ),
    ).toEqual([
      'openapi/policy/runs.yaml: getRun: listed twice, in this file',
      'openapi/policy/runs.yaml: getRun: listed twice, in this file',
    ]);
  });

  it('does not mix the rules of two entries', () => {
    const document = description(operation('a', 'runs'), operation('b', 'runs'));
    const changed = {
      'openapi/policy/runs.yaml': section('  a: { rules: { public: true } }\n  b: {}', 'x:read'),
    };
    expect(applyPolicy(document, policy(changed))).toEqual([]);
    const shared = { permission: 'x:read', workspaces: 'pin', tags: 'references', fields: {} };
    expect(document.paths['/a']!.post!['x-gateway']).toEqual({ ...shared, public: true });
    expect(document.paths['/b']!.post!['x-gateway']).toEqual(shared);
  });

  it('leaves an operation unclassified that only its group has rules for', () => {
    const document = description(operation('getRun', 'runs'), operation('newOperation', 'runs'));
    const changed = { 'openapi/policy/runs.yaml': section('  getRun: {}') };
    expect(applyPolicy(document, policy(changed))).toEqual([]);
    expect(buildOperations(document).problems).toEqual([
      'newOperation (POST /newOperation): operation not classified',
    ]);
  });
});

describe('withFile', () => {
  it('names the file that the operation of a problem belongs to', () => {
    const document = description(operation('getRun', 'runs'));
    expect(withFile(document, 'getRun: field x not classified')).toBe(
      'openapi/policy/runs.yaml: getRun: field x not classified',
    );
    expect(withFile(document, 'bounds: there is no getRun x')).toBe('bounds: there is no getRun x');
  });
});

describe('the real policy', () => {
  it('has at most 1,300 lines besides comments, so that a reviewer reads it in one sitting', () => {
    const lines = [...files.values()].flatMap((text) => text.split('\n'));
    expect(lines.filter((line) => /^\s*[^\s#]/.test(line)).length).toBeLessThanOrEqual(1300);
  });

  it('has each operation of the description exactly once, in the file of its group', () => {
    const document = described();
    expect(applyPolicy(document, parsePolicy(files))).toEqual([]);
    expect(buildOperations(document).problems).toEqual([]);
  });

  it('lists each field: if one is removed, exactly that field is not classified', () => {
    const document = described();
    const text = files.get('openapi/policy/runs.yaml')!;
    const changed = {
      'openapi/policy/runs.yaml': text.replace(
        'opaque: [user_id, run_name, start_time]',
        'opaque: [user_id, run_name]',
      ),
    };
    expect(changed['openapi/policy/runs.yaml']).not.toBe(text);
    expect(applyPolicy(document, read(changed))).toEqual([]);
    expect(buildOperations(document).problems).toEqual(['createRun: field start_time not classified']);
  });
});
