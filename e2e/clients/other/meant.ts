import type { WireDifference } from '../wire/same-calls.ts';

/** Whether a difference is the tag that says whose a thing is, which the tenant sees under `tags`. */
export function isOwnTag({ path, straight, gateway }: WireDifference): boolean {
  // Traces have tags by name.
  if (path.endsWith('.tags.tenant')) return straight === undefined && typeof gateway === 'string';
  const before = straight === undefined ? [] : straight;
  if (!Array.isArray(before) || !Array.isArray(gateway)) return false;
  const rest = gateway.filter((entry: { key?: string }) => entry?.key !== 'tenant');
  return rest.length === gateway.length - 1 && JSON.stringify(rest) === JSON.stringify(before);
}
