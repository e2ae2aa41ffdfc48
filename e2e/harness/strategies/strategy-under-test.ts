import { dirname } from 'node:path';
import type { Operation, TagsRule, WorkspacesRule } from '../../../src/catalog/types.ts';
import type { Draft } from '../requests/draft.ts';
import { draftOf, NotServed, operationOf, type Values } from '../requests/operations.ts';
import { isServed } from '../requests/served-operations.ts';
import type { Stack, StackOptions } from '../stack.ts';
import type { Answer } from '../wire-caller.ts';
import { seedJob } from '../world/seed-job.ts';

/** What MLflow itself answers to a good request instead of success; it is asked directly too, and must agree. */
export interface OwnAnswer {
  readonly status: number;
  /** Where it is the gateway that refuses, under this strategy. */
  readonly reason?: string;
  readonly why: string;
}

/** A header that asks for another tenant, and how the gateway refuses it. */
interface RefusedHeader {
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly status: number;
  readonly reason: string;
}

/**
 * What differs between tenancy strategies for the suite. Everything else is asked of every strategy alike: a foreign
 * resource is refused, told apart from a missing one by nothing, unchanged, and never shown.
 */
export interface StrategyUnderTest {
  readonly name: 'workspaces' | 'tags';
  readonly stack: Pick<StackOptions, 'workspaces' | 'mlflow' | 'env' | 'command'>;
  rule(operation: Operation): WorkspacesRule | TagsRule;
  /**
   * Who makes the suite's resources with an operation: a role of the tenant through the gateway, or `nobody` where the
   * gateway lets nobody: the request then goes straight to MLflow.
   */
  maker(operation: Operation): 'admin' | 'platform-admin' | 'direct';
  /** Headers with which a test reads a tenant's data straight from MLflow. */
  directHeaders(tenant: string): Readonly<Record<string, string>>;
  /** Requests that together list what a tenant has outside of experiments; sent with `directHeaders`. */
  tenantWide(tenant: string): readonly Draft[];
  /** Where a tenant's artifacts begin under MLflow's artifact routes (`workspaces/team-a`), or an empty string. */
  artifactRoot(tenant: string): string;
  /** Headers of a caller of `here` that ask for `there`. */
  refusedHeaders(here: string, there: string): readonly RefusedHeader[];
  /** Keys of tags on a resource of the kind that no tenant sets. */
  reservedTags(kind: string): readonly string[];
  /** Whether an answer has the tag that names the owner. */
  showsOwner?(answer: Answer): boolean;
  /** Makes what no API can, or what a tenant's admin cannot. */
  seed(stack: Stack, tenant: string, kind: string, experiment?: string): Promise<string>;
  /** What MLflow answers to good requests under this strategy only, as `OWN_ANSWERS` of exceptions.ts. */
  readonly ownAnswers: Readonly<Record<string, OwnAnswer>>;
  /** Whether two tenants can each have a resource of the kind with the same name. */
  namesAreSeparate(kind: string): boolean;
  /**
   * Requests, by operation and place, that make something under an id of the caller's choice: another tenant's is
   * refused, and one that is free is not.
   */
  readonly choices: ReadonlySet<string>;
}

/** A request of the suite's own. */
export function read(id: string, values: Values = {}): Draft {
  return draftOf(operationOf(id), values);
}

/** A job of the tenant in its experiment. @throws {NotServed} when this version of MLflow has no jobs. @returns its id */
export function seedJobOf(stack: Stack, tenant: string, workspace: string, experiment: string): string {
  if (!isServed(operationOf('getJob'))) throw new NotServed('getJob');
  return seedJob({ dir: dirname(stack.mlflow.log), experiment, workspace, prompt: `seeded-in-${tenant}` });
}
