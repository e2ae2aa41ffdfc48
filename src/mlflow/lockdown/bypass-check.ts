import { LIMITS } from '../../limits.ts';
import type { Address } from '../../upstream/address.ts';
import { identify, type PublicPaths } from './identify.ts';
import { isOwn, type Listener, ownAddresses } from './own-addresses.ts';
import { type ProbeResult, probeAddress } from './probe-address.ts';
import { addressToProbe, socketName, sortSockets } from './sort-sockets.ts';
import type { ListeningSocket } from './tcp-table.ts';

const EVERY_MS = 10_000;
/** Readiness is asked of by anybody, any number of times. */
const FRESH_MS = 1_000;

export interface BypassCheckOptions {
  /** TCP ports that MLflow may have been told to listen on. */
  readonly ports: readonly number[];
  /** Where the gateway itself listens: for callers, and for those who read its metrics. */
  readonly listeners: readonly Listener[];
  /** Where MLflow is expected. */
  readonly upstream: Address;
  /** Of MLflow's health check. */
  readonly path: string;
  /**
   * Every socket of the pod that listens on TCP, and what is meant to be there besides MLflow and the gateway. Without it only
   * `ports` are looked at (`GW_SIDECAR_CHECK=ports`).
   */
  readonly pod?: {
    /** Rejects when they cannot be known, which counts as a problem. */
    readonly listening: () => Promise<readonly ListeningSocket[]>;
    /** Ports that something else than MLflow listens on. */
    readonly allowedPorts: readonly number[];
    /** By which MLflow is recognised at those. */
    readonly mlflow: readonly PublicPaths[];
  };
  readonly log: { warn(facts: object, message: string): void; info(facts: object, message: string): void };
  /** Between looks that nobody asks for. Default 10,000. */
  readonly everyMs?: number;
  /** For tests. Default: every address of this machine. */
  readonly addresses?: () => readonly string[];
}

/** What one look found; a change of it is logged. */
interface Findings {
  /** Where MLflow answers. */
  readonly open: readonly string[];
  /** Where something listens that nobody has allowed. */
  readonly foreign: readonly string[];
  /** Why the pod's sockets cannot be known. */
  readonly unreadable: string | undefined;
  /** What listens on loopback, and is left alone. */
  readonly loopback: readonly string[];
}

const NOTHING: Findings = { open: [], foreign: [], unreadable: undefined, loopback: [] };

/**
 * Looks whether MLflow can be reached around the gateway that shares its pod. While it can, the gateway is not ready, so
 * that a pod that is open by mistake serves nobody. It looks in two ways:
 *
 * - every TCP socket of the pod that listens anywhere but on loopback must be the gateway's own or at a port that the
 *   operator has allowed, and MLflow must not answer at those;
 * - MLflow must not answer at any of the pod's addresses, loopback included, on any port that it was configured with,
 *   besides the gateway's own listeners and the place where MLflow is meant to be.
 *
 * @example
 * const check = new BypassCheck({ ports: [5000], listeners: [{ host: '0.0.0.0', port: 8000 }], upstream, path, log });
 * await check.start();
 * await check.problem(); // undefined, or a sentence
 */
export class BypassCheck {
  readonly #options: BypassCheckOptions;
  #found: Findings = NOTHING;
  #lookedAt = Number.NEGATIVE_INFINITY;
  #underWay: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: BypassCheckOptions) {
    this.#options = options;
  }

  /** Looks now, and from then on regularly. Resolves after the first look, whatever came of it. */
  async start(): Promise<void> {
    const { everyMs = EVERY_MS } = this.#options;
    this.#timer = setInterval(() => void this.#look(), everyMs);
    this.#timer.unref();
    await this.#look();
  }

  /**
   * Why the gateway must not be ready; `undefined` when nothing is found. Looks anew unless it has within a second: an
   * MLflow that has come up since the last look is found before the pod is called ready.
   */
  async problem(): Promise<string | undefined> {
    if (performance.now() - this.#lookedAt > FRESH_MS) await this.#look();
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
        `The sockets that listen in the pod cannot be read (${unreadable}), so MLflow may be open unseen: let the gateway read ` +
          'the file; where the container runtime has none, GW_SIDECAR_CHECK=ports has it ask the ports of GW_SIDECAR_CHECK_PORTS only',
      );
    return problems.length === 0 ? undefined : problems.join('. ');
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #look(): Promise<void> {
    this.#underWay ??= this.#ask().finally(() => {
      this.#underWay = undefined;
    });
    return this.#underWay;
  }

  async #ask(): Promise<void> {
    const [asked, pod] = await Promise.all([this.#askPorts(), this.#readPod()]);
    this.#lookedAt = performance.now();
    this.#note({ ...pod, open: [...new Set([...asked, ...pod.open])] });
  }

  /** Where MLflow answers of the ports that it may have been told. */
  async #askPorts(): Promise<string[]> {
    const { path } = this.#options;
    const asked = await Promise.all(
      this.#places().map(async (place) => ({
        name: socketName(place),
        found: await probeAddress(place.address, place.port, path),
      })),
    );
    return asked.filter(({ name, found }) => this.#counts(name, found)).map(({ name }) => name);
  }

  /** An MLflow that was found and is now too busy to answer is still there. */
  #counts(name: string, found: ProbeResult): boolean {
    return found === 'answers' || (found === 'unclear' && this.#found.open.includes(name));
  }

  #places(): ListeningSocket[] {
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
    const asked = await Promise.all(
      allowed.map(async (one) => ({
        name: socketName(one),
        found: await identify(addressToProbe(one), one.port, pod.mlflow),
      })),
    );
    const open = asked.filter(
      ({ name, found }) => found === 'mlflow' || (found === 'unclear' && this.#found.open.includes(name)),
    );
    return {
      open: open.map(({ name }) => name),
      foreign: foreign.map(socketName),
      unreadable: undefined,
      loopback: loopback.map(socketName),
    };
  }

  #note(found: Findings): void {
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
