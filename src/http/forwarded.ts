import { BlockList, isIP } from 'node:net';
import { LIMITS } from '../limits.ts';
import { DenialError } from './denial.ts';
import type { HeaderBag } from './headers.ts';

/** Where a request came from, as far as the gateway believes it. */
export interface Origination {
  readonly clientAddress: string;
  readonly proto: 'http' | 'https';
  /** The host the caller asked for, with port. */
  readonly host: string | undefined;
}

const MAX_HOPS = LIMITS.forwardedHops.value;
const HOST = /^(?:[A-Za-z0-9](?:[A-Za-z0-9._-]{0,252})|\[[0-9A-Fa-f:.]{2,45}\])(?::\d{1,5})?$/;

/**
 * Decides which `X-Forwarded-*` to believe: those of a configured proxy, nobody else's (GHSA-vhr5-ggp3-qq85,
 * CVE-2026-3635). A trusted set that is empty trusts nobody.
 */
export class ForwardedHeaders {
  readonly #trusted = new BlockList();
  readonly #any: boolean;

  /** @param trusted addresses or CIDR ranges, already validated */
  constructor(trusted: readonly string[]) {
    this.#any = trusted.length > 0;
    for (const entry of trusted) {
      const [address, prefix] = entry.split('/');
      const family = isIP(address!) === 6 ? 'ipv6' : 'ipv4';
      if (prefix === undefined) this.#trusted.addAddress(address!, family);
      else this.#trusted.addSubnet(address!, Number(prefix), family);
    }
  }

  /** @throws DenialError `malformed_header` for a Host no server would answer to */
  read(peer: string | undefined, headers: HeaderBag): Origination {
    const address = plain(peer ?? '');
    let clientAddress = address;
    let proto: 'http' | 'https' = 'http';
    let host = headers.get('host');
    if (this.#any && this.#isTrusted(address)) {
      clientAddress = this.#caller(headers.get('x-forwarded-for') ?? '', address);
      if (headers.get('x-forwarded-proto') === 'https') proto = 'https';
      host = headers.get('x-forwarded-host') ?? host;
    }
    if (host !== undefined && host !== '' && !HOST.test(host)) {
      throw new DenialError('malformed_header', 'The Host header is not a host name with an optional port.');
    }
    return { clientAddress, proto, host };
  }

  /**
   * The last hop that is not one of ours is the caller; everything left of it is only a claim, and is not looked at: the
   * whole list may be as long as a head.
   */
  #caller(list: string, peer: string): string {
    let caller = peer;
    let end = list.length;
    for (let hops = 0; end >= 0; hops++) {
      const comma = end === 0 ? -1 : list.lastIndexOf(',', end - 1);
      const hop = list.slice(comma + 1, end).trim();
      if (isIP(hop) === 0) break;
      if (hops === MAX_HOPS)
        throw new DenialError('malformed_header', `X-Forwarded-For names more than ${MAX_HOPS} proxies.`);
      caller = hop;
      if (!this.#isTrusted(hop)) break;
      end = comma;
    }
    return caller;
  }

  #isTrusted(address: string): boolean {
    const family = isIP(address);
    return family !== 0 && this.#trusted.check(address, family === 6 ? 'ipv6' : 'ipv4');
  }
}

/** IPv4 callers of a dual-stack socket show as `::ffff:1.2.3.4`. */
function plain(address: string): string {
  return address.startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address;
}
