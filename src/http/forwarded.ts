import { BlockList, isIP } from 'node:net';
import { DenialError } from '../denial.ts';
import { LIMITS } from '../limits.ts';
import { readForwarded } from './forwarded-field.ts';
import type { HeaderBag } from './headers.ts';

/** The origin of a request, as far as it is trusted. */
export interface Origination {
  readonly clientAddress: string;
  readonly proto: 'http' | 'https';
  /** The host that the request is addressed to, with port. */
  readonly host: string | undefined;
}

/** The origin that a chain of proxies reports. */
interface Reported {
  readonly address: string | undefined;
  readonly proto: string | undefined;
  readonly host: string | undefined;
}

const MAX_HOPS = LIMITS.forwardedHops.value;
const HOST = /^(?:[A-Za-z0-9](?:[A-Za-z0-9._-]{0,252})|\[[0-9A-Fa-f:.]{2,45}\])(?::\d{1,5})?$/;

/**
 * Decides which `X-Forwarded-*` and `Forwarded` (RFC 7239) fields to trust: those of a configured proxy only (GHSA-vhr5-ggp3-qq85,
 * CVE-2026-3635). Without configured proxies none is trusted.
 *
 * Each proxy appends to the right of a list. The last address that is not a trusted proxy's is the caller's. Of the lists of protocols
 * and hosts, the entry as far from the right counts, as the same proxy wrote it, or the first entry of a shorter list.
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

  /**
   * @param encrypted whether the connection itself is encrypted: `https`, unless a trusted proxy reports another protocol
   * @throws DenialError `malformed_header` for an invalid Host, or fields that contradict each other
   */
  read(peer: string | undefined, headers: HeaderBag, encrypted = false): Origination {
    const address = plain(peer ?? '');
    let reported: Reported = NOTHING;
    if (this.#any && this.#isTrusted(address)) reported = this.#trust(headers);
    const host = reported.host ?? headers.get('host');
    if (host !== undefined && host !== '' && !HOST.test(host)) {
      throw new DenialError('malformed_header', 'The Host header is not a host name with an optional port.');
    }
    return {
      clientAddress: reported.address ?? address,
      proto: (reported.proto?.toLowerCase() ?? (encrypted ? 'https' : 'http')) === 'https' ? 'https' : 'http',
      host,
    };
  }

  #trust(headers: HeaderBag): Reported {
    const list = this.#older(headers);
    const field = headers.get('forwarded');
    if (field === undefined) return list;
    const elements = readForwarded(field);
    const hops = this.#hops(elements.map((element) => element.for ?? '').reverse(), 'Forwarded');
    const at = elements[elements.length - 1 - hops.depth];
    const reported: Reported = { address: hops.address, proto: at?.proto, host: at?.host };
    const agreed: Reported = {
      address: agreeing('X-Forwarded-For', list.address, reported.address),
      proto: agreeing('X-Forwarded-Proto', list.proto?.toLowerCase(), reported.proto?.toLowerCase()),
      host: agreeing('X-Forwarded-Host', list.host?.toLowerCase(), reported.host?.toLowerCase()),
    };
    // A proxy that writes X-Forwarded-* may pass on a caller's Forwarded: it must agree, and adds nothing.
    const older = list.address ?? list.proto ?? list.host;
    return older === undefined ? agreed : list;
  }

  #older(headers: HeaderBag): Reported {
    const hops = this.#hops(fromRight(headers.get('x-forwarded-for') ?? ''), 'X-Forwarded-For');
    return {
      address: hops.address,
      proto: entry(headers.get('x-forwarded-proto'), hops.depth),
      host: entry(headers.get('x-forwarded-host'), hops.depth),
    };
  }

  /**
   * The last hop that is not a trusted proxy is the caller. Everything left of it is unverified and is not read, as the list may be
   * long.
   */
  #hops(list: Iterable<string>, header: string): { address: string | undefined; depth: number } {
    let address: string | undefined;
    let depth = 0;
    let hops = 0;
    for (const hop of list) {
      const known = withoutPort(hop);
      if (known === undefined) break;
      if (hops === MAX_HOPS)
        throw new DenialError('malformed_header', `${header} names more than ${MAX_HOPS} proxies.`);
      address = known;
      depth = hops++;
      if (!this.#isTrusted(known)) break;
    }
    return { address, depth };
  }

  #isTrusted(address: string): boolean {
    const family = isIP(address);
    return family !== 0 && this.#trusted.check(address, family === 6 ? 'ipv6' : 'ipv4');
  }
}

const NOTHING: Reported = { address: undefined, proto: undefined, host: undefined };

function agreeing(header: string, older: string | undefined, field: string | undefined): string | undefined {
  if (older !== undefined && field !== undefined && older !== field)
    throw new DenialError(
      'malformed_header',
      `${header} and Forwarded differ. Have the proxy send one of them, or the same in both.`,
    );
  return older ?? field;
}

function* fromRight(list: string): Iterable<string> {
  for (let end = list.length; end >= 0; ) {
    const comma = end === 0 ? -1 : list.lastIndexOf(',', end - 1);
    yield list.slice(comma + 1, end).trim();
    end = comma;
  }
}

function entry(list: string | undefined, depth: number): string | undefined {
  if (list === undefined) return undefined;
  let found: string | undefined;
  let at = 0;
  for (const item of fromRight(list)) {
    found = item;
    if (at++ === depth) break;
  }
  return found;
}

const WITH_PORT = /^(?:([0-9.]{7,15})|\[([0-9A-Fa-f:.]{2,45})\])(?::\d{1,5})?$/;

/** The address of `203.0.113.7:51008`, `[2001:db8::1]:443` and `2001:db8::1`; `undefined` if it is not an address. */
function withoutPort(hop: string): string | undefined {
  const found = WITH_PORT.exec(hop);
  const address = found?.[1] ?? found?.[2] ?? hop;
  return isIP(address) === 0 ? undefined : plain(address);
}

/** A dual-stack socket shows IPv4 callers as `::ffff:1.2.3.4`. */
function plain(address: string): string {
  return address.startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address;
}
