import { OPERATIONS } from '../../../src/catalog/generated/catalog.ts';
import { placesOf } from './places.ts';

/**
 * Where the suite expects something else than the rule, each with its reason. Nothing here lets foreign data out:
 * answers are searched for the other tenant's words, and its data is compared, in every case.
 */

/** Operations whose own request is not sent. */
export const UNSENT: Readonly<Record<string, string>> = {
  geminiPassthroughGenerateContent: "needs Google: MLflow's Gemini provider takes no other address",
  geminiPassthroughStreamGenerateContent: "needs Google: MLflow's Gemini provider takes no other address",
};

/** What MLflow itself answers to a good request instead of success; it is asked directly too, and must agree. */
export interface OwnAnswer {
  readonly status: number;
  /** Where it is the gateway that refuses, under this strategy. */
  readonly reason?: string;
  readonly why: string;
}

const NO_JOBS: OwnAnswer = { status: 500, why: 'needs the job runner and an LLM provider' };
const NO_CLOUD: OwnAnswer = { status: 400, why: 'needs artifacts in cloud storage' };
const NO_MULTIPART: OwnAnswer = { status: 501, why: 'needs artifacts in cloud storage' };
const NO_HANDLER: OwnAnswer = { status: 404, why: 'MLflow has the route and no handler for it' };
const DATABRICKS: OwnAnswer = { status: 404, why: 'exists on Databricks only' };

/** By operation, by operation and place when the place is in the request, or by operation and mount. */
export const OWN_ANSWERS: Readonly<Record<string, OwnAnswer>> = {
  createPresignedDownloadUrl: NO_CLOUD,
  createPresignedUploadUrl: NO_CLOUD,
  proxyCreateMultipartUpload: NO_MULTIPART,
  proxyCompleteMultipartUpload: NO_MULTIPART,
  proxyAbortMultipartUpload: NO_MULTIPART,
  proxyGetPresignedDownloadUrl: NO_MULTIPART,
  createPromptOptimizationJob: NO_JOBS,
  invokeGenaiEvaluate: NO_JOBS,
  invokeScorer: NO_JOBS,
  invokeIssueDetection: NO_JOBS,
  submitJob: NO_JOBS,
  getOnlineTraceDetails: DATABRICKS,
  searchUnifiedTraceHandler: DATABRICKS,
  getBuildFile: { status: 404, why: "MLflow's package has no such file" },
  'searchDatasets /api/2.0mlflow/experiments/search-datasets': NO_HANDLER,
  'searchDatasets /ajax-api/2.0mlflow/experiments/search-datasets': NO_HANDLER,
};

/** Requests whose answer tells a foreign resource from a missing one, by operation and place. */
export const DISTINGUISHABLE: Readonly<Record<string, string>> = {};

/** Requests that MLflow answers with 5xx where 4xx would be right, by operation and place. */
export const SERVER_ERRORS: Readonly<Record<string, string>> = {
  'createAssessment body.assessment.assessment_id':
    'MLflow finds out by a constraint of its database that an assessment of this id exists',
};

/**
 * Exceptions about operations or places that the catalog no longer has.
 *
 * @param ownAnswers those of the strategy
 */
export function staleExceptions(ownAnswers: Readonly<Record<string, OwnAnswer>>): readonly string[] {
  const known = new Set(
    OPERATIONS.flatMap((operation) => [
      operation.id,
      ...operation.paths.map((path) => `${operation.id} ${path}`),
      `${operation.id} *`,
      ...placesOf(operation).map((place) => `${operation.id} ${place.name}`),
    ]),
  );
  return [UNSENT, OWN_ANSWERS, ownAnswers, DISTINGUISHABLE, SERVER_ERRORS]
    .flatMap((list) => Object.keys(list))
    .filter((key) => !known.has(key));
}
