import { isIP } from 'node:net';
import { isLoopback } from '../../http/loopback.ts';
import type { Listener } from './own-addresses.ts';
import type { ListeningSocket } from './tcp-table.ts';

/** What listens in the pod, by what is to be thought of it. */
export interface Sorted {
  /** Reachable from outside the pod, and neither the gateway's own nor allowed. */
  readonly foreign: readonly ListeningSocket[];
  /** Reachable from outside the pod, and allowed by the operator. */
  readonly allowed: readonly ListeningSocket[];
  /** Reachable by the containers of the pod only. */
  readonly loopback: readonly ListeningSocket[];
}

/**
 * Sorts the listening sockets of a pod. Everything but loopback counts, as the network policy of a pod is not the gateway's to
 * know; the gateway's own listeners are told by their address, so that another one at the same port of another address
 * is not taken for it.
 *
 * @param own where the gateway listens
 * @param allowedPorts named by the operator
 */
export function sortListening(
  listening: readonly ListeningSocket[],
  own: readonly Listener[],
  allowedPorts: readonly number[],
): Sorted {
  const foreign: ListeningSocket[] = [];
  const allowed: ListeningSocket[] = [];
  const loopback: ListeningSocket[] = [];
  for (const one of listening) {
    if (own.some((listener) => isListener(listener, one))) continue;
    if (isLoopback(one.address)) loopback.push(one);
    else if (allowedPorts.includes(one.port)) allowed.push(one);
    else foreign.push(one);
  }
  return { foreign, allowed, loopback };
}

/** Whether the socket is that listener's. A host that is a name was looked up by the system: any one address will do. */
function isListener({ host, port }: Listener, listening: ListeningSocket): boolean {
  if (port !== listening.port) return false;
  if (isIP(host) !== 0) return host === listening.address;
  return !isWildcard(listening.address);
}

function isWildcard(address: string): boolean {
  return address === '0.0.0.0' || address === '::';
}

/** An address at which a socket can be asked: loopback for one that listens on every address. */
export function askable({ address }: ListeningSocket): string {
  if (address === '0.0.0.0') return '127.0.0.1';
  return address === '::' ? '::1' : address;
}

/** As in an address of the web: IPv6 in brackets. */
export function placeName({ address, port }: ListeningSocket): string {
  return `${address.includes(':') ? `[${address}]` : address}:${port}`;
}
