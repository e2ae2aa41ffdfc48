import type { Limit } from './limit.ts';

/** The gateway and MLflow: requests and lookups in flight, responses, caches. */
export const MLFLOW_LIMITS = {
  // The other 32 of the 256 connections to MLflow are for lookups.
  requestsAtOnce: {
    value: 224,
    unit: 'items',
    what: 'requests of all tenants in flight at MLflow',
    beyond:
      'they wait, and tenants take turns; 429 `tenant_busy` when a turn does not come in time (`GW_REQUEST_TIMEOUT_SECONDS`)',
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
    what: 'different resources in one request (a GraphQL document is one) that need a lookup',
    beyond: '400 `invalid_field`, before any request to MLflow',
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
    what: 'names of the tenant that a search is narrowed to under `tags`, if the search has no filter for tags',
    beyond: '400 `invalid_field`',
  },
  nameTakers: {
    value: 8,
    unit: 'items',
    what: 'requests under `tags` that wait for the lock of one name',
    beyond: '429 `name_busy`',
  },
  presignedSeconds: {
    value: 900,
    setting: 'GW_PRESIGNED_MAX_SECONDS',
    unit: 'seconds',
    what: 'time that a signed URL of an artifact is valid',
    beyond:
      '400 `invalid_field` if the request asks for more, 501 `signed_url_refused` if MLflow chooses more',
  },
  rewrittenResponseBytes: {
    value: 4 * 1024 * 1024,
    unit: 'bytes',
    what: 'response of MLflow that the gateway rewrites',
    beyond: '502 `upstream_invalid`',
  },
  lookupResponseBytes: {
    value: 4 * 1024 * 1024,
    unit: 'bytes',
    what: 'response of MLflow to a lookup',
    beyond: '502 `upstream_invalid`; after a search for several resources, each is looked up by itself',
  },
  heldResponseBytes: {
    value: 1024 * 1024,
    unit: 'bytes',
    what: 'part of a response under `tags` that is held while it may be the tenant tag; the tags of an evaluation dataset are held whole',
    beyond: 'it is passed on as MLflow wrote it, with the tag',
  },
  responseTokens: {
    value: 250_000,
    unit: 'items',
    what: 'values and keys in a response of MLflow that the gateway reads',
    beyond: '502 `upstream_invalid`',
  },
  questionAnswer: {
    value: 1024 * 1024,
    unit: 'bytes',
    what: "response of MLflow to another request of the gateway's own",
    beyond: '502 `upstream_invalid`',
  },
  rememberedResources: {
    value: 50_000,
    unit: 'items',
    what: 'resources under `tags` with a cached owner, for 5 minutes',
    beyond: 'the oldest is evicted',
  },
  rememberedFinds: {
    value: 20_000,
    unit: 'items',
    what: 'resources under `workspaces` that are cached as existing, for 5 minutes',
    beyond: 'the oldest is evicted',
  },
  rememberedWorkspaces: {
    value: 10_000,
    unit: 'items',
    what: 'workspaces that are cached as existing, for 1 minute',
    beyond: 'the oldest is evicted',
  },
} as const satisfies Record<string, Limit>;
