import { DenialError } from '../../denial.ts';
import { issuesServiceAccounts, readServiceAccount } from '../kubernetes/service-account-token.ts';
import type { Principal } from '../principal.ts';
import { checkIntrospected, type Introspection } from './introspected.ts';
import type { IssuerConfig } from './issuer-config.ts';
import type { IssuerKeys } from './issuer-keys.ts';
import type { PrincipalReader } from './read-principal.ts';
import { foreign } from './refusal.ts';
import type { UnverifiedToken } from './unverified-token.ts';
import { type TokenRules, verifyToken } from './verify.ts';

/** The connections of an issuer, which outlive a change of its other configuration. */
export interface Connections {
  readonly keys: IssuerKeys;
  /** For opaque tokens. */
  readonly introspection: Introspection | undefined;
}

/** An authenticated caller, and until when: the token's `exp`, in seconds since the epoch. */
export interface Authenticated {
  readonly principal: Principal;
  readonly expiresAt: number;
}

/** One issuer of tokens: verifies its own tokens, with its own keys, and reads principals from them. */
export class Issuer {
  readonly config: IssuerConfig;
  /** For {@link createIssuers}, which hands them to the next issuer with the same keys. */
  readonly connections: Connections;
  readonly #read: PrincipalReader;
  readonly #now: () => number;
  /** Whether its tokens must be bound tokens of a cluster. */
  readonly issuesServiceAccounts: boolean;
  #retired = false;

  /** @param now milliseconds since the epoch */
  constructor(config: IssuerConfig, connections: Connections, read: PrincipalReader, now: () => number) {
    this.config = config;
    this.connections = connections;
    this.#read = read;
    this.#now = now;
    this.issuesServiceAccounts = issuesServiceAccounts(config);
  }

  /** The `iss` of its tokens; `undefined` until the cluster has said it. */
  get name(): string | undefined {
    return this.config.issuer ?? this.connections.keys.issuer?.();
  }

  /** Changes with the keys. `NaN`, which equals no number, once retired: no cached principal of this issuer is valid then. */
  generation(): number {
    return this.#retired ? Number.NaN : this.connections.keys.generation();
  }

  /** @throws DenialError, see `verifyToken` and `createPrincipalReader` */
  async verify(token: UnverifiedToken): Promise<Authenticated> {
    const rules = this.#rules();
    const { claims, expiresAt } = await verifyToken(token, rules, this.connections.keys.find, this.#now());
    if (this.issuesServiceAccounts) readServiceAccount(claims);
    return { principal: this.#read(claims, rules.issuer), expiresAt };
  }

  /**
   * Authenticates the caller by an opaque token.
   *
   * @throws DenialError `token_inactive`, `introspection_unavailable`, those of `checkIntrospected` and `createPrincipalReader`
   */
  async introspect(token: string, introspection: Introspection): Promise<Authenticated> {
    const rules = this.#rules();
    const answer = await introspection.introspect(token);
    const cacheSeconds = this.config.introspection?.cacheSeconds ?? 0;
    try {
      const { claims, expiresAt } = checkIntrospected(answer, rules, this.#now(), cacheSeconds);
      return { principal: this.#read(claims, rules.issuer), expiresAt };
    } catch (error) {
      if (error instanceof DenialError) introspection.refuse(token, error);
      throw error;
    }
  }

  ready(): ReturnType<IssuerKeys['ready']> {
    return this.connections.keys.ready();
  }

  /** Ends its use, but not that of its connections, which another issuer has taken over. */
  retire(): void {
    this.#retired = true;
  }

  #rules(): TokenRules {
    const { name, config } = this;
    if (name === undefined) throw foreign();
    const { audience, algorithms, clockToleranceMs } = config;
    return { issuer: name, audience, algorithms, clockToleranceMs };
  }
}
