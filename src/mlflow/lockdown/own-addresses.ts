import { isIPv6 } from 'node:net';
import { networkInterfaces } from 'node:os';

/** Where the gateway itself listens. */
export interface Listener {
  /** `GW_LISTEN_HOST`. */
  readonly host: string;
  readonly port: number;
}

/** Every address of this machine or pod, loopback included; link-local IPv6 ones with their zone. */
export function ownAddresses(): string[] {
  return Object.entries(networkInterfaces()).flatMap(([name, addresses]) =>
    (addresses ?? []).map(({ address, scopeid }) => (scopeid ? `${address}%${name}` : address)),
  );
}

/**
 * Whether a connection to the address and port reaches that listener. A wildcard is taken by its family: what listens
 * on `0.0.0.0` leaves the same port of every IPv6 address to others, and Node's `::` takes both.
 */
export function isOwn(listener: Listener, address: string, port: number): boolean {
  if (listener.port !== port) return false;
  switch (listener.host) {
    case '::':
      return true;
    case '0.0.0.0':
      return !isIPv6(address);
    case 'localhost':
      return address === '127.0.0.1' || address === '::1';
    default:
      return listener.host === address;
  }
}
