import { readFileSync } from 'node:fs';

const LISTEN = '0A';

/**
 * TCP ports of this network namespace that can be reached at the pod's address: listeners on that address or on all addresses, but not on
 * loopback.
 *
 * @see https://www.kernel.org/doc/Documentation/networking/proc_net_tcp.txt
 */
export function listeners(podIp: string): number[] {
  const open = new Set<number>();
  for (const file of ['/proc/net/tcp', '/proc/net/tcp6']) {
    for (const line of readFileSync(file, 'utf8').trim().split('\n').slice(1)) {
      const [, local = '', , state] = line.trim().split(/\s+/);
      const [address = '', port = ''] = local.split(':');
      if (state === LISTEN && isReached(address, podIp)) open.add(Number.parseInt(port, 16));
    }
  }
  return [...open].sort((a, b) => a - b);
}

/** The kernel writes words of four bytes in the machine's order. */
function isReached(hex: string, podIp: string): boolean {
  const bytes = hex.match(/.{8}/g)!.flatMap((word) => word.match(/../g)!.reverse());
  if (bytes.every((byte) => byte === '00')) return true;
  const last = bytes.slice(-4).map((byte) => Number.parseInt(byte, 16));
  return last.join('.') === podIp;
}
