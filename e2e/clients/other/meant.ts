import type { WireDifference } from '../wire/same-calls.ts';

/** Whether a difference is the tag that says whose a thing is, which the tenant sees under `tags`. */
export function isOwnTag({ straight, gateway }: WireDifference): boolean {
  const before = straight === undefined ? [] : straight;
  if (!Array.isArray(before) || !Array.isArray(gateway)) return false;
  const rest = gateway.filter((entry: { key?: string }) => entry?.key !== 'tenant');
  return rest.length === gateway.length - 1 && JSON.stringify(rest) === JSON.stringify(before);
}
