import { suggest } from '../config/suggest.ts';
import type { Pod } from './pod.ts';
import { Refusal } from './refusal.ts';

/** The label that asks for a gateway, and its value. */
export const LABEL = 'mlflow-gateway.io/inject';
export const ENABLED = 'enabled';

/** Which container is MLflow's. */
export const CONTAINER = 'mlflow-gateway.io/container';
/** Which port the gateway takes over. */
export const PORT = 'mlflow-gateway.io/port';
/** How the gateway reaches MLflow: `socket` (the default) or `loopback`. */
export const UPSTREAM = 'mlflow-gateway.io/upstream';
/** TCP ports at which containers other than MLflow's may listen. */
export const ALLOWED_PORTS = 'mlflow-gateway.io/allowed-ports';
/**
 * Set on an injected pod, as a label: Services select by it. The one that asks would not do, as a pod may have it from
 * before there was a webhook.
 */
export const HAS_GATEWAY = 'mlflow-gateway.io/has-gateway';
/** Set on an injected pod. */
export const INJECTED = 'mlflow-gateway.io/injected';

const PREFIX = 'mlflow-gateway.io/';
const KNOWN = [CONTAINER, PORT, UPSTREAM, ALLOWED_PORTS, INJECTED].map((name) => name.slice(PREFIX.length));

/** What a pod's annotations ask for. */
export interface Wishes {
  readonly container?: string;
  readonly port?: number;
  readonly upstream: 'socket' | 'loopback';
  readonly allowedPorts: readonly number[];
}

/**
 * Reads the pod's annotations. A misspelt one is refused rather than passed over.
 *
 * @throws Refusal
 */
export function readWishes({ metadata }: Pod): Wishes {
  const annotations = metadata.annotations ?? {};
  for (const name of Object.keys(annotations)) {
    if (!name.startsWith(PREFIX) || KNOWN.includes(name.slice(PREFIX.length))) continue;
    const meant = suggest(name.slice(PREFIX.length), KNOWN);
    if (meant !== undefined)
      throw new Refusal(`There is no annotation ${name}; did you mean ${PREFIX}${meant}?`);
  }
  const { [CONTAINER]: container, [PORT]: port, [UPSTREAM]: upstream = 'socket' } = annotations;
  if (port !== undefined && !isPort(port))
    throw new Refusal(`The annotation ${PORT} must be a port number, from 1 to 65535.`);
  if (upstream !== 'socket' && upstream !== 'loopback')
    throw new Refusal(`The annotation ${UPSTREAM} must be socket or loopback.`);
  return {
    upstream,
    allowedPorts: readPorts(annotations[ALLOWED_PORTS] ?? ''),
    ...(container === undefined ? {} : { container }),
    ...(port === undefined ? {} : { port: Number(port) }),
  };
}

function readPorts(list: string): number[] {
  const ports = list
    .split(',')
    .map((port) => port.trim())
    .filter((port) => port !== '');
  if (!ports.every(isPort))
    throw new Refusal(
      `The annotation ${ALLOWED_PORTS} must be port numbers with commas between, as in 9090,15020.`,
    );
  return ports.map(Number);
}

/** Whether a text is a port number. */
export function isPort(text: string): boolean {
  return /^[1-9]\d{0,4}$/.test(text) && Number(text) <= 65535;
}
