import type { Limit } from './limit.ts';

/** The gateway and MLflow: requests and lookups in flight, responses, caches. */
export const MLFLOW_LIMITS = {
  // Of the 256 connections to MLflow the rest is for look-ups.
  requestsAtOnce: {
    value: 224,
    unit: 'items',
    what: 'requests of all tenants in flight at MLflow',
    beyond:
      'they wait, and tenants take turns; 503 `tenant_busy` when a turn does not come in time (`GW_REQUEST_TIMEOUT_SECONDS`)',
  },
  requestsAtOncePerTenant: {
    value: 128,
    setting: 'GW_TENANT_REQUESTS_AT_ONCE',
    unit: 'items',
    what: 'requests of one tenant in flight at MLflow',
    beyond: 'the same',
  },
  lookupsPerRequest: {
    value: 1_000,
    unit: 'items',
    what: 'different resources in one request (a GraphQL document is one) that MLflow has to be asked about',
    beyond: '400 `invalid_field`, before MLflow is asked anything',
  },
  lookupsAtOncePerRequest: {
    value: 8,
    unit: 'items',
    what: 'lookups in flight for one request',
    beyond: 'the next one begins when one has ended; after the first refusal none begins',
  },
  lookupsAtOncePerTenant: {
    value: 16,
    unit: 'items',
    what: 'lookups in flight for one tenant',
    beyond: 'they wait for one another',
  },
  lookupsAtOnce: {
    value: 32,
    unit: 'items',
    what: 'lookups in flight for all tenants',
    beyond: 'they wait, and tenants take turns',
  },
  unknownInSearch: {
    value: 1_000,
    unit: 'items',
    what: 'resources in one search under `tags` with an owner that the gateway does not know',
    beyond: '400 `invalid_field`',
  },
  listedForSearch: {
    value: 500,
    unit: 'items',
    what: 'names of the tenant’s that a search is narrowed to under `tags`, where the search has no filter for tags',
    beyond: '400 `invalid_field`',
  },
  nameTakers: {
    value: 8,
    unit: 'items',
    what: 'requests under `tags` that wait to take one name',
    beyond: '503 `name_busy`',
  },
  rewrittenAnswerBytes: {
    value: 4 * 1024 * 1024,
    unit: 'bytes',
    what: "MLflow's answer that the gateway rewrites",
    beyond: '502 `upstream_invalid`',
  },
  lookupAnswerBytes: {
    value: 4 * 1024 * 1024,
    unit: 'bytes',
    what: "MLflow's answer to a look-up of the gateway's own",
    beyond: '502 `upstream_invalid`; of a search for several, each is asked for by itself',
  },
  heldAnswerBytes: {
    value: 1024 * 1024,
    unit: 'bytes',
    what: "MLflow's answer under `tags` that is held until it is known whether it is the tenant tag; the tags of an evaluation dataset are held whole",
    beyond: 'it is passed on as MLflow wrote it, with the tag',
  },
  answerTokens: {
    value: 250_000,
    unit: 'items',
    what: "values and keys in MLflow's answer that the gateway reads",
    beyond: '502 `upstream_invalid`',
  },
  questionAnswer: {
    value: 1024 * 1024,
    unit: 'bytes',
    what: "MLflow's answer to a question of the gateway's own that is no look-up",
    beyond: '502 `upstream_invalid`',
  },
  rememberedResources: {
    value: 50_000,
    unit: 'items',
    what: 'resources under `tags` with a cached owner, for 5 minutes',
    beyond: 'the oldest is forgotten',
  },
  rememberedFinds: {
    value: 20_000,
    unit: 'items',
    what: 'resources under `workspaces` that are cached as existing, for 5 minutes',
    beyond: 'the oldest is forgotten',
  },
  rememberedWorkspaces: {
    value: 10_000,
    unit: 'items',
    what: 'workspaces that are cached as existing, for 1 minute',
    beyond: 'the oldest is forgotten',
  },
} as const satisfies Record<string, Limit>;
