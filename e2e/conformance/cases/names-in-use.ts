import { randomBytes } from 'node:crypto';
import type { Operation } from '../../../src/catalog/types.ts';
import { type Draft, mapStrings, put, putAlike } from '../../harness/requests/draft.ts';
import { type Place, placesOf } from '../../harness/requests/places.ts';
import type { Family } from '../../harness/world/family.ts';
import { assessment, traceInfo } from '../../harness/world/makers/traces.ts';
import { ORGANIZATION } from '../../harness/world/resources.ts';
import { ordinaryDraft } from '../examples/index.ts';

type CreateWithName = (family: Family, name: string) => Promise<unknown>;

/** Creates a resource with a given name, for each kind whose name a request can choose. */
const CREATE_WITH_NAME: Readonly<Record<string, CreateWithName>> = {
  'experiment-name': (f, name) => f.do('createExperiment', { body: { name, tags: [note(f)] } }),
  'registered-model': (f, name) =>
    f.do('createRegisteredModel', { body: { name, description: f.text('description'), tags: [note(f)] } }),
  'mcp-server': (f, name) => f.do('createMcpServer', { body: { name, description: f.text('description') } }),
  // In an organisation too: the requests of both kinds use the same one.
  skill: async (f, name) => {
    const description = f.text('description');
    await f.do('createSkill', { body: { name, description } });
    await f.do('createSkill', { body: { name, organization: ORGANIZATION, description } });
  },
  'gateway-secret-name': (f, secret_name) =>
    f.do('createGatewaySecret', {
      body: { secret_name, secret_value: { api_key: f.name('sk') }, provider: 'openai' },
    }),
  'gateway-model-definition': async (f, name) =>
    f.do('createGatewayModelDefinition', {
      body: {
        name,
        secret_id: await f.id('gateway-secret'),
        provider: 'openai',
        model_name: f.name('llm'),
      },
    }),
  'gateway-endpoint-name': async (f, name) =>
    f.do('createGatewayEndpoint', {
      body: {
        name,
        model_configs: [
          {
            model_definition_id: await f.id('gateway-model-definition'),
            linkage_type: 'PRIMARY',
            weight: 1,
          },
        ],
      },
    }),
  trace: async (f, trace_id) =>
    f.do('startTraceV3', { body: { trace: { trace_info: await traceInfo(f, trace_id) } } }),
  assessment: async (f, assessment_id) =>
    f.do('createAssessment', {
      path: { trace_id: await f.id('trace') },
      body: { assessment: { ...(await assessment(f)), assessment_id } },
    }),
  issue: async (f, issue_id) =>
    f.do('createIssue', {
      body: {
        experiment_id: await f.id('experiment'),
        name: f.name('issue'),
        description: f.text('description'),
        issue_id,
      },
    }),
  workspace: async () => undefined,
};

const SHAPES: Readonly<Record<string, (family: Family) => string>> = {
  'mcp-server': (f) => `com.example/${f.plain('mcp')}`,
  trace: () => `tr-${randomBytes(16).toString('hex')}`,
  assessment: () => `a-${randomBytes(16).toString('hex')}`,
  issue: () => `iss-${randomBytes(16).toString('hex')}`,
  workspace: (f) => f.owner.tenant,
};

/** A request that chooses a name in use by the other tenant. */
export interface NameInUseCase {
  readonly title: string;
  /** The operation and the place, as in the keys of exceptions.ts. */
  readonly at: string;
  readonly kind: string;
  readonly draft: Draft;
}

/** Kinds whose name a request can choose and that CREATE_WITH_NAME lacks. */
export function kindsWithoutCreator(operations: readonly Operation[]): readonly string[] {
  return operations
    .flatMap((operation) => chosen(operation).map(({ kind }) => kind))
    .filter((kind) => CREATE_WITH_NAME[kind] === undefined);
}

/** Whether a request to the operation chooses a name. */
export function choosesName(operation: Operation): boolean {
  return chosen(operation).length > 0;
}

/**
 * Every place of an operation for a new name, with a name in use by the other tenant. The name
 * itself has no marker; all other texts of the resource have.
 */
export async function nameInUseCases(
  operation: Operation,
  here: () => Family,
  there: Family,
): Promise<readonly NameInUseCase[]> {
  const out: NameInUseCase[] = [];
  for (const { place, kind } of chosen(operation)) {
    for (const template of operation.paths) {
      const name = (SHAPES[kind] ?? ((f: Family) => f.plain(kind)))(there);
      await CREATE_WITH_NAME[kind]!(there, name);
      const draft = named(await ordinaryDraft(operation, here(), template), place, name);
      out.push({
        title: `${operation.id}: ${place.name} taken by the other tenant on ${template}`,
        at: `${operation.id} ${place.name}`,
        kind,
        draft,
      });
    }
  }
  return out;
}

/** The draft with the name at its place, and at every other place with the old name. */
function named(draft: Draft, place: Place, name: string): Draft {
  if (place.inPathToo) return putAlike(draft, place, name);
  const old = place.in === 'path' ? draft.path[place.steps[0]!.name] : undefined;
  return put(
    old === undefined ? draft : mapStrings(draft, (text) => (text === old ? name : text)),
    place,
    name,
  );
}

function chosen(operation: Operation) {
  return placesOf(operation).flatMap((place) =>
    place.policy.class === 'new-name' ? [{ place, kind: place.policy.kind }] : [],
  );
}

const note = (family: Family): { key: string; value: string } => ({ key: 'note', value: family.text('tag') });
