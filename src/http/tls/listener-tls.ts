import { constants } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { ServerOptions } from 'node:https';
import type { Duplex } from 'node:stream';
import type { Server, TLSSocket } from 'node:tls';
import { DenialError } from '../../denial.ts';
import { LIMITS } from '../../limits.ts';
import { type KeyPair, MIN_TLS_VERSION } from '../../tls/key-pair.ts';
import { certificateNames } from './certificate-names.ts';
import { HandshakeFailures, type HandshakeLog } from './handshake-failures.ts';

const HANDSHAKE_MS = LIMITS.handshakeTime.value * 1_000;

/** The requests that need no client certificate: the kubelet has none. Compared with the target as it was sent. */
const PROBES: ReadonlySet<string> = new Set(['/healthz', '/readyz']);

export interface ListenerTlsOptions {
  readonly pair: KeyPair;
  /** PEM: the authorities of client certificates. With them, every request but a probe needs a certificate. */
  readonly clientCa?: string | undefined;
  /** DNS names (lower case) and URIs, of which a client certificate must have one. Empty: no name is required. */
  readonly clientNames?: readonly string[];
  readonly log: HandshakeLog;
  /** The time for a handshake, in milliseconds; 10 seconds except in tests. */
  readonly handshakeMs?: number;
}

/** A connection whose handshake is complete. */
interface Secured {
  /** Why its client certificate is not accepted; `undefined` if it is, and if none is required. */
  readonly problem: string | undefined;
  /** The number of the authorities that its client certificate was verified with. */
  readonly authorities: number;
}

/**
 * TLS of the gateway's own listener: its certificate, and the client certificates that it requires from the proxy in front. Both can be
 * replaced while connections are open ([ADR 67](../../../docs/adr/0067-tls.md)).
 *
 * @example
 * const tls = new ListenerTls({ pair, log });
 * makeServer(gateway, { tls }).listen(8443);
 * tls.usePair(rotated);
 */
export class ListenerTls {
  readonly #names: ReadonlySet<string>;
  readonly #failures: HandshakeFailures;
  readonly #handshakeMs: number;
  readonly #secured = new WeakMap<Duplex, Secured>();
  #pair: KeyPair;
  #clientCa: string | undefined;
  #authorities = 0;
  #server: Server | undefined;

  constructor({ pair, clientCa, clientNames = [], log, handshakeMs = HANDSHAKE_MS }: ListenerTlsOptions) {
    this.#handshakeMs = handshakeMs;
    this.#pair = pair;
    this.#clientCa = clientCa;
    this.#names = new Set(clientNames);
    this.#failures = new HandshakeFailures(log);
  }

  /** The options of the server that `attach` is called with. */
  options(): ServerOptions {
    return {
      ...this.#context(),
      ALPNProtocols: ['http/1.1'],
      handshakeTimeout: this.#handshakeMs,
      requestCert: this.#clientCa !== undefined,
      // A probe has no certificate. `require` refuses every other request without one.
      rejectUnauthorized: false,
    };
  }

  attach(server: Server): void {
    this.#server = server;
    server.on('secureConnection', (socket: TLSSocket) => this.#secured.set(socket, this.#verify(socket)));
    server.on('tlsClientError', (error: NodeJS.ErrnoException, socket: TLSSocket) =>
      this.#failures.note(error, socket.remoteAddress),
    );
  }

  /** New connections get the new certificate; open ones are not affected. */
  usePair(pair: KeyPair): void {
    this.#replace(pair, this.#clientCa);
  }

  /** New connections are verified with the new authorities; an open one ends with its next response ({@link isOutdated}). */
  useClientCa(clientCa: string): void {
    this.#replace(this.#pair, clientCa);
    this.#authorities++;
  }

  /** Whether the handshake of a connection is complete. Before, nothing can be written to it. */
  isSecured(socket: Duplex): boolean {
    return this.#secured.has(socket);
  }

  /** Whether the authorities changed after the client certificate of a connection was verified. */
  isOutdated(socket: Duplex): boolean {
    return this.#secured.get(socket)?.authorities !== this.#authorities;
  }

  /**
   * Refuses a request without an accepted client certificate, where one is required. Called before anything else of the request is
   * read. `GET` and `HEAD` of `/healthz` and `/readyz` need none.
   *
   * @throws DenialError `client_certificate_required`
   */
  requireClientCertificate({ socket, method, url }: IncomingMessage): void {
    const secured = this.#secured.get(socket);
    if (secured !== undefined && secured.problem === undefined) return;
    if ((method === 'GET' || method === 'HEAD') && PROBES.has(url ?? '')) return;
    throw new DenialError(
      'client_certificate_required',
      secured?.problem ?? 'This gateway is reached through its proxy only.',
      { connection: 'close' },
    );
  }

  #context(pair = this.#pair, clientCa = this.#clientCa): ServerOptions {
    return {
      ...pair,
      ...(clientCa === undefined ? {} : { ca: clientCa }),
      minVersion: MIN_TLS_VERSION,
      secureOptions:
        constants.SSL_OP_NO_RENEGOTIATION |
        // A resumed session would bring a certificate that was verified with other authorities.
        (clientCa === undefined ? 0 : constants.SSL_OP_NO_TICKET),
    };
  }

  #replace(pair: KeyPair, clientCa: string | undefined): void {
    this.#server?.setSecureContext(this.#context(pair, clientCa));
    this.#pair = pair;
    this.#clientCa = clientCa;
  }

  #verify(socket: TLSSocket): Secured {
    return { problem: this.#problem(socket), authorities: this.#authorities };
  }

  #problem(socket: TLSSocket): string | undefined {
    if (this.#clientCa === undefined) return undefined;
    const certificate = socket.getPeerX509Certificate();
    if (certificate === undefined)
      return 'This gateway requires a client certificate, and the connection has none (GW_TLS_CLIENT_CA_FILE).';
    if (!socket.authorized)
      return 'The client certificate of the connection is not accepted (GW_TLS_CLIENT_CA_FILE).';
    if (this.#names.size === 0) return undefined;
    const isNamed = certificateNames(certificate.subjectAltName).some((name) => this.#names.has(name));
    return isNamed
      ? undefined
      : 'The client certificate of the connection has no accepted name (GW_TLS_CLIENT_NAMES).';
  }
}
