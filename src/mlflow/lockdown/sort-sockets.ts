import { isIP } from 'node:net';
import { isLoopback } from '../../http/loopback.ts';
import type { Listener } from './own-addresses.ts';
import type { ListeningSocket } from './tcp-table.ts';

/** The listening sockets of a pod, by who may reach them. */
export interface SortedSockets {
  /** Reachable from outside the pod, not the gateway's own, and not allowed. */
  readonly foreign: readonly ListeningSocket[];
  /** Reachable from outside the pod, and allowed by the operator. */
  readonly allowed: readonly ListeningSocket[];
  /** Reachable by the containers of the pod only. */
  readonly loopback: readonly ListeningSocket[];
}

/**
 * Sorts the listening sockets of a pod. Every socket counts as reachable unless it is on loopback, as the gateway does not know the
 * pod's NetworkPolicy. The gateway's own listeners are recognised by address and port, not by port alone.
 *
 * @param own the gateway's listeners
 * @param allowedPorts the ports that the operator allows for other programs
 */
export function sortSockets(
  listening: readonly ListeningSocket[],
  own: readonly Listener[],
  allowedPorts: readonly number[],
): SortedSockets {
  const foreign: ListeningSocket[] = [];
  const allowed: ListeningSocket[] = [];
  const loopback: ListeningSocket[] = [];
  for (const socket of listening) {
    if (own.some((listener) => isListener(listener, socket))) continue;
    if (isLoopback(socket.address)) loopback.push(socket);
    else if (allowedPorts.includes(socket.port)) allowed.push(socket);
    else foreign.push(socket);
  }
  return { foreign, allowed, loopback };
}

/** Whether the socket is that listener's. The system resolved a host name, so any single address matches it. */
function isListener({ host, port }: Listener, listening: ListeningSocket): boolean {
  if (port !== listening.port) return false;
  if (isIP(host) !== 0) return host === listening.address;
  return !isWildcard(listening.address);
}

function isWildcard(address: string): boolean {
  return address === '0.0.0.0' || address === '::';
}

/** The address to connect to for a socket: loopback for one that listens on every address. */
export function addressToProbe({ address }: ListeningSocket): string {
  if (address === '0.0.0.0') return '127.0.0.1';
  return address === '::' ? '::1' : address;
}

/** Address and port as in a URL: IPv6 in brackets. */
export function socketName({ address, port }: ListeningSocket): string {
  return `${address.includes(':') ? `[${address}]` : address}:${port}`;
}
