import type { IncomingMessage } from 'node:http';
import type { AuditEntry } from '../audit/entry.ts';
import type { CatalogIndex } from '../catalog/match.ts';
import type { Turns } from '../concurrency/turns.ts';
import type { Denial } from '../denial.ts';
import type { BodyBudget } from '../http/body-budget.ts';
import type { ForwardedHeaders } from '../http/forwarded.ts';
import type { OriginCheck } from '../http/origin.ts';
import type { PathPrefix } from '../http/path-prefix.ts';
import type { Identifier, Principal } from '../identity/principal.ts';
import type { SignIn } from '../identity/sign-in/sign-in.ts';
import type { RequestMetrics } from '../metrics/requests.ts';
import type { RequestReader } from '../request/reader.ts';
import type { Logger } from '../telemetry/log.ts';
import type { Unexpected } from '../telemetry/unexpected.ts';
import type { TeamChoice } from '../tenancy/choice/team-choice.ts';
import type { TenancyStrategy } from '../tenancy/tenancy-strategy.ts';
import type { TenantNames } from '../tenancy/tenant-names.ts';
import type { Upstream } from '../upstream/types.ts';
import type { SignedUrls } from './signed-urls.ts';

/** The parts that a request passes through, each created once at start. */
export interface GatewayParts {
  readonly prefix: PathPrefix;
  /** Only where client certificates are required. Throws `DenialError` for a request without an accepted one, except probes. */
  readonly requireClientCertificate?: ((req: IncomingMessage) => void) | undefined;
  readonly index: CatalogIndex;
  /** The memory for bodies, shared by all gateways of the process. */
  readonly bodies: BodyBudget;
  readonly reader: RequestReader;
  readonly identifier: Identifier;
  /** Throws `DenialError` for a caller whom the deny list names; asked on every request. */
  readonly requireNotDenied: (principal: Principal) => void;
  /** Only in mode `off`, which does not verify caller identity. */
  readonly signIn?: SignIn | undefined;
  /** Asks browsers for the team. Not for MLflow's own jobs, which name their workspace. */
  readonly teams: TeamChoice | undefined;
  readonly authorize: (principal: Principal, tenant: string, permission: string) => Denial | undefined;
  readonly names: TenantNames;
  /** Throws `DenialError` until MLflow has reported which strategy it supports. */
  readonly strategy: () => TenancyStrategy;
  readonly signedUrls: SignedUrls;
  readonly upstream: Upstream;
  /** Limits the requests in flight to MLflow. */
  readonly turns: Turns;
  readonly audit: { write(entry: AuditEntry): void };
  /** Logs and counts an unexpected error; never throws. */
  readonly unexpected: (kind: Unexpected, error: unknown, requestId?: string) => void;
  /** For events that concern no single request; a request's own are in the audit log. */
  readonly log: Pick<Logger, 'warn'>;
  readonly forwarded: ForwardedHeaders;
  readonly origins: OriginCheck;
  /** Why the gateway is not ready; empty if it is. */
  readonly notReady: () => Promise<readonly string[]>;
  /**
   * Sentences for `/readyz` that do not make the gateway unready: issuers whose tokens cannot be verified, files that cannot be used.
   */
  readonly details: () => readonly string[];
  readonly draining: () => boolean;
  /** Counts refused operations that the catalog lacks. Not for MLflow's own jobs, which have a catalog of a few operations. */
  readonly unknownOperations: { note(method: string, path: string): void } | undefined;
  /** Only if `GW_METRICS_PORT` is set. */
  readonly metrics?: RequestMetrics | undefined;
}
