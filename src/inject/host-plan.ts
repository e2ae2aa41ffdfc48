import { acceptsHost, chooseHost, DEFAULT_HOSTS, splitHosts } from './allowed-hosts.ts';
import type { Candidate } from './candidate.ts';
import { optionIn, variableIn } from './chart-values.ts';
import { type Container, isOn, variableOf } from './pod.ts';
import { quoted } from './refusal.ts';
import type { ServerCommand } from './server-command.ts';
import { givenVariable, type Settings } from './settings.ts';
import { ownPort } from './target.ts';

export const ALLOWED_HOSTS = 'MLFLOW_SERVER_ALLOWED_HOSTS';
export const UPSTREAM_HOST = 'GW_UPSTREAM_HOST';

/** The settings by which MLflow accepts the `Host` of the gateway's requests. */
export interface HostPlan {
  /** The allowed hosts for MLflow's container, if the pod sets none. */
  readonly allowed?: string;
  /** The `Host` for the gateway to send, if it is not the default. */
  readonly upstreamHost?: string;
  readonly problems: readonly string[];
}

/** MLflow's allowed hosts, as far as the pod shows them. */
export type HostList =
  | { readonly kind: 'none' }
  | { readonly kind: 'all' }
  | { readonly kind: 'unreadable' }
  | { readonly kind: 'list'; readonly from: string; readonly entries: readonly string[] };

/**
 * Reads MLflow's list of allowed hosts: `--allowed-hosts`, which wins, or the variable in `env`, which wins over `envFrom`, the image and
 * an env file. An empty one counts as MLflow's defaults.
 *
 * @see mlflow/cli/__init__.py (`server`), mlflow/server/security_utils.py
 */
export function readHostList(container: Container, { hostLists, explicit, has }: ServerCommand): HostList {
  const off = 'MLFLOW_SERVER_DISABLE_SECURITY_MIDDLEWARE';
  if (has('--disable-security-middleware') || isOn(container, off)) return { kind: 'all' };
  const lists = [...new Set(hostLists.filter((text) => text !== ''))];
  if (lists.length > 1 || lists.some((text) => text.includes('$'))) return { kind: 'unreadable' };
  const [text] = lists;
  if (text !== undefined && explicit) return list('--allowed-hosts', text);
  const variable = variableOf(container, ALLOWED_HOSTS);
  if (variable === undefined) return { kind: 'none' };
  if (variable.value === undefined) return { kind: 'unreadable' };
  return variable.value === ''
    ? { kind: 'list', from: ALLOWED_HOSTS, entries: DEFAULT_HOSTS }
    : list(ALLOWED_HOSTS, variable.value);
}

const list = (from: string, text: string): HostList => ({ kind: 'list', from, entries: splitHosts(text) });

/** Plans the settings of MLflow and the gateway so that MLflow accepts the gateway's requests. */
export function planHosts({ target, requested, settings }: Candidate): HostPlan {
  const given = givenHost(settings);
  const usual =
    requested.upstream === 'socket' ? ['localhost'] : hostsOf(loopbackHost(target), ownPort(target));
  const found = readHostList(target.container, target.command);
  if (found.kind === 'unreadable')
    return {
      problems: [
        `MLflow's allowed hosts cannot be read here, so the webhook cannot choose the Host for the gateway to send. Write one list out, in one place${optionIn('--allowed-hosts')}, or remove it.`,
      ],
    };
  if (found.kind === 'all') return { problems: [] };
  if (found.kind === 'none') {
    const allowed = [...new Set([...(given === undefined ? [] : [given]), ...usual])].join(',');
    return { allowed, problems: [] };
  }
  const { from, entries } = found;
  const shown = quoted(entries.join(','));
  if (given !== undefined)
    return acceptsHost(entries, given)
      ? { problems: [] }
      : {
          problems: [
            `MLflow accepts requests for ${shown} only (${from}), but the gateway is configured to send ${given} (${UPSTREAM_HOST} of the webhook's settings; config.${UPSTREAM_HOST} of the chart). Add ${given} to the list${optionIn('--allowed-hosts')}, or remove ${UPSTREAM_HOST}.`,
          ],
        };
  const host = chooseHost(preferred(usual), entries);
  if (host === undefined)
    return {
      problems: [
        `MLflow accepts requests for ${shown} only (${from}), which has no host that the gateway can send. Add localhost to it${from === ALLOWED_HOSTS ? variableIn() : optionIn('--allowed-hosts')}.`,
      ],
    };
  return host === usual[0] ? { problems: [] } : { upstreamHost: host, problems: [] };
}

/** The gateway sends the first by default. */
const hostsOf = (host: string, port: number): string[] => [
  `${host}:${port}`,
  host,
  'localhost',
  `localhost:${port}`,
];

const preferred = (usual: readonly string[]): readonly string[] => [...new Set([...usual, 'localhost'])];

/** MLflow's loopback address, in the form of a URL host. */
export const loopbackHost = ({ command }: Candidate['target']): string =>
  command.hosts[0] === '::1' ? '[::1]' : '127.0.0.1';

const givenHost = (settings: Settings): string | undefined =>
  givenVariable(settings, UPSTREAM_HOST)?.value || undefined;
