import { isIPv6 } from 'node:net';
import { networkInterfaces } from 'node:os';

/** An address and port that the gateway listens on. */
export interface Listener {
  /** `GW_LISTEN_HOST`. */
  readonly host: string;
  readonly port: number;
}

/** All addresses of this machine or pod, including loopback; link-local IPv6 addresses with their zone. */
export function ownAddresses(): string[] {
  return Object.entries(networkInterfaces()).flatMap(([name, addresses]) =>
    (addresses ?? []).map(({ address, scopeid }) => (scopeid ? `${address}%${name}` : address)),
  );
}

/**
 * Whether a connection to the address and port reaches that listener. A wildcard covers its address family: `0.0.0.0` leaves the
 * same port of IPv6 addresses to other programs, and Node's `::` covers both.
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
