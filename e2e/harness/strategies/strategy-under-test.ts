import { dirname } from 'node:path';
import type { Operation, TagsRule, WorkspacesRule } from '../../../src/catalog/types.ts';
import type { Draft } from '../requests/draft.ts';
import { draftOf, NotServed, operationOf, type Values } from '../requests/operations.ts';
import { isServed } from '../requests/served-operations.ts';
import type { Stack, StackOptions } from '../stack.ts';
import type { Answer } from '../wire-caller.ts';
import { seedJob } from '../world/seed-job.ts';

/** MLflow's response to a valid request when it is no success. The suite also sends the request straight to MLflow and compares. */
export interface OwnAnswer {
  readonly status: number;
  /** MLflow's response to the same request a second time, if it is another one. */
  readonly again?: readonly number[];
  /** The reason code, if the gateway refuses the request under this strategy. */
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
 * The differences between tenancy strategies for the suite. Everything else is the same for every strategy: a foreign
 * resource is refused, indistinguishable from a missing one, unchanged, and never shown.
 */
export interface StrategyUnderTest {
  readonly name: 'workspaces' | 'tags';
  readonly stack: Pick<StackOptions, 'workspaces' | 'mlflow' | 'env' | 'command'>;
  rule(operation: Operation): WorkspacesRule | TagsRule;
  /**
   * The caller that makes the suite's resources with an operation: a role of the tenant through the gateway, or `direct`
   * when the gateway refuses every role: the request then goes straight to MLflow.
   */
  maker(operation: Operation): 'admin' | 'platform-admin' | 'direct';
  /** Headers with which a test reads a tenant's data straight from MLflow. */
  directHeaders(tenant: string): Readonly<Record<string, string>>;
  /** Requests that list the tenant's resources outside of experiments; sent with `directHeaders`. */
  tenantWide(tenant: string): readonly Draft[];
  /** The root of a tenant's artifacts under MLflow's artifact routes (`workspaces/team-a`), or an empty string. */
  artifactRoot(tenant: string): string;
  /** Headers of a caller of `here` that ask for `there`. */
  refusedHeaders(here: string, there: string): readonly RefusedHeader[];
  /** Keys of tags on a kind of resource that no tenant may set. */
  reservedTags(kind: string): readonly string[];
  /** Whether a response has the tenant tag. */
  showsOwner?(answer: Answer): boolean;
  /** Makes a resource that no API makes, or that a tenant's admin may not make. */
  seed(stack: Stack, tenant: string, kind: string, experiment?: string): Promise<string>;
  /** MLflow's responses to valid requests under this strategy only, as `OWN_ANSWERS` of exceptions.ts. */
  readonly ownAnswers: Readonly<Record<string, OwnAnswer>>;
  /** Whether two tenants can each have a resource of the kind with the same name. */
  namesAreSeparate(kind: string): boolean;
  /**
   * Requests, by operation and place, that make a resource with an id of the caller's choice: another tenant's id is
   * refused, a free one is accepted.
   */
  readonly choices: ReadonlySet<string>;
}

/** A request that the suite itself needs. */
export function read(id: string, values: Values = {}): Draft {
  return draftOf(operationOf(id), values);
}

/** A job of the tenant in its experiment. @throws {NotServed} when this version of MLflow has no jobs. @returns its id */
export function seedJobOf(stack: Stack, tenant: string, workspace: string, experiment: string): string {
  if (!isServed(operationOf('getJob'))) throw new NotServed('getJob');
  return seedJob({ dir: dirname(stack.mlflow.log), experiment, workspace, prompt: `seeded-in-${tenant}` });
}
