import { SocketAddress } from 'node:net';
import { endianness } from 'node:os';

/** A listening TCP socket. */
export interface ListeningSocket {
  /** IPv4 or IPv6, in its usual spelling; an IPv4-mapped IPv6 address as IPv4. `0.0.0.0` and `::` are every address. */
  readonly address: string;
  readonly port: number;
}

/** The socket table does not have the form that the kernel documents. */
export class BadTable extends Error {}

/** One socket: number, local address and port, remote ones, state. */
const ROW =
  /^\s*\d+:\s([0-9A-F]{8}|[0-9A-F]{32}):([0-9A-F]{4})\s(?:[0-9A-F]{8}|[0-9A-F]{32}):[0-9A-F]{4}\s([0-9A-F]{2})\s/;
/** TCP_LISTEN of include/net/tcp_states.h. */
const LISTEN = '0A';
/** The longest row is about 200 bytes. */
const MAX_ROW = 1024;

/**
 * Reads `/proc/net/tcp` or `/proc/net/tcp6` a chunk at a time and keeps the listening sockets. The work is linear in the
 * bytes, as every connection of the pod is a row too.
 *
 * @see https://www.kernel.org/doc/html/latest/networking/proc_net_tcp.html
 * @example
 * const table = new TcpTable();
 * table.read('  sl  local_address ...\n   0: 0100007F:1F90 00000000:0000 0A ...\n');
 * table.end(); // [{ address: '127.0.0.1', port: 8080 }]
 */
export class TcpTable {
  readonly #found: ListeningSocket[] = [];
  readonly #little: boolean;
  #rest = '';
  #rows = 0;
  #others = 0;

  /** @param order the byte order of this machine, in which the kernel writes addresses */
  constructor(order: 'LE' | 'BE' = endianness()) {
    this.#little = order === 'LE';
  }

  /** Whether a socket that does not listen was read. Linux lists listening sockets first (`tcp_seq_next`). */
  get pastListening(): boolean {
    return this.#others > 0;
  }

  /** @throws BadTable */
  read(text: string): void {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop()!;
    for (const line of lines) this.#line(line);
    if (this.#rest.length > MAX_ROW) throw new BadTable('a row is too long');
  }

  /**
   * The listening sockets, once the last chunk is read.
   *
   * @param whole false if only the start of the table was read
   * @throws BadTable if nothing was read, or the table ends within a row
   */
  end(whole = true): readonly ListeningSocket[] {
    if (this.#rows === 0) throw new BadTable('it is empty');
    if (whole && this.#rest !== '') throw new BadTable('it ends within a row');
    return this.#found;
  }

  #line(line: string): void {
    // The first row has the names of the columns.
    if (this.#rows++ === 0 && /^\s*sl\s/.test(line)) return;
    const row = ROW.exec(line);
    if (row === null) throw new BadTable('it has a row in another form');
    const [, address, port, state] = row as unknown as [string, string, string, string];
    if (state === LISTEN)
      this.#found.push({ address: this.#address(address), port: Number.parseInt(port, 16) });
    else this.#others++;
  }

  #address(hex: string): string {
    const bytes = Buffer.from(hex, 'hex');
    // Words of 32 bits, each in the order of the machine.
    if (this.#little) bytes.swap32();
    if (bytes.length === 4) return bytes.join('.');
    if (bytes.subarray(0, 12).equals(MAPPED)) return bytes.subarray(12).join('.');
    const groups = Array.from({ length: 8 }, (_, i) => bytes.readUInt16BE(2 * i).toString(16));
    return new SocketAddress({ address: groups.join(':'), family: 'ipv6' }).address;
  }
}

/** ::ffff:0:0/96 (RFC 4291, section 2.5.5.2). */
const MAPPED = Buffer.from('00000000000000000000ffff', 'hex');
