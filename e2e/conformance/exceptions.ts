import { OPERATIONS } from '../../src/catalog/generated/catalog.ts';
import { isBefore } from '../harness/mlflow-version.ts';
import { placesOf } from '../harness/requests/places.ts';
import type { OwnAnswer } from '../harness/strategies/strategy-under-test.ts';

/**
 * Exceptions from the suite's rules, each with its reason. None of them allows foreign data:
 * every response is searched for the other tenant's texts, and its data is compared.
 */

/** Operations whose own request is not sent. */
const UNSENT: Readonly<Record<string, string>> = {
  geminiPassthroughGenerateContent: "needs Google: MLflow's Gemini provider takes no other address",
  geminiPassthroughStreamGenerateContent: "needs Google: MLflow's Gemini provider takes no other address",
};

const NO_JOBS: OwnAnswer = { status: 500, why: 'needs the job runner and an LLM provider' };
const NO_CLOUD: OwnAnswer = { status: 400, why: 'needs artifacts in cloud storage' };
const NO_MULTIPART: OwnAnswer = { status: 501, why: 'needs artifacts in cloud storage' };
const NO_HANDLER: OwnAnswer = { status: 404, why: 'MLflow has the route and no handler for it' };
const DATABRICKS: OwnAnswer = { status: 404, why: 'exists on Databricks only' };

/** By operation, by operation and place, or by operation and mount. */
const OWN_ANSWERS: Readonly<Record<string, OwnAnswer>> = {
  createPresignedDownloadUrl: NO_CLOUD,
  createPresignedUploadUrl: NO_CLOUD,
  proxyCreateMultipartUpload: NO_MULTIPART,
  proxyCompleteMultipartUpload: NO_MULTIPART,
  proxyAbortMultipartUpload: NO_MULTIPART,
  proxyGetPresignedDownloadUrl: NO_MULTIPART,
  createPromptOptimizationJob: NO_JOBS,
  invokeGenaiEvaluate: NO_JOBS,
  invokeScorer: NO_JOBS,
  // The run of the first request never ends, and an experiment has one at a time: 400. In a thread of MLflow in which a run is still
  // active, it is not begun at all: 500.
  invokeIssueDetection: { ...NO_JOBS, again: [400, 500] },
  submitJob: NO_JOBS,
  getOnlineTraceDetails: DATABRICKS,
  searchUnifiedTraceHandler: DATABRICKS,
  getBuildFile: { status: 404, why: "MLflow's package has no such file" },
  'searchDatasets /api/2.0mlflow/experiments/search-datasets': NO_HANDLER,
  'searchDatasets /ajax-api/2.0mlflow/experiments/search-datasets': NO_HANDLER,
};

/** Differences of MLflow before a version; versions between two surveyed ones are not covered. */
interface Older {
  readonly before: string;
  /** Operations whose own request is not sent, as `UNSENT`. */
  readonly unsent?: Readonly<Record<string, string>>;
  readonly answers?: Readonly<Record<string, OwnAnswer>>;
  /** As `DISTINGUISHABLE`. */
  readonly distinguishable?: Readonly<Record<string, string>>;
  /** Places that MLflow ignores, by operation and place. */
  readonly unread?: Readonly<Record<string, string>>;
}

const NO_AIOHTTP =
  'needs aiohttp, which MLflow installs by itself since 3.17: without it the AI gateway answers 500';
const NO_LITELLM: OwnAnswer = { status: 400, why: 'asks LiteLLM before 3.17, which is an extra' };
const ONLY_A_MUTATION: OwnAnswer = { status: 200, why: 'GraphQL has the search of runs as a mutation only' };

const OLDER: readonly Older[] = [
  {
    before: '3.18',
    answers: {
      invokeIssueDetection: NO_JOBS,
      'uploadRunArtifact query.run_id': { status: 400, why: 'reads run_uuid only before 3.18' },
    },
    unread: { 'createIssue body.issue_id': 'MLflow chooses the id itself before 3.18' },
  },
  {
    before: '3.17',
    unsent: Object.fromEntries(
      [
        'anthropicPassthroughMessages',
        'gatewayChatCompletions',
        'gatewayInvocations',
        'openaiPassthroughChat',
        'openaiPassthroughEmbeddings',
        'openaiPassthroughResponses',
      ].map((id) => [id, NO_AIOHTTP]),
    ),
    answers: {
      'listScorers query.experiment_ids[]': {
        status: 400,
        why: 'lists those of one experiment only before 3.17',
      },
      listGatewaySupportedModels: NO_LITELLM,
      listGatewaySupportedProviders: NO_LITELLM,
    },
    distinguishable: {
      'exportTraces *':
        'accepts spans for an unknown trace, and rejects them for one of another workspace: its id has 128 random bits',
      'updateGatewayEndpoint body.model_configs[].model_definition_id':
        'repeats the id in one message and not in the other: it has 128 random bits',
    },
  },
  {
    before: '3.11',
    answers: {
      'getGatewayEndpoint query.name': { status: 400, why: 'finds endpoints only by their id before 3.11' },
    },
  },
  {
    before: '3.10',
    answers: {
      deleteTraceTagV3: { status: 500, why: 'its handler fails on every request before 3.10' },
      submitJob: {
        status: 422,
        why: 'wants `function_fullname` before 3.10, of which there is none to try with',
      },
    },
  },
  {
    before: '3.5',
    answers: {
      'graphql mlflowSearchRuns': ONLY_A_MUTATION,
      'graphqlByGet mlflowSearchRuns': ONLY_A_MUTATION,
    },
  },
];

/** The reason why an operation's own request is not sent to a version, or `undefined`. */
export function whyUnsent(version: string, operationId: string): string | undefined {
  const older = OLDER.filter(({ before }) => isBefore(version, before));
  return [UNSENT, ...older.map(({ unsent }) => unsent)].map((list) => list?.[operationId]).find(Boolean);
}

/** MLflow's responses to valid requests other than success. */
export function ownAnswers(version: string): Readonly<Record<string, OwnAnswer>> {
  const older = OLDER.filter(({ before }) => isBefore(version, before));
  return Object.assign({}, OWN_ANSWERS, ...older.map(({ answers }) => answers));
}

/** Requests whose response distinguishes a foreign resource from a missing one, by operation and place, with the reason. */
export function distinguishable(version: string): Readonly<Record<string, string>> {
  const older = OLDER.filter(({ before }) => isBefore(version, before));
  return Object.assign({}, ...older.map((one) => one.distinguishable));
}

/** Places that a version ignores, by operation and place. */
export function unread(version: string): Readonly<Record<string, string>> {
  const older = OLDER.filter(({ before }) => isBefore(version, before));
  return Object.assign({}, ...older.map((one) => one.unread));
}

/** Requests that MLflow answers with 5xx instead of 4xx, by operation and place. */
export const SERVER_ERRORS: Readonly<Record<string, string>> = {
  'createAssessment body.assessment.assessment_id':
    'a constraint of MLflow’s database reports that an assessment with this id exists',
};

/**
 * Exceptions about operations or places that the catalog no longer has.
 *
 * @param strategys those of the strategy
 */
export function staleExceptions(strategys: Readonly<Record<string, OwnAnswer>>): readonly string[] {
  const known = new Set(
    OPERATIONS.flatMap((operation) => [
      operation.id,
      ...operation.paths.map((path) => `${operation.id} ${path}`),
      `${operation.id} *`,
      ...placesOf(operation).map((place) => `${operation.id} ${place.name}`),
    ]),
  );
  const older = OLDER.flatMap((one) =>
    [one.unsent, one.answers, one.distinguishable, one.unread].map((list) => list ?? {}),
  );
  return (
    [UNSENT, OWN_ANSWERS, ...older, strategys, SERVER_ERRORS]
      .flatMap((list) => Object.keys(list))
      // Further requests of GraphQL have labels of their own (examples/graphql.ts).
      .filter((key) => !known.has(key) && !/^graphql(?:ByGet)? mlflow\w+$/.test(key))
  );
}
