import { suggest } from '../config/suggest.ts';
import type { Pod } from './pod.ts';
import { quoted } from './refusal.ts';

/** The label that requests a gateway, and its value. */
export const LABEL = 'mlflow-gateway.io/inject';
export const ENABLED = 'enabled';

/** The name of MLflow's container. */
export const CONTAINER = 'mlflow-gateway.io/container';
/** The port that the gateway takes over. */
export const PORT = 'mlflow-gateway.io/port';
/** How the gateway reaches MLflow: `socket` (the default) or `loopback`. */
export const UPSTREAM = 'mlflow-gateway.io/upstream';
/** TCP ports that other containers may listen on. */
export const ALLOWED_PORTS = 'mlflow-gateway.io/allowed-ports';
/**
 * Label of an injected pod. Services select by it, not by the label that requests a gateway: a pod may have that one from
 * before the webhook was installed.
 */
export const HAS_GATEWAY = 'mlflow-gateway.io/has-gateway';
/** Set on an injected pod. */
export const INJECTED = 'mlflow-gateway.io/injected';

const PREFIX = 'mlflow-gateway.io/';
const KNOWN = [CONTAINER, PORT, UPSTREAM, ALLOWED_PORTS, INJECTED].map((name) => name.slice(PREFIX.length));

/** The values of a pod's annotations. */
export interface RequestedInjection {
  readonly container?: string;
  readonly port?: number;
  readonly upstream: 'socket' | 'loopback';
  readonly allowedPorts: readonly number[];
}

/** Reads the pod's annotations. A misspelt one is a problem. */
export function readAnnotations({ metadata }: Pod): {
  readonly requested: RequestedInjection;
  readonly problems: readonly string[];
} {
  const annotations = metadata.annotations ?? {};
  const problems = Object.keys(annotations).flatMap(misspelt);
  const { [CONTAINER]: container, [PORT]: port, [UPSTREAM]: upstream = 'socket' } = annotations;
  const list = (annotations[ALLOWED_PORTS] ?? '')
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '');
  const usable = port === undefined || isPort(port);
  if (!usable) problems.push(`The annotation ${PORT} must be a port number, from 1 to 65535.`);
  if (upstream !== 'socket' && upstream !== 'loopback')
    problems.push(`The annotation ${UPSTREAM} must be socket or loopback.`);
  if (!list.every(isPort))
    problems.push(
      `The annotation ${ALLOWED_PORTS} must be port numbers with commas between, as in 9090,15020.`,
    );
  const requested: RequestedInjection = {
    upstream: upstream === 'loopback' ? 'loopback' : 'socket',
    allowedPorts: list.filter(isPort).map(Number),
    ...(container === undefined ? {} : { container }),
    ...(port === undefined || !usable ? {} : { port: Number(port) }),
  };
  return { requested, problems };
}

function misspelt(name: string): string[] {
  if (!name.startsWith(PREFIX) || KNOWN.includes(name.slice(PREFIX.length))) return [];
  const meant = suggest(name.slice(PREFIX.length), KNOWN);
  return meant === undefined
    ? []
    : [`There is no annotation ${quoted(name)}; did you mean ${PREFIX}${meant}?`];
}

/** Whether a text is a port number. */
export function isPort(text: string): boolean {
  return /^[1-9]\d{0,4}$/.test(text) && Number(text) <= 65535;
}
