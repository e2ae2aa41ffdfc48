import { LIMITS } from '../../limits.ts';
import type { Address } from '../../upstream/address.ts';
import { identify, type PublicPaths } from './identify.ts';
import { isOwn, type Listener, ownAddresses } from './own-addresses.ts';
import { type ProbeResult, probeAddress } from './probe-address.ts';
import { addressToProbe, socketName, sortSockets } from './sort-sockets.ts';
import type { ListeningSocket } from './tcp-table.ts';

const EVERY_MS = 10_000;
/** Any client may probe readiness at any rate. */
const FRESH_MS = 1_000;

export interface BypassCheckOptions {
  /** The TCP ports that MLflow may be configured to listen on. */
  readonly ports: readonly number[];
  /** The gateway's own listeners: for callers, and for metrics. */
  readonly listeners: readonly Listener[];
  /** The configured address of MLflow. */
  readonly upstream: Address;
  /** The path of MLflow's health check. */
  readonly path: string;
  /**
   * The listening TCP sockets of the pod, and which of them are allowed besides MLflow's and the gateway's. Without it only `ports`
   * are checked (`GW_SIDECAR_CHECK=ports`).
   */
  readonly pod?: {
    /** Rejects if they cannot be read, which counts as a problem. */
    readonly listening: () => Promise<readonly ListeningSocket[]>;
    /** The ports that the operator allows for other programs. */
    readonly allowedPorts: readonly number[];
    /** The paths by which MLflow is recognised at those ports. */
    readonly mlflow: readonly PublicPaths[];
  };
  readonly log: { warn(facts: object, message: string): void; info(facts: object, message: string): void };
  /** Milliseconds between regular checks. Default 10,000. */
  readonly everyMs?: number;
  /** For tests. Default: all addresses of this machine. */
  readonly addresses?: () => readonly string[];
}

/** The result of one check; changes are logged. */
interface Findings {
  /** Addresses at which MLflow answers. */
  readonly open: readonly string[];
  /** Sockets that are not allowed. */
  readonly foreign: readonly string[];
  /** Why the pod's sockets cannot be read. */
  readonly unreadable: string | undefined;
  /** Sockets on loopback, which are not a problem. */
  readonly loopback: readonly string[];
}

const NOTHING: Findings = { open: [], foreign: [], unreadable: undefined, loopback: [] };

/**
 * Checks whether MLflow can be reached around the gateway that shares its pod. While it can, the gateway is not ready, so that a pod
 * that is open by mistake serves no requests. Two conditions must hold:
 *
 * - every listening TCP socket of the pod is on loopback, the gateway's own, or at a port that the operator allows, and MLflow does
 *   not answer at an allowed port;
 * - MLflow does not answer at any address of the pod, including loopback, on any port that it may be configured with, except at the
 *   gateway's own listeners and at MLflow's configured address.
 *
 * @example
 * const check = new BypassCheck({ ports: [5000], listeners: [{ host: '0.0.0.0', port: 8000 }], upstream, path, log });
 * await check.start();
 * await check.problem(); // undefined, or a sentence
 */
export class BypassCheck {
  readonly #options: BypassCheckOptions;
  #found: Findings = NOTHING;
  #checkedAt = Number.NEGATIVE_INFINITY;
  #inFlight: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: BypassCheckOptions) {
    this.#options = options;
  }

  /** Checks now and then regularly. Resolves after the first check, whatever its result. */
  async start(): Promise<void> {
    const { everyMs = EVERY_MS } = this.#options;
    this.#timer = setInterval(() => void this.#check(), everyMs);
    this.#timer.unref();
    await this.#check();
  }

  /**
   * Why the gateway must not be ready; `undefined` if nothing was found. Checks again unless the last result is less than a second
   * old: an MLflow that has started since then is found before the pod becomes ready.
   */
  async problem(): Promise<string | undefined> {
    if (performance.now() - this.#checkedAt > FRESH_MS) await this.#check();
    const { open, foreign, unreadable } = this.#found;
    const problems: string[] = [];
    if (open.length > 0)
      problems.push(
        `MLflow can be reached around the gateway, at ${some(open)}: ` +
          'let it listen on its Unix socket only (UVICORN_UDS), or on 127.0.0.1',
      );
    if (foreign.length > 0)
      problems.push(
        `Something in the pod listens beside the gateway, at ${some(foreign)}: stop it or let it listen on 127.0.0.1; ` +
          'if it is not MLflow and must be reached, name its port in GW_SIDECAR_ALLOWED_PORTS (the annotation mlflow-gateway.io/allowed-ports)',
      );
    if (unreadable !== undefined)
      problems.push(
        `The sockets that listen in the pod cannot be read (${unreadable}), so MLflow may be reachable without being found: let the gateway read ` +
          'the file; if the container runtime has none, set GW_SIDECAR_CHECK=ports to check the ports of GW_SIDECAR_CHECK_PORTS only',
      );
    return problems.length === 0 ? undefined : problems.join('. ');
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #check(): Promise<void> {
    this.#inFlight ??= this.#run().finally(() => {
      this.#inFlight = undefined;
    });
    return this.#inFlight;
  }

  async #run(): Promise<void> {
    const [answering, pod] = await Promise.all([this.#askPorts(), this.#readPod()]);
    this.#checkedAt = performance.now();
    this.#log({ ...pod, open: [...new Set([...answering, ...pod.open])] });
  }

  /** The addresses at which MLflow answers, of all ports that it may be configured with. */
  async #askPorts(): Promise<string[]> {
    const { path } = this.#options;
    const probed = await Promise.all(
      this.#addressesToProbe().map(async (place) => ({
        name: socketName(place),
        found: await probeAddress(place.address, place.port, path),
      })),
    );
    return probed.filter(({ name, found }) => this.#isOpen(name, found)).map(({ name }) => name);
  }

  /** An MLflow that was found and is now too busy to answer still counts. */
  #isOpen(name: string, found: ProbeResult): boolean {
    return found === 'answers' || (found === 'unclear' && this.#found.open.includes(name));
  }

  #addressesToProbe(): ListeningSocket[] {
    const { ports, listeners, addresses = ownAddresses } = this.#options;
    return addresses().flatMap((address) =>
      ports
        .filter((port) => !listeners.some((own) => isOwn(own, address, port)))
        .filter((port) => !this.#isUpstream(address, port))
        .map((port) => ({ address, port })),
    );
  }

  #isUpstream(address: string, port: number): boolean {
    const { upstream } = this.#options;
    return upstream.kind !== 'unix' && isOwn(upstream, address, port);
  }

  async #readPod(): Promise<Findings> {
    const { pod, listeners } = this.#options;
    if (pod === undefined) return NOTHING;
    let listening: readonly ListeningSocket[];
    try {
      listening = await pod.listening();
    } catch (error) {
      return { ...NOTHING, unreadable: (error as Error).message };
    }
    const { foreign, allowed, loopback } = sortSockets(listening, listeners, pod.allowedPorts);
    const identified = await Promise.all(
      allowed.map(async (one) => ({
        name: socketName(one),
        found: await identify(addressToProbe(one), one.port, pod.mlflow),
      })),
    );
    const open = identified.filter(
      ({ name, found }) => found === 'mlflow' || (found === 'unclear' && this.#found.open.includes(name)),
    );
    return {
      open: open.map(({ name }) => name),
      foreign: foreign.map(socketName),
      unreadable: undefined,
      loopback: loopback.map(socketName),
    };
  }

  #log(found: Findings): void {
    const before = this.#found;
    this.#found = found;
    const { log } = this.#options;
    const { open, foreign, unreadable, loopback } = found;
    if (differ(open, before.open)) {
      if (open.length > 0)
        log.warn({ at: bounded(open) }, 'MLflow can be reached around the gateway: not ready');
      else log.info({}, 'MLflow can no longer be reached around the gateway');
    }
    if (differ(foreign, before.foreign)) {
      if (foreign.length > 0)
        log.warn({ at: bounded(foreign) }, 'something in the pod listens beside the gateway: not ready');
      else log.info({}, 'nothing in the pod listens beside the gateway any more');
    }
    if (unreadable !== before.unreadable) {
      if (unreadable !== undefined)
        log.warn({ why: unreadable }, 'the sockets that listen in the pod cannot be read: not ready');
      else log.info({}, 'the sockets that listen in the pod can be read again');
    }
    if (differ(loopback, before.loopback))
      log.info({ at: bounded(loopback) }, 'on loopback, reachable inside the pod only');
  }
}

function differ(one: readonly string[], other: readonly string[]): boolean {
  return one.length !== other.length || one.some((name) => !other.includes(name));
}

const MOST = LIMITS.foundListeners.value;

function bounded(names: readonly string[]): readonly string[] {
  return names.length > MOST ? [...names.slice(0, MOST), `and ${names.length - MOST} more`] : names;
}

const some = (names: readonly string[]): string => bounded(names).join(', ');
