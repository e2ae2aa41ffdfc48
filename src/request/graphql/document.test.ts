import { describe, expect, it } from 'vitest';
import { OPERATIONS } from '../../catalog/generated/catalog.ts';
import { operationById } from '../../mlflow/call.ts';
import { type DocumentContent, MOST, readDocument, type Selection } from './document.ts';
import { GRAPHQL_SCHEMA } from './generated/schema.ts';
import { readSurface } from './surface.ts';

const policy = OPERATIONS.find(({ id }) => id === 'graphql')!.graphql!;
const { schema } = readSurface(GRAPHQL_SCHEMA, policy, operationById);

/** The selections in short. */
function outline(selections: readonly Selection[]): unknown {
  return Object.fromEntries(
    selections.map(({ key, field, arguments: given, selections: inside }) => [
      key === field.name ? key : `${key}: ${field.name}`,
      Object.keys(given).length > 0 ? [given, outline(inside)] : outline(inside),
    ]),
  );
}

const ask = (query: string, more: object = {}): DocumentContent => readDocument(schema, { query, ...more });
const RUN = '{ run { info { runId } } }';
const run = (id: string): string => `mlflowGetRun(input: {runId: "${id}"}) ${RUN}`;

describe('readDocument', () => {
  it('applies fragments, aliases, variables and directives', () => {
    const query = `
      query Other { ${run('other')} }
      query Mine($data: MlflowGetRunInput!, $yes: Boolean! = true) @component(name: "UI") {
        ...Root
        again: mlflowGetRun(input: $data) { run { ... on MlflowRunExtension { info { runName @skip(if: $yes) runId } } } }
      }
      fragment Root on Query {
        mlflowGetRun(input: $data) { ...Answer apiError @include(if: false) { code } }
        mlflowGetRun(input: $data) { run { data { tags { key } } } }
      }
      fragment Answer on MlflowGetRunResponse { run { info { runId } } }`;
    const asked = ask(query, { operationName: 'Mine', variables: { data: { runId: 'r' }, unknown: 1 } });
    const given = { input: { runId: 'r' } };
    expect(asked.kind).toBe('query');
    expect(JSON.parse(JSON.stringify(outline(asked.selections)))).toEqual({
      mlflowGetRun: [given, { run: { info: { runId: {} }, data: { tags: { key: {} } } } }],
      'again: mlflowGetRun': [given, { run: { info: { runId: {} } } }],
    });
  });

  it.each<[string, string, object, string]>([
    ['no text', '', {}, 'Syntax Error'],
    ['half a document', '{ mlflowGetRun', {}, 'Syntax Error'],
    ['an unknown field', '{ nothing }', {}, 'Cannot query field "nothing"'],
    ['an unknown argument', `{ mlflowGetRun(input: {id: "1"}) ${RUN} }`, {}, 'unknown field "id"'],
    ['a number for text', `{ mlflowGetRun(input: {runId: 1}) ${RUN} }`, {}, 'String cannot represent'],
    ['two operations and no name', `query A { ${run('1')} } query B { ${run('2')} }`, {}, '2 operations'],
    [
      'a name of no operation',
      `query A { ${run('1')} }`,
      { operationName: 'B' },
      'has no operation of the name',
    ],
    [
      'a missing variable',
      `query ($d: MlflowGetRunInput!) { mlflowGetRun(input: $d) ${RUN} }`,
      {},
      'Variable "$d"',
    ],
    [
      'a variable of another type',
      `query ($d: MlflowGetRunInput!) { mlflowGetRun(input: $d) ${RUN} }`,
      { variables: { d: ['r'] } },
      'Variable "$d"',
    ],
    [
      'a fragment that contains itself',
      `{ ...A } fragment A on Query { ...A ${run('1')} }`,
      {},
      'Cannot spread',
    ],
    ['a fragment on another type', `{ ... on MlflowRun { info { runId } } }`, {}, 'MlflowRun'],
    [
      'the same alias for two fields',
      `{ ${run('1')} ${run('2')} }`,
      {},
      'conflict because they have differing arguments',
    ],
    ['a subscription', 'subscription { x }', {}, 'subscription operation is not supported'],
    ['a type', `type Query { x: Int } { ${run('1')} }`, {}, 'not executable'],
    [
      'a field without any selection',
      `{ mlflowGetRun(input: {runId: "1"}) { run @skip(if: true) { info { runId } } } }`,
      {},
      'selects no field of',
    ],
    ['the gateway’s own alias', `{ mlflowGatewayOwner: ${run('1')} }`, {}, "gateway's own alias"],
  ])('refuses %s', (_, query, more, message) => {
    expect(() => ask(query, more)).toThrow(expect.objectContaining({ reason: 'invalid_field' }));
    expect(() => ask(query, more)).toThrow(message);
  });

  it.each([
    ['a list of documents', [{ query: `{ ${run('1')} }` }]],
    ['no document', undefined],
  ])('refuses %s', (_, query) => {
    expect(() => readDocument(schema, { query })).toThrow('must be the text');
  });

  const many = (count: number, of: (i: number) => string): string =>
    Array.from({ length: count }, (_, i) => of(i)).join(' ');
  const doubling = many(
    40,
    (i) => `fragment F${i} on MlflowRunInfo { ${i === 39 ? 'runId' : `...F${i + 1} ... { ...F${i + 1} }`} }`,
  );
  it('reads documents with the allowed number of tokens and brackets', () => {
    // 20 tokens around the names.
    const names = (count: number): string =>
      `{ mlflowGetRun(input: {runId: "1"}) { run { info { ${many(count, () => 'runId')} } } } }`;
    expect(() => ask(names(MOST.tokens - 20))).toThrow('Validation aborted');
    expect(() => ask(names(MOST.tokens - 19))).toThrow('tokens');
    const nested = (levels: number): string =>
      `{ ${'... { '.repeat(levels - 3)}mlflowGetRun(input: {runId: "1"}) { run { info { runId } } }${' }'.repeat(levels - 3)} }`;
    expect(ask(nested(MOST.brackets - 1)).selections).toHaveLength(1);
    expect(() => ask(nested(MOST.brackets))).toThrow('brackets');
  });

  it.each([
    [
      'root fields',
      `{ ${many(MOST.rootFields + 1, (i) => (i === 0 ? run('0') : `...R${i}`))} } ${many(MOST.rootFields, (i) => `fragment R${i + 1} on Query { a${i}: ${run('1')} }`)}`,
      'root fields',
    ],
    [
      'aliases',
      `{ mlflowGetRun(input: {runId: "1"}) { ${many(MOST.aliases + 1, (i) => `a${i}: run { info { runId } }`)} } }`,
      'aliases',
    ],
    [
      'selections of the same',
      `{ mlflowGetRun(input: {runId: "1"}) { run { info { ${many(MOST.selections, () => 'runId')} } } } }`,
      'Validation aborted',
    ],
    [
      'selections by fragments',
      `{ mlflowGetRun(input: {runId: "1"}) { run { info { ...F0 } } } } ${doubling}`,
      'selections',
    ],
    ['tokens', `{ ${many(MOST.tokens, () => 'a')} }`, 'tokens'],
    ['brackets', '{a'.repeat(4_000), 'brackets'],
    // Without a bound of its own this overflows the stack of graphql's parser.
    ['lists', `{ a(b: ${'['.repeat(MOST.tokens - 5)}`, 'brackets'],
    ['levels', `{ __schema { types { ${'ofType { '.repeat(12)}name${' }'.repeat(12)} } } }`, 'levels'],
  ])('refuses %s immediately', (_, query, message) => {
    const began = performance.now();
    expect(() => ask(query)).toThrow(message);
    // The test only has to end: without a bound, the doubling fragments alone would never be read.
    expect(performance.now() - began).toBeLessThan(20_000);
  });
});
