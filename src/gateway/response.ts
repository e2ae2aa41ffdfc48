import type { Operation } from '../catalog/types.ts';
import { type Denial, REASONS } from '../denial.ts';

const PAGES = 'ui:read';
const SAME_FOR_ALL: Readonly<Record<string, string>> = {};
const ONE_TENANT: Readonly<Record<string, string>> = { 'cache-control': 'private, no-store' };

/**
 * The `Cache-Control` of a response. No cache may store the data of a tenant: a shared cache in front of the gateway knows no
 * tenants, and behind a proxy that signs browsers in by a cookie there is no `Authorization` field that keeps the cache from
 * storing (RFC 9111, section 3.5). MLflow's page files and health check are the same for all callers and keep MLflow's own field.
 */
export function cachingOf(operation: Operation): Readonly<Record<string, string>> {
  return operation.public || operation.permission === PAGES ? SAME_FOR_ALL : ONE_TENANT;
}

/** The status of a denial. Where MLflow's FastAPI checks values, a wrong one is 422 (RFC 9110, section 15.5.21). */
export function statusOf({ reason, status }: Denial, operation: Operation | undefined): number {
  if (status !== undefined) return status;
  return reason === 'invalid_field' && operation?.unprocessable ? 422 : REASONS[reason].status;
}
