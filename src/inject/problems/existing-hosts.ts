import { acceptsHost } from '../allowed-hosts.ts';
import { optionIn } from '../chart-values.ts';
import type { Existing } from '../existing-gateway.ts';
import { readHostList, UPSTREAM_HOST } from '../host-plan.ts';
import { variableOf } from '../pod.ts';
import { quoted } from '../refusal.ts';

/** A hand-written gateway with a `Host` that MLflow would answer with 403, as far as both can be read. */
export function existingHostProblems({ gateway, mlflow, command, url, socket }: Existing): string[] {
  const found = readHostList(mlflow, command);
  if (found.kind !== 'list') return [];
  const given = variableOf(gateway, UPSTREAM_HOST);
  const usual = socket !== undefined ? 'localhost' : url.replace(/^http:\/\//, '').replace(/\/$/, '');
  const host = given === undefined ? usual : given.value === '' ? usual : given.value;
  if (host === undefined || acceptsHost(found.entries, host)) return [];
  return [
    `MLflow accepts requests for ${quoted(found.entries.join(','))} only (${found.from}), but the gateway sends ${quoted(host)}. Give the gateway ${UPSTREAM_HOST} with a host of that list, or add ${quoted(host)} to it${optionIn('--allowed-hosts')}.`,
  ];
}
